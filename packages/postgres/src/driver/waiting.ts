/** Statements and owners that wait for a connection of a pool. */
import { waitsForCommit } from './commits.ts';
import type { ConnectionError, PostgresError } from './errors.ts';
import type { Link } from './link.ts';
import { textOf, type Query } from './query.ts';

export type Failure = PostgresError | ConnectionError;

/** A waiting statement, or a waiting reservation. */
export type Waiting = { readonly since: number } & (
  | { readonly query: Query; readonly isRetry?: boolean; readonly reserve?: undefined }
  | {
      readonly query?: undefined;
      readonly isRetry?: undefined;
      /** Whether it is for a transaction whose commit must be waited for. */
      readonly writes: boolean;
      readonly reserve: (link: Link) => void;
      readonly reject: (error: Failure) => void;
    }
);

export function settle(one: Waiting, error: Failure): void {
  if (one.query === undefined) one.reject(error);
  else one.query.settle(error, undefined);
}

/** Whether it ends with a commit that must be waited for. */
export function writes(one: Waiting): boolean {
  return one.query === undefined ? one.writes : waitsForCommit(textOf(one.query).text);
}
