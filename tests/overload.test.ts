/**
 * The short form of `npm run proof -- overload`: the duration and number of answers are not judged here, since they depend on the machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOverload } from './proof/overload/measure.ts';

test('of three times what can be answered the rest is refused with a time to come again, and mostly to who sends most', async () => {
  const connections = { most: 200, few: 20 };
  const [round] = await measureOverload({ rounds: 1, capacity: 2_000, overload: 3_000, connections });
  const { outcomes } = round!;
  assert.deepEqual(
    outcomes.flatMap(({ wrong }) => wrong),
    [],
  );
  assert.ok(outcomes.every(({ withoutTime }) => withoutTime === 0));
  assert.ok(outcomes.some(({ answered }) => answered.length > 0));
  const [most = 0, ...others] = outcomes.map(({ refused, sent }) => refused.length / Math.max(1, sent));
  for (const share of others) assert.ok(share <= most, `${String(share)} of ${String(most)} refused`);
});
