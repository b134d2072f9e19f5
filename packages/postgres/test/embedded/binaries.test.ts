import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { createMissingLinks, findBinaries } from '../../src/embedded/binaries.ts';

const run = promisify(execFile);

it('creates the library links that a blocked install script left out', async (test) => {
  const { native } = await findBinaries();
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as object[];
  if (links.length === 0) {
    test.skip('the binaries of this system have no links');
    return;
  }
  const root = await mkdtemp(join(tmpdir(), 'dhp binaries '));
  test.after(() => rm(root, { recursive: true, force: true }));
  const copy = join(root, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const link of links as { target: string }[]) await rm(join(root, link.target));
  const version = (): Promise<unknown> => run(join(copy, 'bin', 'postgres'), ['--version']);

  await assert.rejects(version(), /cannot open shared object|Library not loaded/);
  const created = await Promise.all([createMissingLinks(copy), createMissingLinks(copy)]);
  assert.equal(created[0] + created[1], links.length);
  await version();
  assert.equal(await createMissingLinks(copy), 0);
});
