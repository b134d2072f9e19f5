/**
 * Every package and app has a README of half a page with an example that a test runs as written: JavaScript blocks here, those of published
 * packages as packed (pack.test.ts), shell blocks against a platform (document-commands.test.ts), TypeScript blocks by a test of the
 * package.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testServer } from '@dhp/postgres/testing';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly dhp?: { readonly publish?: boolean };
}

interface Workspace {
  /** As in `packages/ucum`. */
  readonly name: string;
  readonly isPublished: boolean;
  /** Undefined if there is none. */
  readonly readme: string | undefined;
}

const workspaces = ['apps', 'packages'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => workspaceIn(`${folder}/${name}`)),
);

function workspaceIn(name: string): Workspace {
  const { dhp } = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')) as Manifest;
  const file = join(root, name, 'README.md');
  return {
    name,
    isPublished: dhp?.publish === true,
    readme: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
  };
}

const blocksOf = (readme: string, language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block!);

/** Faults of the README of a workspace; an empty list if it is correct. */
function complaints({ name, isPublished, readme }: Workspace): string[] {
  if (readme === undefined) return [`${name} has no README.md`];
  const found = [];
  const words = readme.replaceAll(/^```.*?^```/gms, '').split(/\s+/).length;
  if (words < 40) found.push(`README.md of ${name} has ${words} words of its own, less than half a page`);
  if (isPublished && blocksOf(readme, 'js').length === 0)
    found.push(`${name} is published without an example in JavaScript`);
  if (['js', 'sh'].every((language) => blocksOf(readme, language).length === 0) && !isRunByItsOwnTest(name, readme))
    found.push(`README.md of ${name} has no example that a test runs`);
  return found;
}

/** A TypeScript block that equals `test/example.ts`, which a test of the package runs. */
function isRunByItsOwnTest(name: string, readme: string): boolean {
  const example = join(root, name, 'test', 'example.ts');
  return existsSync(example) && blocksOf(readme, 'ts').includes(readFileSync(example, 'utf8'));
}

/** Whether a line was printed; `… end` stands for a line with that end. */
const isPrinted = (line: string, printed: readonly string[]): boolean =>
  line.startsWith('… ') ? printed.some((one) => one.endsWith(line.slice(2))) : printed.includes(line);

describe('READMEs', () => {
  it('are there, half a page each, with an example', () => assert.deepEqual(workspaces.flatMap(complaints), []));

  it('are missed where a package has none, or none with an example', () => {
    const name = 'packages/new-one';
    const text = `# New\n\n${'word '.repeat(50)}\n`;
    assert.equal(complaints({ name, isPublished: false, readme: undefined }).length, 1);
    assert.equal(complaints({ name, isPublished: false, readme: '```js\n1;\n```\n' }).length, 1);
    assert.equal(complaints({ name, isPublished: false, readme: text }).length, 1);
    assert.equal(complaints({ name, isPublished: false, readme: `${text}\n\`\`\`ts\n1;\n\`\`\`\n` }).length, 1);
    assert.equal(complaints({ name, isPublished: true, readme: `${text}\n\`\`\`sh\nls\n\`\`\`\n` }).length, 1);
    assert.equal(complaints({ name, isPublished: false, readme: `${text}\n\`\`\`js\n1;\n\`\`\`\n` }).length, 0);
  });
});

describe('the examples of a README', { concurrency: 2 }, () => {
  let server: string;
  before(async () => void (server = await testServer()));

  for (const { name, isPublished, readme = '' } of workspaces) {
    const blocks = blocksOf(readme, 'js');
    if (isPublished || blocks.length === 0) continue;
    it(`of ${name} print what their comments say`, async () => {
      for (const block of blocks) {
        const promised = [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line!);
        assert.ok(promised.length > 0, 'the example prints what it shows');
        const args = ['--input-type=module', '--eval', block];
        const env = { ...process.env, DATABASE_URL: server };
        const { stdout } = await run(process.execPath, args, { cwd: join(root, name), env });
        const printed = stdout.split('\n');
        for (const line of promised) assert.ok(isPrinted(line, printed), `${line} not in ${printed.join(' | ')}`);
      }
    });
  }
});
