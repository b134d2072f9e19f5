/** The short form of `npm run proof -- overload`: how long an answer takes and how many there are is not judged here, that is up to the machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOverload } from './proof/overload/measure.ts';

test('of three times what can be answered the rest is refused with a time to come again, and mostly to who sends most', async () => {
  const [round] = await measureOverload({ rounds: 1, capacity: 1_500, overload: 3_000 });
  const { outcomes } = round!;
  assert.deepEqual(
    outcomes.flatMap(({ wrong }) => wrong),
    [],
  );
  assert.ok(outcomes.every(({ withoutTime }) => withoutTime === 0));
  const [greedy, ...modest] = outcomes;
  const refused = ({ refused: those, sent }: (typeof outcomes)[number]): number => those.length / sent;
  assert.ok(greedy!.refused.length > 0 && outcomes.every(({ answered }) => answered.length > 0));
  for (const each of modest) assert.ok(refused(each) < refused(greedy!), `${each.name}: ${String(refused(each))}`);
});
