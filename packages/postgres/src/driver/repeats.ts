import { pauseBehindOvertaken, type PostgresError } from './errors.ts';

/**
 * Returns after how many milliseconds a statement outside a transaction is sent once more; undefined: it is not. @param tries including
 * this one
 */
export type Repeats = (error: PostgresError, tries: number) => number | undefined;

/** @param once errors after which nothing of a statement was executed, so that it is sent once more at once */
export function repeating(once: ((error: PostgresError) => boolean) | undefined): Repeats {
  if (once === undefined) return pauseBehindOvertaken;
  return (error, tries) => {
    if (once(error)) return tries === 1 ? 0 : undefined;
    return pauseBehindOvertaken(error, tries);
  };
}
