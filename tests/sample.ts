/** Cases of which `npm test` takes a sample, the same in each run, and `npm test -- --full` all. */
import { randomSource } from './random.ts';

/** Whether this run takes all cases. */
export const isFull = process.env['DHP_TEST_FULL'] !== undefined;

/**
 * Returns about one of `n` of the cases, in their order, and of each kind at least one; all of them with `--full`.
 * @param seed of the choice
 * @param kindOf tells the kind of a case; without it all are of one
 */
export function sampleOf<Case>(
  cases: readonly Case[],
  n: number,
  seed: number,
  kindOf: (one: Case) => unknown = () => '',
): readonly Case[] {
  if (isFull) return cases;
  const random = randomSource(seed, 0);
  const taken = new Set(cases.filter(() => random.oneIn(n)));
  for (const those of Map.groupBy(cases, kindOf).values())
    if (!those.some((one) => taken.has(one))) taken.add(random.pick(those));
  return cases.filter((one) => taken.has(one));
}
