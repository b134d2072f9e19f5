/**
 * The positions in `next` and `previous` links. The server keeps nothing between two pages: a link carries the position, signed,
 * so that only positions which this server gave out reach the store, and only with the search that they belong to.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Position, PageLinks } from '../contract/page-links.ts';
import { fail } from '../http/errors.ts';

const lifetimeSeconds = 24 * 3600;
/** 128 bits of the HMAC: RFC 2104 section 5. */
const macLength = 16;

/** `key`: 32 random bytes that all nodes of an environment share. */
export function pageLinks(key: Buffer, clock: () => Date): PageLinks {
  const secret = createSecretKey(key);
  const seconds = (): number => Math.floor(clock().getTime() / 1000);

  function macOf(search: string, payload: Buffer): Buffer {
    const mac = createHmac('sha256', secret).update(`${search.length}\n${search}`).update(payload).digest();
    return mac.subarray(0, macLength);
  }

  return {
    seal(search, position) {
      const payload = Buffer.from(JSON.stringify({ expiry: seconds() + lifetimeSeconds, ...position }));
      return Buffer.concat([macOf(search, payload), payload]).toString('base64url');
    },

    open(search, sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      const payload = bytes.subarray(macLength);
      // Node passes over what is no base64url, and over a character too many.
      const isWhole = bytes.length > macLength && bytes.toString('base64url') === sealed;
      const isOurs = isWhole && timingSafeEqual(bytes.subarray(0, macLength), macOf(search, payload));
      if (!isOurs) {
        const diagnostics =
          '_cursor is not one that this server gave out for this search. Follow the links of a page as they are, or begin ' +
          'again without _cursor.';
        fail('page-link-invalid', {}, { diagnostics, expression: 'http._cursor' });
      }
      const { expiry, ...position } = JSON.parse(payload.toString()) as Position & { expiry: number };
      if (expiry < seconds()) {
        const diagnostics = `The link was good until ${new Date(expiry * 1000).toISOString()}. Begin again without _cursor.`;
        fail('page-link-expired', {}, { diagnostics, expression: 'http._cursor' });
      }
      return position;
    },
  };
}
