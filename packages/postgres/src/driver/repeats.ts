import { pauseBehindOvertaken, type PostgresError } from './errors.ts';

/** Tells after how many milliseconds a statement is sent once more that is no part of a transaction; undefined: it is not. @param tries with this one */
export type Repeats = (error: PostgresError, tries: number) => number | undefined;

/** @param once errors by which nothing of a statement was carried out, so that it is sent once more, and at once */
export function repeating(once: ((error: PostgresError) => boolean) | undefined): Repeats {
  if (once === undefined) return pauseBehindOvertaken;
  return (error, tries) => {
    if (once(error)) return tries === 1 ? 0 : undefined;
    return pauseBehindOvertaken(error, tries);
  };
}
