/**
 * The header fields of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` states the limits, `RateLimit` what remains of them. Both
 * are lists (RFC 9651) with one item for each quota in which the request was counted.
 */
import type { Quota, Taken } from './quota.ts';

/** As Node's responses have them. */
export interface HeaderFields {
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
}

/** `"client";q=3000;w=60` */
export function rateLimitPolicy({ name, requests, seconds }: Quota): string {
  return `"${name}";q=${String(requests)};w=${String(seconds)}`;
}

/** `"client";r=2999;t=1` */
export function rateLimit({ quota, remaining, reset }: Taken): string {
  return `"${quota.name}";r=${String(remaining)};t=${String(reset)}`;
}

/** Adds one more quota to a response, and when to retry if that quota refused the request. */
export function addTaken(response: HeaderFields, taken: Taken): void {
  append(response, 'RateLimit-Policy', rateLimitPolicy(taken.quota));
  append(response, 'RateLimit', rateLimit(taken));
  if (!taken.isGranted) response.setHeader('Retry-After', String(taken.retryAfter));
}

function append(response: HeaderFields, name: string, item: string): void {
  const before = response.getHeader(name);
  response.setHeader(name, typeof before === 'string' ? `${before}, ${item}` : item);
}
