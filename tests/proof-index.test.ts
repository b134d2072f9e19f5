/**
 * The short form of `npm run proof -- index`: one definition, and servers that are killed in each stage of its build; with `--full` two in
 * a row.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { silent } from '../apps/dhp/src/progress.ts';
import { measureIndex } from './proof/index.ts';
import { isFull } from './sample.ts';

const rounds = isFull ? 2 : 1;

it('servers are killed while definitions of the index are built, and no search is refused or wrong', async () => {
  const settings = { rounds, servers: 2, others: 300, share: 0.3, lease: 15_000, seed: 20_261_129, pause: 40 };
  const measured = await measureIndex(settings, silent);
  const { kills, took, searches, writes, faults, refused, unlike } = measured;
  assert.deepEqual({ faults, refused, unlike }, { faults: [], refused: [], unlike: undefined });
  assert.equal(took.length, rounds);
  assert.ok(kills.filled === rounds && kills.fill > 0, JSON.stringify(kills));
  assert.ok(searches >= 200 && writes > 0, JSON.stringify({ searches, writes }));
});
