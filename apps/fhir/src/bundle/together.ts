import { BudgetSpent, createPauses } from '@dhp/budget';
import { costFailure, Failure, together } from '../http/errors.ts';
import { inEntry, type Entry } from './entry.ts';

/** Enough to correct a Bundle by; a faulty program makes the same mistake in every entry. */
export const maxIssues = 50;

/**
 * Does the work for every item and gives the results in order. When it fails for some, all of these failures are thrown as one,
 * each with its entry named; an error that is no Failure is thrown as it is, and a budget that is spent at once.
 */
export async function collect<Item, Result>(
  items: readonly Item[],
  entryOf: (item: Item) => Entry,
  work: (item: Item) => Result | Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures: Failure[] = [];
  const pause = createPauses();
  for (const item of items) {
    // Most work is synchronous, and thousands of needless turns of the event loop are not free.
    const due = pause();
    if (due !== undefined) await due;
    try {
      const result = work(item);
      results.push(result instanceof Promise ? await result : result);
    } catch (error) {
      // There is nothing left for the other items either.
      if (error instanceof BudgetSpent) throw inEntry(costFailure(error), entryOf(item));
      if (!(error instanceof Failure)) throw error;
      failures.push(inEntry(error, entryOf(item)));
    }
  }
  failTogether(failures);
  return results;
}

/** Throws the failures as one, whose status is that of the first; does nothing without any. */
export function failTogether(failures: readonly Failure[]): void {
  const [first, ...others] = failures;
  if (first === undefined) return;
  throw together([first, ...others], maxIssues);
}
