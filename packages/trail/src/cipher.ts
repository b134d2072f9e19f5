/** AES-256-GCM (NIST SP 800-38D): 12 bytes of a random nonce, the text, 16 bytes of a tag. */
import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';

const nonceLength = 12;
const tagLength = 16;

/** Random bytes are drawn for many nonces at once: each draw by itself costs more than the cipher. */
const pool = Buffer.allocUnsafe(nonceLength * 256);
let taken = pool.length;

function nonce(): Buffer {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  return pool.subarray(taken, (taken += nonceLength));
}

export function encrypt(key: KeyObject, text: string | Buffer, bound: string): Buffer {
  const own = nonce();
  const cipher = createCipheriv('aes-256-gcm', key, own).setAAD(Buffer.from(bound));
  const first = typeof text === 'string' ? cipher.update(text, 'utf8') : cipher.update(text);
  cipher.final(); // GCM leaves nothing over
  const sealed = Buffer.allocUnsafe(nonceLength + first.length + tagLength);
  own.copy(sealed);
  first.copy(sealed, nonceLength);
  cipher.getAuthTag().copy(sealed, nonceLength + first.length);
  return sealed;
}

/** @returns undefined for what was not encrypted with the key, and bound to the same */
export function decrypt(key: KeyObject, sealed: Buffer, bound: string): Buffer | undefined {
  if (sealed.length < nonceLength + tagLength) return undefined;
  const end = sealed.length - tagLength;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength))
    .setAAD(Buffer.from(bound))
    .setAuthTag(sealed.subarray(end));
  const text = decipher.update(sealed.subarray(nonceLength, end));
  try {
    decipher.final();
    return text;
  } catch {
    return undefined;
  }
}
