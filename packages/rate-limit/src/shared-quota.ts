/**
 * A quota that several processes of one server share. An eighth of it is divided among them, so that most callers need no message; the rest
 * is in a pool, from which a process borrows before its own part is used up. The parts and the pool make up the quota: however the requests
 * are distributed, no more are granted than by one process, except for tokens that come back to the pool while a loan lasts (a second, or
 * the time of two requests), and for one request a process if the quota is smaller than the number of processes.
 */
import { createBuckets, type Bucket, type Buckets } from './buckets.ts';
import { mostCallers, requirePossible, takenOf, type Quota, type QuotaOptions } from './quota.ts';

/** Request of a process to the pool. */
export interface Loan extends Pick<QuotaOptions, 'name' | 'requests' | 'seconds'> {
  readonly caller: string;
  /** Tokens of an earlier loan that were not used. */
  readonly returned: number;
}

/** Tokens that the process gets, and those left in the pool. */
export interface Lent {
  readonly given: number;
  readonly left: number;
}

export interface SharedQuotaOptions {
  /** Number of processes that share the quota. */
  readonly processes: number;
  /** Asks the pool. Never rejects. */
  readonly borrow: (loan: Loan) => Promise<Lent>;
}

/** A part of at most this many requests may be a half of the quota: it must last until the pool has answered. */
const small = 50;
/** Milliseconds that a process waits after an empty pool. */
const pause = 100;
/** The least number of milliseconds for which a loan may be used; two requests must come back meanwhile. */
const shortestLoan = 1_000;

/** Divides a quota between the processes and the pool that they share. */
function parts(requests: number, processes: number): { own: number; pool: number } {
  const half = Math.max(1, Math.floor(requests / (2 * processes)));
  const own = Math.min(half, Math.max(small, Math.floor(requests / (8 * processes))));
  return { own, pool: Math.max(0, requests - own * processes) };
}

/**
 * The part of one process.
 * @throws TypeError for a quota that permits nothing
 */
export function createSharedQuota(options: QuotaOptions, { processes, borrow }: SharedQuotaOptions): Quota {
  requirePossible(options);
  const { name, requests, seconds, callers = mostCallers } = options;
  const { own, pool } = parts(requests, processes);
  const buckets = createBuckets({ tokens: own, seconds, callers });
  const loanFor = Math.max(shortestLoan, (2 * seconds * 1000) / requests);

  function ask(caller: string, bucket: Bucket, now: number): void {
    const loan = (bucket.loan ??= { tokens: 0, until: 0, left: pool, askAgain: 0, unused: 0 });
    if (pool === 0 || now < loan.askAgain) return;
    loan.askAgain = Infinity;
    const asked = performance.now();
    const returned = loan.unused;
    loan.unused = 0;
    void borrow({ name, requests, seconds, caller, returned }).then(({ given, left }) => {
      const answered = now + performance.now() - asked;
      endLoan(loan, answered);
      loan.tokens += given;
      loan.until = answered + loanFor;
      loan.left = left;
      loan.askAgain = given > 0 ? 0 : answered + pause;
    });
  }

  const quota: Quota = {
    ...options,
    take(caller, now) {
      const bucket = buckets.of(caller, now);
      const { loan } = bucket;
      if (loan !== undefined) endLoan(loan, now);
      const from = loan !== undefined && loan.tokens >= 1 ? loan : bucket;
      const isGranted = from.tokens >= 1;
      if (isGranted) from.tokens -= 1;
      const borrowed = bucket.loan?.tokens ?? 0;
      if (bucket.tokens + borrowed <= own / 2) ask(caller, bucket, now);
      // The level of the pool is that of the last request to it; for most callers the pool is nearly full.
      const tokens = isGranted ? bucket.tokens + borrowed + (bucket.loan?.left ?? pool) : bucket.tokens;
      return takenOf(quota, bucket, { isGranted, tokens: Math.min(requests, tokens), now });
    },
  };
  return quota;
}

/** Gives back tokens that were not used in time, so that another process may borrow them. */
function endLoan(loan: NonNullable<Bucket['loan']>, now: number): void {
  if (loan.until > now) return;
  loan.unused += loan.tokens;
  loan.tokens = 0;
}

/** The pools of all quotas of one server. */
export interface Pools {
  lend(loan: Loan, now: number): Lent;
}

export function createPools(processes: number): Pools {
  const pools = new Map<string, Buckets>();
  return {
    lend({ name, requests, seconds, caller, returned }, now) {
      const { own, pool } = parts(requests, processes);
      let buckets = pools.get(name);
      if (buckets === undefined) {
        buckets = createBuckets({ tokens: pool, seconds, callers: mostCallers });
        pools.set(name, buckets);
      }
      const bucket = buckets.of(caller, now);
      bucket.tokens = Math.min(pool, bucket.tokens + returned);
      const given = Math.min(own, Math.floor(bucket.tokens));
      bucket.tokens -= given;
      return { given, left: Math.floor(bucket.tokens) };
    },
  };
}
