import { createHash } from 'node:crypto';
import type { JsonSource } from './scan.ts';
import { unstamped } from './unstamped.ts';

/**
 * SHA-256, in hex, of a resource without what a server stamps and without white space between tokens: two resources that
 * `sameButForStamp` calls the same have the same one.
 * @example
 * contentHash(scanJson('{"resourceType":"Basic"}')) === contentHash(scanJson('{ "resourceType": "Basic", "id": "1" }')); // true
 */
export function contentHash(source: JsonSource): string {
  return createHash('sha256').update(unstamped(source)).digest('hex');
}
