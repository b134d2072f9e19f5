/** The words of transactions: writes that are stored all or none. */
import type { TrailRow } from '@dhp/trail';
import type { Session } from './statements/session.ts';
import type { Deletion, NewVersion, StoredVersion, Update, WriteOutcome } from './versions.ts';

/** One write of a transaction. The id of a `create` is the caller's choice and must be new. */
export type TransactionWrite =
  ({ kind: 'create'; id: string } & NewVersion) | ({ kind: 'update' } & Update) | ({ kind: 'delete' } & Deletion);

/** Outcomes because of which nothing is stored. */
export type Refusal = Exclude<WriteOutcome, { version: StoredVersion }>;

/**
 * `committed`: all writes, with their outcomes in the order given; a deletion without If-Match that finds nothing is no
 * failure and has `not-found`. `refused`: none, because of those named; the id of a create that exists is a
 * `version-mismatch`.
 */
export type TransactionOutcome =
  | { kind: 'committed'; outcomes: WriteOutcome[] }
  | { kind: 'refused'; failures: { index: number; outcome: Refusal }[] };

export interface TransactionOptions {
  /**
   * Names of which each is held by one transaction at a time, on all servers, from before the writes are asked for
   * until the commit.
   */
  locks?: readonly string[];
  /**
   * Refuse references of this server to what does not exist or is deleted, unless the transaction stores it, and deletions of
   * what a current resource refers to, unless the transaction changes or deletes that too. It holds at the commit, against
   * all writers that ask for the same.
   */
  integrity?: boolean;
  /** Stores more in the transaction of the writes. */
  beside?: Beside | undefined;
  /** Makes rows of the trail about all writes together, which are stored in their transaction. It is called again when somebody else was faster. */
  records?: ((outcomes: readonly WriteOutcome[]) => readonly TrailRow[]) | undefined;
}

/**
 * Runs in the transaction of writes, behind them, with their outcomes in the order given: what it stores, and the writes that it returns, are stored with
 * them or not at all, and its error undoes them and is thrown. It is called again when somebody else was faster, and not for writes that are refused.
 */
export type Beside = (session: Session, outcomes: readonly WriteOutcome[]) => Promise<readonly TransactionWrite[]>;
