/** Statements and owners that wait for a connection of a pool. */
import { waitsForCommit } from './commits.ts';
import type { ConnectionError, PostgresError } from './errors.ts';
import type { Link } from './link.ts';
import { textOf, type Query } from './query.ts';

export type Failure = PostgresError | ConnectionError;

/** A statement, or somebody who wants a connection for himself. */
export type Waiting = { readonly since: number } & (
  | { readonly query: Query; readonly isRetry?: boolean; readonly reserve?: undefined }
  | {
      readonly query?: undefined;
      readonly isRetry?: undefined;
      /** Whether it is for a transaction that ends with a commit to be waited for. */
      readonly writes: boolean;
      readonly reserve: (link: Link) => void;
      readonly reject: (error: Failure) => void;
    }
);

export function settle(one: Waiting, error: Failure): void {
  if (one.query === undefined) one.reject(error);
  else one.query.settle(error, undefined);
}

/** Whether a commit is to be waited for in the end. */
export function writes(one: Waiting): boolean {
  return one.query === undefined ? one.writes : waitsForCommit(textOf(one.query).text);
}
