import { areCommitsBlocked, isConnectionError, isOutcomeUnknown, PostgresError } from '@dhp/postgres/errors';
import { isCommitUnknown, isLostNode, isMovedShard } from './placement/node-errors.ts';

/**
 * Reason why the database did not carry out a request. `connection`: it cannot be reached, and nothing was stored. `timeout`: the database
 * cancelled the statement, and nothing was stored. `unknown`: a write was sent and no answer came, or the synchronous standby has not
 * confirmed it, or its disk hangs, so it may have been stored. `blocked`: commits are known to hang on the standby or the disk, and nothing
 * was sent. `outdated`: the database has the search index of a newer program, beside which this one may not write; nothing was stored.
 * `full`: its disk has no room, or so little that nothing was sent; nothing was stored. `contended`: other writes were faster again and
 * again, or shards moved; nothing was stored.
 */
type Reason = 'connection' | 'timeout' | 'unknown' | 'blocked' | 'outdated' | 'full' | 'contended';

const sentences: Readonly<Record<Reason, string>> = {
  connection: 'The database cannot be reached',
  timeout: 'The database did not answer in time',
  unknown: 'The database did not say whether the write was stored',
  blocked: 'The synchronous standby or the disk of the database does not confirm commits now',
  full: 'The disk of the database has no room',
  outdated: 'The database has the search index of a newer program, and this one cannot write to it',
  contended: 'The database could not carry it out beside others',
};

/** The database cannot be reached, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'STORE_UNAVAILABLE';
  readonly reason: Reason;

  constructor(reason: Reason, cause: unknown) {
    super(sentences[reason], { cause });
    this.reason = reason;
  }
}

/** An error of the driver as the error promised to callers; other errors unchanged. */
export function storeError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  if (isOutcomeUnknown(error) || isCommitUnknown(error)) return new StoreUnavailable('unknown', error);
  if (areCommitsBlocked(error)) return new StoreUnavailable('blocked', error);
  if (isConnectionError(error) || isLostNode(error)) return new StoreUnavailable('connection', error);
  if (sqlState(error) === '53100') return new StoreUnavailable('full', error);
  if (contentions.has(sqlState(error)) || isMovedShard(error)) return new StoreUnavailable('contended', error);
  return timeouts.has(sqlState(error)) ? new StoreUnavailable('timeout', error) : error;
}

/**
 * The error for a failed statement that stores records, or a note that must precede an answer: whatever the reason, they are not stored,
 * and no other answer may be given.
 */
export function unrecorded(error: unknown): unknown {
  const known = storeError(error);
  // A reader cannot free space on the disk: to a reader a full disk is one more reason why the server cannot work.
  const isFull = known instanceof StoreUnavailable && known.reason === 'full';
  return isFull || known instanceof PostgresError ? new StoreUnavailable('connection', error) : known;
}

/** Runs `work`; its errors are passed through `storeError`. */
export async function guarded<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error);
  }
}

// query_canceled (statement_timeout), lock_not_available (lock_timeout), too_many_connections, out_of_memory
const timeouts = new Set(['57014', '55P03', '53300', '53200']);
// deadlock_detected, serialization_failure
const contentions = new Set(['40P01', '40001']);

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
