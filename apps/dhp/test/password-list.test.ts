/** `dhp password-list`: the installed list, a lookup, and the messages of a start about an unusable list. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { breachedPasswordsOf } from '../src/breached-passwords.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const stolen = 'tulip on the windowsill';
const hash = createHash('sha1').update(stolen).digest('hex').toUpperCase();
let directory: string;
let list: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dhp-list-'));
  list = join(directory, 'ranges');
  await mkdir(list);
  await writeFile(join(list, `${hash.slice(0, 5)}.txt`), `${hash.slice(5)}:12\r\n`);
});
after(() => rm(directory, { recursive: true }));

async function dhp(words: string[], path: string | undefined, input = ''): Promise<{ code: unknown; said: string }> {
  const env = {
    PATH: process.env['PATH'],
    DHP_DATA: join(directory, 'data'),
    ...(path && { DHP_BREACHED_PASSWORDS: path }),
  };
  const child = spawn(process.execPath, [main, ...words], { env, cwd: directory });
  child.stdin.end(input);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, said: out + err };
}

describe('dhp password-list', () => {
  test('status says what is installed, and that it is not complete', async () => {
    const { code, said } = await dhp(['password-list', 'status', '--json'], list);
    assert.equal(code, 0, said);
    assert.deepEqual(JSON.parse(said), { installed: true, path: list, form: 'directory', ranges: 1, complete: false });
    assert.match((await dhp(['password-list', 'status'], list)).said, /1 of 1048576[^]*ranges that are missing/);
    assert.match((await dhp(['password-list', 'status'], undefined)).said, /No list is installed/);
  });

  test('status says what is wrong with a list that cannot be used', async () => {
    const { code, said } = await dhp(['password-list', 'status'], join(directory, 'nothing'));
    assert.notEqual(code, 0);
    assert.match(said, /DHP_BREACHED_PASSWORDS=\S*nothing cannot be read \(ENOENT\)/);
    assert.doesNotMatch(said, /\n +at /, 'no stack trace');
  });

  test('check looks a password up that comes by standard input', async () => {
    const found = await dhp(['password-list', 'check'], list, `${stolen}\n`);
    assert.deepEqual([found.code, found.said], [1, 'It is in the list: seen 12 times.\n']);
    const other = await dhp(['password-list', 'check'], list, 'another one\n');
    assert.deepEqual([other.code, other.said], [0, 'It is not in the list.\n']);
  });

  test('a start with a list that cannot be used is refused in one sentence', async () => {
    const settings = { DHP_BREACHED_PASSWORDS: directory } as Parameters<typeof breachedPasswordsOf>[0];
    await assert.rejects(breachedPasswordsOf(settings), {
      name: 'ConfigurationError',
      message: /^DHP_BREACHED_PASSWORDS=\S+ has no range file in it/,
    });
  });
});
