// Draws every page that people meet into docs/sign-in, and lists the pictures in docs/sign-in.md, those of the operators' pages in
// docs/administration.md. The tests of the pages do the
// drawing: what is shown is what was tested.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const folder = new URL('../docs/sign-in/', import.meta.url);
const languages = ['uz', 'ru', 'en'];

await rm(folder, { recursive: true, force: true });
const tests = ['pages', 'factors', 'account', 'password', 'upstream', 'operate'].map(
  (name) => `apps/sso/test/${name}.test.ts`,
);
const options = { stdio: 'inherit', env: { ...process.env, DHP_SCREENSHOTS: 'on' } };
const script = fileURLToPath(new URL('test.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [script, ...tests], options);
if (status !== 0) process.exit(status ?? 1);

const files = await readdir(folder);
const names = [...new Set(files.map((file) => file.split('.', 1)[0]))].sort();
const cell = (name, language) => {
  const file = `${name}.${language}.webp`;
  return files.includes(file) ? `<img src="sign-in/${file}" width="220" alt="${name} (${language})">` : '';
};
await list('sign-in.md', (name) => !name.startsWith('operate'));
await list('administration.md', (name) => name.startsWith('operate'));

/** Lists those pictures in a document, between its marks. */
async function list(document, isShown) {
  const address = new URL(`../docs/${document}`, import.meta.url);
  const shown = names.filter(isShown);
  const rows = shown.map((name) => `| ${name} | ${languages.map((language) => cell(name, language)).join(' | ')} |`);
  const table = ['| Page | uz | ru | en |', '| --- | --- | --- | --- |', ...rows].join('\n');
  const text = await readFile(address, 'utf8');
  const [begin, end] = ['<!-- pages: begin -->', '<!-- pages: end -->'];
  const at = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  await writeFile(address, `${text.slice(0, at[0])}\n\n${table}\n\n${text.slice(at[1])}`);
}
