import { createBuckets, type Bucket } from './buckets.ts';

/**
 * A quota of requests for each of many callers, as token buckets: `requests` may be sent at once, and used ones come back evenly over
 * `seconds`. It consists of arithmetic on one small object for each caller of the last minutes.
 */
export interface QuotaOptions {
  /** As the header fields name it. */
  readonly name: string;
  /** The most requests at once, and on average in each `seconds`. */
  readonly requests: number;
  readonly seconds: number;
  /** The most callers that are remembered (default 100,000). The longest inactive are forgotten first. */
  readonly callers?: number;
}

export interface Taken {
  readonly quota: Quota;
  /** Whether the request may be answered. */
  readonly isGranted: boolean;
  /** Requests that may still be sent now. */
  readonly remaining: number;
  /** Seconds until all of them may be sent again. */
  readonly reset: number;
  /** Seconds until the next one may be sent; 0 if it may be sent now. */
  readonly retryAfter: number;
  /** Whether this is the first refusal of the caller for `seconds`: only that one is worth a record. */
  readonly isFirstRefusal: boolean;
}

export interface Quota extends QuotaOptions {
  /** Counts a request; a refused request costs nothing. @param now milliseconds of any clock that goes forward */
  take(caller: string, now: number): Taken;
}

/** Default number of callers that a quota remembers. */
export const mostCallers = 100_000;

/** @throws TypeError for a quota that permits nothing */
export function createQuota(options: QuotaOptions): Quota {
  requirePossible(options);
  const { requests, seconds, callers = mostCallers } = options;
  const buckets = createBuckets({ tokens: requests, seconds, callers });
  const quota: Quota = {
    ...options,
    take(caller, now) {
      const bucket = buckets.of(caller, now);
      const isGranted = bucket.tokens >= 1;
      if (isGranted) bucket.tokens -= 1;
      return takenOf(quota, bucket, { isGranted, tokens: bucket.tokens, now });
    },
  };
  return quota;
}

/** @throws TypeError for a quota that permits nothing */
export function requirePossible({ name, requests, seconds }: QuotaOptions): void {
  if (!(requests >= 1) || !(seconds > 0)) throw new TypeError(`${name}: a quota permits at least one request`);
}

/**
 * Returns the outcome of a request as it is reported to the caller.
 * @param tokens that remain to the caller of the whole quota
 */
export function takenOf(
  quota: Quota,
  bucket: Bucket,
  { isGranted, tokens, now }: { isGranted: boolean; tokens: number; now: number },
): Taken {
  const { requests, seconds } = quota;
  const perSecond = requests / seconds;
  const isFirstRefusal = !isGranted && now - bucket.refusedAt >= seconds * 1000;
  if (isFirstRefusal) bucket.refusedAt = now;
  return {
    quota,
    isGranted,
    remaining: Math.floor(tokens),
    reset: Math.ceil((requests - tokens) / perSecond),
    retryAfter: isGranted ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
    isFirstRefusal,
  };
}

/**
 * The network of an address for counting: the address itself for IPv4; for IPv6 the first 64 bits, since the owner of one such address has
 * them all.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const bare = address.split('%', 1)[0]!;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!/^[\da-f:.]+$/i.test(bare)) return bare;
  const [head = '', tail] = bare.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, behind] = [groups(head), groups(tail ?? '')];
  // An IPv4 address at the end counts for two groups; only the first four groups matter here.
  const missing =
    tail === undefined ? 0 : 8 - before.length - behind.length - (behind.at(-1)?.includes('.') === true ? 1 : 0);
  const whole = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...behind];
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
