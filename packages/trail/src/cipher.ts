/**
 * The two forms of sealing. Keys, and rows of lists: AES-256-GCM (NIST SP 800-38D), 12 bytes of a random nonce, the text, 16 bytes of a tag. Sealed
 * parts of records: AES-256-CTR (NIST SP 800-38A), 16 bytes that begin unlike any nonce, the text; the digest of the record, an HMAC over it, proves
 * its integrity. docs/decisions/0192-cheaper-records.md
 */
import { createCipheriv, createDecipheriv, randomFillSync, type Cipheriv, type KeyObject } from 'node:crypto';

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

/** @returns undefined if it was not encrypted with the key, or bound to another text */
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

const blockLength = 16;
/** The first half of each block that is counted with. A random nonce begins so once in 2^64 times. */
const mark = Buffer.from('dhp ctr1');

/**
 * A key that this process has made, and with which it seals many texts, each with the next bytes of one key stream: no byte is used twice. Only the
 * bytes of a text are made; a separate cipher for each, with its tag, takes four times as long.
 */
export class StreamCipher {
  readonly #cipher: Cipheriv;
  /** Bytes that were encrypted so far. */
  #at = 0;

  /** @param key with which no other key stream is made */
  constructor(key: KeyObject) {
    this.#cipher = createCipheriv('aes-256-ctr', key, blockAt(0));
  }

  /** The place in the key stream, and the text. */
  encrypt(text: string): Buffer {
    const encrypted = this.#cipher.update(text, 'utf8');
    const sealed = Buffer.allocUnsafe(blockLength + encrypted.length);
    mark.copy(sealed);
    writeNumber(sealed, this.#at);
    encrypted.copy(sealed, blockLength);
    this.#at += encrypted.length;
    return sealed;
  }
}

/** Whether it is in the form of `StreamCipher`. */
export function isOfStream(sealed: Buffer): boolean {
  return sealed.length >= blockLength && sealed.subarray(0, mark.length).equals(mark);
}

/** The text that a `StreamCipher` has encrypted; wrong bytes if the key or the sealed bytes are wrong. */
export function decryptStream(key: KeyObject, sealed: Buffer): Buffer {
  const at = sealed.readUInt32BE(mark.length) * 2 ** 32 + sealed.readUInt32BE(mark.length + 4);
  const decipher = createDecipheriv('aes-256-ctr', key, blockAt(Math.floor(at / blockLength)));
  decipher.update(Buffer.alloc(at % blockLength));
  return decipher.update(sealed.subarray(blockLength));
}

function blockAt(number: number): Buffer {
  const block = Buffer.alloc(blockLength);
  mark.copy(block);
  writeNumber(block, number);
  return block;
}

/** Behind the mark, in 64 bits. */
function writeNumber(bytes: Buffer, number: number): void {
  bytes.writeUInt32BE(Math.floor(number / 2 ** 32), mark.length);
  bytes.writeUInt32BE(number % 2 ** 32, mark.length + 4);
}
