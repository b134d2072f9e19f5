/** The check that refuses two migrations of one number. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/check-migrations.mjs', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const place = await mkdtemp(join(tmpdir(), 'dhp-migrations-'));
after(() => rm(place, { recursive: true }));

function check(folder: string): Promise<{ code: number; said: string }> {
  return new Promise((done) => {
    const child = execFile(process.execPath, [script, folder], (_error, stdout) => {
      done({ code: child.exitCode ?? -1, said: stdout });
    });
  });
}

async function write(folder: string, ...names: string[]): Promise<void> {
  const migrations = join(place, folder, 'migrations');
  await mkdir(migrations, { recursive: true });
  for (const name of names) await writeFile(join(migrations, name), 'select 1;\n');
}

test('the migrations of this repository have numbers of their own', async () => {
  assert.deepEqual(await check(root), { code: 0, said: '' });
});

test('the same number in two folders is fine, twice in one is not', async () => {
  await write('a', '0001_first.sql', '0002_second.sql');
  await write('b', '0001_first.sql');
  assert.deepEqual(await check(place), { code: 0, said: '' });
  await write('a', '002_other.sql');
  const { code, said } = await check(place);
  assert.equal(code, 1);
  assert.match(said, /the same number: .*0002_second\.sql, .*002_other\.sql/);
});

test('one without a number is named, and so is a folder without any', async () => {
  await write('c', 'late.sql');
  const { code, said } = await check(join(place, 'c'));
  assert.deepEqual([code, /late\.sql has no number/.test(said)], [1, true]);
  assert.equal((await check(join(place, 'a', 'nothing'))).code, 1);
});
