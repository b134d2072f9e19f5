/**
 * Encrypts and authenticates texts that clients hold for the server, such as cursors (AES-256-GCM). A cursor contains numbers of
 * transactions and rows, from which a client could count what others have stored; so it must not be readable.
 * docs/decisions/0099-change-feed.md
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

export interface Sealing {
  /** @param about purpose of the text: opening it for another purpose returns undefined */
  readonly seal: (about: string, content: Buffer) => string;
  /** Undefined for a text that was not sealed here for this purpose. */
  readonly open: (about: string, text: string) => Buffer | undefined;
}

const cipher = 'aes-256-gcm';
/** Each text has its own key, derived from this one, so that no nonce occurs twice with one key, however many texts there are. */
const saltLength = 16;
const tagLength = 16;
const nonce = Buffer.alloc(12);

/**
 * @param key 32 random bytes that all nodes of an environment share
 * @param purpose a text sealed for one purpose cannot be opened for another
 */
export function sealing(key: Buffer, purpose: string): Sealing {
  const own = createSecretKey(createHmac('sha256', key).update(purpose).digest());
  return {
    seal(about, content) {
      const salt = randomBytes(saltLength);
      const sealed = createCipheriv(cipher, keyFor(own, salt), nonce).setAAD(Buffer.from(about));
      return Buffer.concat([salt, sealed.update(content), sealed.final(), sealed.getAuthTag()]).toString('base64url');
    },
    open(about, text) {
      const bytes = Buffer.from(text, 'base64url');
      // Node ignores characters that are not base64url, and one character too many.
      if (bytes.length < saltLength + tagLength || bytes.toString('base64url') !== text) return undefined;
      const options = { authTagLength: tagLength };
      const opened = createDecipheriv(cipher, keyFor(own, bytes.subarray(0, saltLength)), nonce, options);
      opened.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(-tagLength));
      try {
        return Buffer.concat([opened.update(bytes.subarray(saltLength, -tagLength)), opened.final()]);
      } catch {
        return undefined;
      }
    },
  };
}

function keyFor(own: KeyObject, salt: Buffer): Buffer {
  return createHmac('sha256', own).update(salt).digest();
}
