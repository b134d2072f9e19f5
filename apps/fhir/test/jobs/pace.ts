import type { Pace } from '../../src/jobs/holding.ts';

/** Short intervals, so that tests need not wait; the lease is long enough for a busy machine. */
export const fast: Pace = { lease: 3_000, sign: 200, listening: 60_000, idle: 50, share: 1, backoff: 20 };
