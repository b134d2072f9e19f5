import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import { demoPatientId } from '@dhp/synthetic-population';
import { commandsFor } from '../src/commands.ts';
import { checks } from '../src/doctor/finding.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** With the READMEs of workspaces and folders of code. */
const all = [
  ...documents,
  ...['apps', 'packages'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('README.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
].map((name) => name.replaceAll('\\', '/'));

interface Link {
  readonly document: string;
  /** From the root of the repository. */
  readonly path: string;
  readonly anchor: string | undefined;
}

const prose = (document: string): string =>
  read(document)
    .replaceAll(/^ *```[^]*?^ *```/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'code');

/** Links within the repository. */
function linksOf(document: string): Link[] {
  return [...prose(document).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, target, anchor]) => {
      const path = target === '' ? document : relative(root, resolve(root, dirname(document), target!));
      return { document, path: path.replaceAll('\\', '/'), anchor };
    },
  );
}

const isThere = ({ path, anchor }: Link): boolean =>
  existsSync(join(root, path)) && (anchor === undefined || !path.endsWith('.md') || anchorsOf(path).has(anchor));

/** A link to a folder covers the documents in it. */
const targetsOf = (path: string): readonly string[] =>
  existsSync(join(root, path)) && statSync(join(root, path)).isDirectory()
    ? all.filter((document) => dirname(document) === path)
    : [path];

/** As GitHub names headings. */
function anchorsOf(document: string): Set<string> {
  const counts = new Map<string, number>();
  const headings = read(document)
    .replaceAll(/^ *```[^]*?^ *```/gm, '')
    .matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading]) => {
      const text = heading!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const name = text.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      return count === 0 ? name : `${name}-${count}`;
    }),
  );
}

/** Commands that change nothing. */
const reading =
  / (?:list|show|status|roles|unconfirmed|verify|head|periods|request|prove|check(?:-proof)?|try|versions|text|explain|labels)$/;
/** Executes work that other commands have requested, each with its reason. */
const carrying = 'job work';

