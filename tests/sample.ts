/** Cases of which `npm test` takes a sample in turn, and `npm test -- --full` all. */
import { randomSource } from './random.ts';

/** Whether this run takes all cases. */
export const isFull = process.env['DHP_TEST_FULL'] !== undefined;

/** A number that differs for each run. */
const turn = Number(process.env['DHP_TEST_TURN'] ?? 0);

/**
 * Returns every `n`th case, at least one: other cases in each run, so that several runs cover all of them. For random cases of one kind,
 * and for cases that differ only in language. With `--full` all.
 */
export function inTurn<Case>(cases: readonly Case[], n: number): readonly Case[] {
  const some = Math.min(n, cases.length);
  return isFull ? cases : cases.filter((_, at) => at % some === turn % some);
}

const known = new Set<string>();

/**
 * Returns whether this process asks for it the first time, for cases that are tested completely once and partly when repeated; with
 * `--full` always true.
 */
export function isFirst(what: string): boolean {
  const isNew = !known.has(what);
  known.add(what);
  return isNew || isFull;
}

/**
 * Languages in which pages are tested: with `--full` all three, otherwise Uzbek or Russian, in turn. Their words are the longest; other
 * tests use the same pages in English.
 */
export const pageLanguages: readonly ('uz' | 'ru' | 'en')[] = isFull
  ? ['uz', 'ru', 'en']
  : inTurn<'uz' | 'ru'>(['uz', 'ru'], 2);

/**
 * Returns half of about one in `n` of the cases, in their order, with at least one of each kind; another run takes the other half. All of
 * them with `--full`.
 * @param seed of the choice
 * @param kindOf returns the kind of a case; without it all have the same kind
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
