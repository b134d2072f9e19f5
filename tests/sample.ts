/** Cases of which `npm test` takes a sample, in turn, and `npm test -- --full` all. */
import { randomSource } from './random.ts';

/** Whether this run takes all cases. */
export const isFull = process.env['DHP_TEST_FULL'] !== undefined;

/** A number of this run, another one each time. */
const turn = Number(process.env['DHP_TEST_TURN'] ?? 0);

/**
 * Returns each `n`th of the cases, one at least: in each run others, so that some runs have tried all of them. For random cases of one kind, and for what
 * is alike but for its language. With `--full` all.
 */
export function inTurn<Case>(cases: readonly Case[], n: number): readonly Case[] {
  const some = Math.min(n, cases.length);
  return isFull ? cases : cases.filter((_, at) => at % some === turn % some);
}

const known = new Set<string>();

/** Returns whether this process asks for it the first time, of what is tried whole once and in part where it comes again; with `--full` always. */
export function isFirst(what: string): boolean {
  const isNew = !known.has(what);
  known.add(what);
  return isNew || isFull;
}

/**
 * Languages in which pages are gone through: with `--full` all three, otherwise Uzbek or Russian, in turn. Their words are the longest; English is what other
 * tests go through the same pages in.
 */
export const pageLanguages: readonly ('uz' | 'ru' | 'en')[] = isFull
  ? ['uz', 'ru', 'en']
  : inTurn<'uz' | 'ru'>(['uz', 'ru'], 2);

/**
 * Returns half of about one of `n` of the cases, in their order, and of each kind at least one; the other half comes in another run. All of them with
 * `--full`.
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
  const now = new Set<Case>();
  for (const those of Map.groupBy(cases, kindOf).values()) {
    const some = those.filter((one) => taken.has(one));
    for (const one of inTurn(some.length > 0 ? some : [random.pick(those)], 2)) now.add(one);
  }
  return cases.filter((one) => now.has(one));
}
