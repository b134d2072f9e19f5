/** The time for which a thread has waited for a processor, as reported by Linux. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processorWaits } from '../src/servers/processor-waits.ts';

test('it is told in milliseconds, and stands still where it cannot be read any more', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'dhp-waits-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'schedstat');
  await writeFile(file, '900000000 25000000 12\n');
  const waited = processorWaits(file)!;
  assert.equal(waited(), 25);
  await writeFile(file, '910000000 40000000 14\n');
  assert.equal(waited(), 40);
  await rm(file);
  assert.equal(waited(), 40);
});

test('a system that does not tell has no clock', () => {
  assert.equal(processorWaits('/nowhere/schedstat'), undefined);
});

test('a thread of this system only waits longer', { skip: process.platform !== 'linux' }, () => {
  const waited = processorWaits()!;
  const first = waited();
  for (const end = performance.now() + 20; performance.now() < end;);
  assert.ok(waited() >= first && first >= 0);
});
