/**
 * The positions in `next` and `previous` links. The server keeps no state between two pages: a link carries the encrypted position. Only
 * positions issued by this server reach the store, and only with the search they belong to.
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { Position, PageLinks } from '../contract/page-links.ts';
import { fail } from '../http/errors.ts';
import { sealing } from './sealing.ts';

const lifetimeSeconds = 24 * 3600;
/** Bytes: a position is padded to a multiple of this, so that its length reveals little. */
const step = 64;

/** `key`: 32 random bytes that all nodes of an environment share. */
export function pageLinks(key: Buffer, clock: () => Date): PageLinks {
  const sealed = sealing(key, 'links to pages');
  const before = signedBefore(key);
  const seconds = (): number => Math.floor(clock().getTime() / 1000);

  return {
    seal: (search, position) =>
      sealed.seal(search, padded(JSON.stringify({ expiry: seconds() + lifetimeSeconds, ...position }))),

    open(search, text) {
      const payload = sealed.open(search, text) ?? before(search, text);
      if (payload === undefined) {
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

    sealHistory: (path, cursor) => sealed.seal(`history ${path}`, padded(cursor)),
    openHistory: (path, text) => sealed.open(`history ${path}`, text)?.toString().trimEnd(),
  };
}

function padded(text: string): Buffer {
  const length = Buffer.byteLength(text);
  return Buffer.from(text + ' '.repeat(Math.ceil(length / step) * step - length));
}

/** 128 bits of the HMAC: RFC 2104 section 5. */
const macLength = 16;

/** Positions as servers of the previous release issue them: signed, and valid for their day. Undefined for any other text. */
function signedBefore(key: Buffer): (search: string, text: string) => Buffer | undefined {
  const secret = createSecretKey(key);
  return (search, text) => {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= macLength || bytes.toString('base64url') !== text) return undefined;
    const payload = bytes.subarray(macLength);
    const mac = createHmac('sha256', secret).update(`${search.length}\n${search}`).update(payload).digest();
    return timingSafeEqual(bytes.subarray(0, macLength), mac.subarray(0, macLength)) ? payload : undefined;
  };
}
