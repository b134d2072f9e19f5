/** The vocabulary of transactions: writes that are stored all or none. */
import type { TrailRow } from '@dhp/trail';
import type { Session } from './statements/session.ts';
import type { Deletion, NewVersion, StoredVersion, Update, WriteOutcome } from './versions.ts';

/** One write of a transaction. The id of a `create` is the caller's choice and must be new. */
export type TransactionWrite =
  ({ kind: 'create'; id: string } & NewVersion) | ({ kind: 'update' } & Update) | ({ kind: 'delete' } & Deletion);

/** Outcomes that prevent the transaction from being stored. */
export type Refusal = Exclude<WriteOutcome, { version: StoredVersion }>;

/**
 * `committed`: all writes are stored, with their outcomes in the given order; a deletion without If-Match that finds nothing is not a
 * failure and has `not-found`. `refused`: nothing is stored, because of the failures; a create with an existing id is a `version-mismatch`.
 */
export type TransactionOutcome =
  | { kind: 'committed'; outcomes: WriteOutcome[] }
  | { kind: 'refused'; failures: { index: number; outcome: Refusal }[] };

export interface TransactionOptions {
  /** Names that each only one transaction holds at a time, on all servers, from before the writes are determined until the commit. */
  locks?: readonly string[];
  /**
   * Refuse references of this server to resources that do not exist or are deleted, unless the transaction stores them, and deletions of
   * resources to which a current resource refers, unless the transaction changes or deletes that too. It holds at the commit, against all
   * writers that set it.
   */
  integrity?: boolean;
  /** Stores more in the transaction of the writes. */
  beside?: Beside | undefined;
  /**
   * Makes rows of the trail about all writes together, which are stored in their transaction. It is called again if another write was
   * faster.
   */
  records?: ((outcomes: readonly WriteOutcome[]) => readonly TrailRow[]) | undefined;
}

/**
 * Runs in the transaction of writes, behind them, with their outcomes in the order given: its own statements, and the writes that it
 * returns, are stored with them or not at all, and its error rolls them back and is thrown. It is called again if another write was faster,
 * and not called for refused writes.
 */
export type Beside = (session: Session, outcomes: readonly WriteOutcome[]) => Promise<readonly TransactionWrite[]>;
