import { isConnectionError } from '@dhp/postgres';

/**
 * The database cannot be reached, or did not answer in time. A write that fails so may have been stored or not; a read
 * may be tried again.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'STORE_UNAVAILABLE';
  readonly reason: 'connection' | 'timeout';

  constructor(reason: 'connection' | 'timeout', cause: unknown) {
    super(reason === 'connection' ? 'The database cannot be reached' : 'The database did not answer in time', {
      cause,
    });
    this.reason = reason;
  }
}

/** An error of the driver as what callers are promised; other errors stay what they are. */
export function storeError(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error;
  if (isConnectionError(error)) return new StoreUnavailable('connection', error);
  return timeouts.has(sqlState(error)) ? new StoreUnavailable('timeout', error) : error;
}

/** Runs `work`; what it throws is a `storeError`. */
export async function guarded<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error);
  }
}

// query_canceled (statement_timeout), lock_not_available (lock_timeout), too_many_connections, disk_full, out_of_memory
const timeouts = new Set(['57014', '55P03', '53300', '53100', '53200']);

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
