/** The short form of `npm run proof -- failure --only stalls`: connections to the database stop in the middle of messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stall } from './proof/failure/stalls.ts';

test('connections to the database stop at random: every request is answered in time, and nothing is lost or done twice', async () => {
  const { holds, said } = await stall(5, 7_000);
  assert.ok(holds, said);
});
