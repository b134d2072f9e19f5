// Draws the pages of the product and lists the pictures in the documents: `npm run screenshots`, or `npm run screenshots -- operate` for
// the tests of that name only. The tests of the pages draw them: the pictures show tested pages. To show another page, call `isFit` with
// its name in a test, and add a line for the name to scripts/pictures.mjs.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { readArguments, refuse } from './arguments.ts';
import { documents, languages } from './pictures.mjs';

const most = 60_000; // bytes of a picture

const root = fileURLToPath(new URL('..', import.meta.url));
const command = 'npm run screenshots';
const folders = ['apps/sso/test', 'apps/portal/test'];
const help = `Draws the pages that people meet into docs/sign-in, docs/administration and docs/portal, and lists the pictures in the documents.

Usage: npm run screenshots             all pages
       npm run screenshots -- NAME …   those that the test files NAME*.test.ts of apps/sso/test and apps/portal/test draw, as in:
                                       npm run screenshots -- operate

  --help   this text
`;
const wanted = readArguments({ command, help, words: 'NAME' }).positionals;
const tests = await testsThatDraw();
const nameless = wanted.filter(
  (part) => !tests.some((test) => folders.some((folder) => test.startsWith(`${folder}/${part}`))),
);
if (nameless.length > 0)
  refuse(command, `No test that draws a page has a name that begins with ${nameless.join(' or ')}.`);
const drawn = await mkdtemp(join(tmpdir(), 'dhp-pictures-'));
try {
  draw(tests);
  const complaints = [...(await Promise.all(documents.map(keep))).flat(), ...(await unlisted())];
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length === 0 ? 0 : 1;
} finally {
  await rm(drawn, { recursive: true });
}

async function testsThatDraw() {
  const found = [];
  for (const folder of folders)
    for (const name of await readdir(join(root, folder))) {
      if (!name.endsWith('.test.ts') || (wanted.length > 0 && !wanted.some((part) => name.startsWith(part)))) continue;
      if (/\bisFit\(|\bkeepPicture\(/.test(await readFile(join(root, folder, name), 'utf8')))
        found.push(`${folder}/${name}`);
    }
  return found;
}

function draw(tests) {
  const script = join(root, 'scripts/test.mjs');
  const env = { ...process.env, DHP_SCREENSHOTS: drawn };
  const { status } = spawnSync(process.execPath, [script, '--full', ...tests], { stdio: 'inherit', env, cwd: root });
  if (status !== 0) throw new Error('Nothing was changed: a test of the pages failed.');
}

/** Copies the new pictures of a document into its folder, removes those it no longer shows, and writes its table. */
async function keep({ document, folder, pages }) {
  const place = join(root, 'docs', folder);
  await mkdir(place, { recursive: true });
  const isListed = (file) => Object.hasOwn(pages, file.split('.', 1)[0]);
  for (const file of await readdir(drawn)) if (isListed(file)) await copyFile(join(drawn, file), join(place, file));
  for (const file of await readdir(place)) if (file.endsWith('.webp') && !isListed(file)) await rm(join(place, file));
  const files = (await readdir(place)).sort();
  await writeTable(document, (name, language) => cell(folder, files, name, language, pages[name]), pages);
  const missing = Object.keys(pages).flatMap((name) =>
    languages
      .filter((language) => !files.includes(`${name}.${language}.webp`))
      .map((language) => `${document}: nothing draws ${name}.${language}`),
  );
  const sizes = await Promise.all(files.map(async (file) => ({ file, bytes: (await stat(join(place, file))).size })));
  const heavy = sizes.filter(({ bytes }) => bytes > most);
  return [...missing, ...heavy.map(({ file, bytes }) => `${folder}/${file} is too heavy: ${String(bytes)} bytes`)];
}

async function unlisted() {
  const known = new Set(documents.flatMap(({ pages }) => Object.keys(pages)));
  const names = new Set((await readdir(drawn)).map((file) => file.split('.', 1)[0]));
  return [...names].filter((name) => !known.has(name)).map((name) => `${name} has no line in scripts/pictures.mjs`);
}

/** The picture, with its dark variant for readers who prefer dark mode, if there is one. */
function cell(folder, files, name, language, title) {
  const [light, dark] = [`${name}.${language}.webp`, `${name}.${language}.dark.webp`];
  if (!files.includes(light)) return '';
  const image = `<img src="${folder}/${light}" width="240" alt="${title} (${language})">`;
  if (!files.includes(dark)) return image;
  return `<picture><source media="(prefers-color-scheme: dark)" srcset="${folder}/${dark}">${image}</picture>`;
}

/** Between the marks of the document. */
async function writeTable(document, cellOf, pages) {
  const rows = Object.entries(pages).map(
    ([name, title]) => `| ${title} | ${languages.map((language) => cellOf(name, language)).join(' | ')} |`,
  );
  const table = ['| Page | Oʻzbekcha | Русский | English |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const address = join(root, 'docs', document);
  const text = await readFile(address, 'utf8');
  const [begin, end] = ['<!-- pages: begin -->', '<!-- pages: end -->'];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no place for the table: ${begin} … ${end}`);
  const written = `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
  const style = await resolveConfig(address);
  await writeFile(address, await format(written, { ...style, parser: 'markdown' }));
}
