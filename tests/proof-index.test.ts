/** The short form of `npm run proof -- index`: two definitions in a row, and servers that are killed in each stage of both. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { silent } from '../apps/dhp/src/progress.ts';
import { measureIndex } from './proof/index.ts';

it('servers are killed while definitions of the index are built, and no search is refused or wrong', async () => {
  const settings = { rounds: 2, servers: 2, others: 300, share: 0.3, lease: 15_000, seed: 20_261_129, pause: 20 };
  const measured = await measureIndex(settings, silent);
  const { kills, took, searches, writes, faults, refused, unlike } = measured;
  assert.deepEqual({ faults, refused, unlike }, { faults: [], refused: [], unlike: undefined });
  assert.equal(took.length, 2);
  assert.ok(kills.filled === 2 && kills.fill > 0, JSON.stringify(kills));
  assert.ok(searches >= 200 && writes > 0, JSON.stringify({ searches, writes }));
});
