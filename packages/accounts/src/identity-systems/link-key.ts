/** The key under which ids of identity systems and PINFLs are hashed: the database alone does not reveal whose they are. */
import { createHmac, hkdfSync } from 'node:crypto';

/** @param encryptionKey of the server; 32 bytes */
export function linkKey(encryptionKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso upstreams', 32));
}

/** @returns the HMAC-SHA-256 of the text */
export function hashOf(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
