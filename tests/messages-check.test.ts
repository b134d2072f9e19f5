/** The check of the catalogues of messages: each fault that it names, in a small repository made for it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCatalogue, type CatalogueFiles, type CatalogueTree } from '@dhp/messages';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = join(root, 'scripts', 'messages.mjs');
const { checkMessages } = (await import(join(root, 'scripts/messages/check.mjs'))) as Check;
const place = await mkdtemp(join(tmpdir(), 'dhp-messages-'));
after(() => rm(place, { recursive: true }));

const good = {
  uz: { title: 'Seanslar', open: '{count} ta seans', states: { on: 'yoqilgan', off: 'oʻchirilgan' } },
  ru: {
    title: 'Сеансы',
    open: '{count, plural, one {# сеанс} few {# сеанса} many {# сеансов} other {# сеанса}}',
    states: { on: 'включено', off: 'выключено' },
  },
  en: {
    title: 'Sessions',
    open: '{count, plural, one {# session} other {# sessions}}',
    states: { on: 'on', off: 'off' },
  },
};

const page = `
import { pageMessages, type PageMessages } from './texts/page.ts';
export function draw(language: 'uz' | 'ru' | 'en', state: keyof PageMessages['states']): string {
  const { title, states } = pageMessages[language];
  return title + pageMessages[language].open({ count: 2 }) + states[state];
}
`;

const modulePath = join('packages', 'page', 'src', 'texts', 'page.ts');

async function write(files: Readonly<Record<string, string | object>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(place, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const catalogue = (files: object): Promise<void> =>
  write(
    Object.fromEntries(
      Object.entries(files).map(([name, tree]) => [`packages/page/messages/page/${name}.json`, tree as object]),
    ),
  );

/** The script as a process, which loads the compiler again. */
function run(...options: string[]): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [script, place, ...options], (_error, stdout, stderr) => {
      done({ code: child.exitCode ?? -1, said: stdout + stderr });
    });
  });
}

/** The faults that the script would print, found in this process. */
async function faults(): Promise<string> {
  return (await checkMessages(place)).faults.join('\n');
}

async function refused(files: object, fault: RegExp): Promise<void> {
  await catalogue({ ...good, ...files });
  const found = await faults();
  await catalogue(good);
  assert.match(found, fault);
}

before(async () => {
  // Without the types of Node, which take half of the compile time and which the page does not use.
  const config = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
  await symlink(join(root, 'node_modules'), join(place, 'node_modules'), 'junction');
  await write({
    'tsconfig.json': { ...config, compilerOptions: { ...config.compilerOptions, types: [] } },
    '.prettierrc.json': await readFile(join(root, '.prettierrc.json'), 'utf8'),
    'package.json': { type: 'module' },
    'packages/page/package.json': { name: 'page', type: 'module' },
    'packages/page/src/page.ts': page,
  });
  await catalogue(good);
});

test('a module is made, with the values of each message, and agrees with its catalogue', async () => {
  assert.deepEqual(await run('--write'), { code: 0, said: '1 areas of messages\n' });
  const made = await readFile(join(place, modulePath), 'utf8');
  assert.match(made, /readonly open: \(values: \{ readonly count: number \}\) => string;/);
  assert.match(made, /readonly states: \{\s+readonly on: string;/);
  assert.deepEqual(await run(), { code: 0, said: '1 areas of messages\n' });
});

test('a module that does not agree with its catalogue is named', async () => {
  const states = { on: 'on', off: 'off', half: 'half' };
  const each = Object.fromEntries(Object.entries(good).map(([language, tree]) => [language, { ...tree, states }]));
  await refused(each, /packages\/page\/src\/texts\/page\.ts is not what its catalogue says/);
});

test('a key that is missing in a language is named', async () => {
  const { title: _, ...rest } = good.ru;
  await refused({ ru: rest }, /packages\/page\/messages\/page: title is missing in ru/);
});

test('other values in one language are named', async () => {
  await refused(
    { uz: { ...good.uz, open: '{number} ta' } },
    /open has other values: uz \(number\), ru \(count\), en \(count\)/,
  );
  const maybe = '{count, select, absent {} other {{count}}}';
  await refused({ uz: { ...good.uz, open: maybe } }, /open has other values: uz \(count\?\), ru \(count\)/);
});

test('a plural without the forms of its language is named', async () => {
  const open = '{count, plural, one {# сеанс} other {# сеанса}}';
  await refused({ ru: { ...good.ru, open } }, /open lacks the plural forms few, many of \{count\} \(ru\)/);
  const english = '{count, plural, one {#} many {#} other {#}}';
  await refused({ en: { ...good.en, open: english } }, /has the plural forms many of \{count\}, which en does not use/);
});

test('a text that is no message, is empty or asks for a format is named', async () => {
  await refused({ uz: { ...good.uz, open: '{count' } }, /open is no message/);
  await refused({ uz: { ...good.uz, title: ' ' } }, /title is empty in uz/);
  await refused({ uz: { ...good.uz, open: '{count, number}' } }, /formats \{count\}; give it as text \(uz\)/);
});

test('keys in another order are named', async () => {
  const { title, ...rest } = good.en;
  await refused({ en: { ...rest, title } }, /the keys have not the same order/);
});

test('a message that no code reads is named', async () => {
  const source = 'packages/page/src/page.ts';
  await write({ [source]: page.replace('{ title, states }', '{ states }').replace('title + ', '') });
  assert.deepEqual(await run(), { code: 1, said: `${modulePath.replaceAll('\\', '/')}: nothing uses title\n` });
  await write({ [source]: page.replaceAll("keyof PageMessages['states']", "'on'") });
  assert.match(await faults(), /nothing uses states\.off$/m);
  await write({ [source]: page });
});

test('each message of the platform is a text or a function as the types of its module say', async () => {
  const { findAreas, leavesOf, languages } = (await import(join(root, 'scripts/messages/areas.mjs'))) as Areas;
  const { argumentsOf } = (await import(join(root, 'scripts/messages/arguments.mjs'))) as Arguments;
  let compared = 0;
  for (const { folder, files } of findAreas(root)) {
    const read = readCatalogue<object>(files);
    for (const language of languages)
      for (const [path, text] of leavesOf(files[language])) {
        const message = path.reduce<unknown>((group, key) => (group as Record<string, unknown>)[key], read[language]);
        const expected = argumentsOf(text).size === 0 ? 'string' : 'function';
        assert.equal(typeof message, expected, `${folder}/${language}.json ${path.join('.')}`);
        compared += 1;
      }
  }
  assert.ok(compared > 3_000, `${compared} messages`);
});

interface Check {
  checkMessages: (root: string) => Promise<{ areas: number; faults: string[] }>;
}
interface Areas {
  findAreas: (root: string) => { folder: string; files: CatalogueFiles }[];
  leavesOf: (tree: CatalogueTree) => [path: string[], text: string][];
  languages: (keyof CatalogueFiles)[];
}
interface Arguments {
  argumentsOf: (text: string) => Map<string, unknown>;
}
