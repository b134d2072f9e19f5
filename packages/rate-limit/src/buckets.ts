/** Token buckets, one for each caller: used tokens come back evenly. */
export interface Bucket {
  tokens: number;
  /** Milliseconds, when it was last filled. */
  at: number;
  refusedAt: number;
  /** Tokens that the process has borrowed from the pool, if several processes share a quota. */
  loan?: Loan;
}

interface Loan {
  tokens: number;
  /** Until when they may be used, in milliseconds. */
  until: number;
  /** Tokens that were not used in time and go back to the pool. */
  unused: number;
  /** Tokens that were left in the pool. */
  left: number;
  /** Time before which the pool is not asked again. */
  askAgain: number;
}

export interface Buckets {
  /** The bucket of a caller, filled up to now. @param now milliseconds of any clock that goes forward */
  of(caller: string, now: number): Bucket;
}

export interface BucketOptions {
  /** Most tokens of a bucket; an empty one is full after `seconds`. */
  readonly tokens: number;
  readonly seconds: number;
  /** The most callers that are remembered. The longest inactive are forgotten first. */
  readonly callers: number;
}

export function createBuckets({ tokens, seconds, callers }: BucketOptions): Buckets {
  const perMillisecond = tokens / (seconds * 1000);
  // Two generations: a bucket that was not used for `seconds` is full again, so dropping the old ones loses nothing.
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let bornAt = -Infinity;
  return {
    of(caller, now) {
      if (young.size >= callers / 2 || now - bornAt > seconds * 1000) {
        old = young;
        young = new Map();
        bornAt = now;
      }
      let bucket = young.get(caller);
      if (bucket === undefined) {
        bucket = old.get(caller) ?? { tokens, at: now, refusedAt: -Infinity };
        young.set(caller, bucket);
      }
      bucket.tokens = Math.min(tokens, bucket.tokens + Math.max(0, now - bucket.at) * perMillisecond);
      bucket.at = now;
      return bucket;
    },
  };
}