describe('documents', () => {
  test('the drawing of the house and the list of packages are those of the code', async () => {
    const draw = (await import(join(root, 'architecture/draw.mjs'))) as Record<string, (text: string) => string>;
    for (const [document, made] of [
      ['docs/architecture.md', draw['withDrawing']!],
      ['docs/README.md', draw['withPackages']!],
    ] as const) {
      const style = await resolveConfig(join(root, document));
      assert.equal(read(document), await format(made(read(document)), { ...style, parser: 'markdown' }), document);
    }
  });

  test('every link to a file leads to one, and every anchor to a heading', () => {
    const broken = all.flatMap((document) => linksOf(document).filter((link) => !isThere(link)));
    assert.deepEqual(broken, []);
    assert.ok(all.some((document) => linksOf(document).some(({ anchor }) => anchor !== undefined)));
    assert.equal(isThere({ document: 'README.md', path: 'docs/errors.md', anchor: 'no-such-heading' }), false);
  });

  test('every link has a text', () => {
    const nameless = all.filter((document) => /(?<!!)\[\]\(/.test(prose(document)));
    assert.deepEqual(nameless, []);
  });

  test('every document is reached from the contents, docs/README.md, which README.md names', () => {
    assert.ok(linksOf('README.md').some(({ path }) => path === 'docs/README.md'));
    const reached = new Set<string>();
    const visit = (document: string): void => {
      if (reached.has(document) || !all.includes(document)) return;
      reached.add(document);
      for (const { path } of linksOf(document)) for (const target of targetsOf(path)) visit(target);
    };
    visit('docs/README.md');
    const left = all.filter((document) => !reached.has(document));
    assert.deepEqual(
      left.filter((document) => document.startsWith('docs/')),
      [],
    );
    const direct = new Set(linksOf('docs/README.md').map(({ path }) => path));
    const pages = all.filter((document) => /^docs\/[^/]+\.md$/.test(document) && document !== 'docs/README.md');
    assert.deepEqual(
      pages.filter((page) => !direct.has(page)),
      [],
      'pages that the contents do not list',
    );
  });

  test('every npm script that is named exists', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const document of documents) {
      for (const [, name] of read(document).matchAll(/npm run ([a-z:-]+)/g)) {
        assert.ok(scripts[name ?? ''], `${document} names npm run ${name ?? ''}`);
      }
    }
  });

  test('every file that is named with its path is there', () => {
    const named = all.flatMap((document) =>
      [...read(document).matchAll(/`((?:apps|packages|tests|scripts|architecture|bench|docs)\/[\w./-]+)`/g)].map(
        ([, path]) => ({ document, path: path! }),
      ),
    );
    assert.ok(named.length > 300, String(named.length));
    assert.deepEqual(
      named.filter(({ path }) => !existsSync(join(root, path))),
      [],
    );
  });

  test('every command that is named in a sentence exists, and has the options that are named with it', async () => {
    const commands = await commandsFor([]);
    const named = documents
      .filter((document) => document !== 'CHANGELOG.md')
      // Labels of keys also begin with dhp.
      .filter((document) => !document.endsWith(join('security', 'cryptography.md')))
      .flatMap((document) =>
        [...read(document).matchAll(/`(?:npx )?dhp ([^`]+)`/g)].map(([, words]) => ({ document, words: words! })),
      );
    const wrong = named.filter(({ words }) => {
      const [first = '', second = '', ...rest] = words.split(/\s+/);
      if (!/^[a-z]/.test(first)) return false;
      const fitting = commands.filter(({ name }) => name === first || name === `${first} ${second}`);
      const isGroup = !/^[a-z]/.test(second) && commands.some(({ name }) => name.startsWith(`${first} `));
      const options = [second, ...rest].flatMap((word) => /^--([a-z-]+)/.exec(word)?.[1] ?? []);
      const known = new Set(['help', 'language', ...fitting.flatMap((command) => Object.keys(command.options))]);
      return (fitting.length === 0 && !isGroup) || (fitting.length > 0 && options.some((name) => !known.has(name)));
    });
    assert.ok(named.length > 100, String(named.length));
    assert.deepEqual(wrong, []);
  });

  test('the table of the command line has all that its commands do, and each change takes a reason', async () => {
    const commands = await commandsFor([]);
    const rows = [...read('docs/administration.md').matchAll(/^\| `dhp ([a-z-]+)` +\| (.*?) *\|$/gm)];
    assert.ok(rows.length > 8, String(rows.length));
    for (const [, first, does] of rows) {
      const own = commands.filter(({ name }) => name.startsWith(`${first} `));
      const listed = [...does!.matchAll(/`([a-z-]+)`/g)].map(([, word]) => `${first} ${word}`);
      assert.deepEqual(listed.sort(), own.map(({ name }) => name).sort(), first);
      for (const { name, options } of own) {
        if (name !== 'audit export' && name !== 'audit prove') assert.ok('json' in options, `${name} --json`);
        assert.ok('reason' in options || reading.test(name) || name === carrying, `${name} --reason`);
      }
    }
  });

  test('the table of checks has those of the doctor, in their order', () => {
    const rows = [...read('docs/operations/doctor.md').matchAll(/^\| `([a-z]+)` /gm)];
    assert.deepEqual(
      rows.map(([, name]) => name),
      [...checks],
    );
  });

  test('each runbook says by what it is tried, or why it is not', () => {
    for (const [document, last] of [
      ['docs/operations/runbooks.md', 'How each is tried'],
      ['docs/uz/operations/runbooks.md', 'Har biri qanday sinaladi'],
      ['docs/ru/operations/runbooks.md', 'Как проверяется каждая'],
    ] as const) {
      const [runbooks = '', table = ''] = read(document).split(`\n## ${last}\n`);
      const rows = [...table.matchAll(/^\| (.+?) +\| +(.*?) *\| +(.*?) *\|$/gm)].slice(2);
      const tried = new Map(rows.map(([, runbook = '', by = '', not = '']) => [runbook, `${by}${not}`]));
      const titles = [...runbooks.matchAll(/^###? (.+)$/gm)].map(([, title]) => title!);
      for (const title of titles) assert.ok(tried.get(title), `${document}: ${title}`);
      for (const page of ['install.md', 'backup.md'])
        assert.ok(
          rows.some(([, runbook = '']) => runbook.includes(`](${page})`)),
          `${document}: ${page}`,
        );
    }
  });

  test('the demo patient is named by the id it has', () => {
    for (const document of ['README.md', 'docs/api-access.md'])
      assert.ok(read(document).includes(`Patient/${demoPatientId}`));
  });
});
