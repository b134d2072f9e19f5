/** The digest of a record, which proves that a server wrote it and that it is unchanged. */
import { hash } from 'node:crypto';

/** The parts of a record that its digest covers. */
export interface Digested {
  /** Milliseconds since 1970. */
  readonly recorded: number;
  readonly patient: Buffer | undefined;
  /** JSON, hence without a line break. */
  readonly content: string;
  readonly keyId: string;
  readonly sealed: Buffer;
}

/** Bytes of a block of SHA-256. */
const block = 64;

/** A key of HMAC-SHA-256 (RFC 2104), with the first blocks of both of its hashes: Node's HMAC takes twice as long for a record. */
export class DigestKey {
  readonly #outer: Buffer = Buffer.alloc(block + 32, 0x5c);
  /** The block of the inner hash, and behind it room for the text of a record: it grows with the longest. */
  #inner: Buffer = Buffer.alloc(4_096, 0x36);

  /** @param secret 64 bytes at most */
  constructor(secret: Buffer) {
    for (const [at, byte] of secret.entries()) {
      this.#outer[at]! ^= byte;
      this.#inner[at]! ^= byte;
    }
  }

  /** Of a text and bytes behind it, a character of the result for each byte. */
  of(text: string, bytes: Buffer): string {
    // A UTF-16 code unit has three bytes at most.
    const most = block + 3 * text.length + bytes.length;
    if (most > this.#inner.length) this.#inner = Buffer.concat([this.#inner.subarray(0, block)], 2 * most);
    let at = block + this.#inner.write(text, block);
    at += bytes.copy(this.#inner, at);
    this.#outer.write(hash('sha256', this.#inner.subarray(0, at), 'binary'), block, 'latin1');
    return hash('sha256', this.#outer, 'binary');
  }
}

/** HMAC-SHA-256. No part but the last can have a line break, so that different records are different texts. */
export function digestOf(key: DigestKey, record: Digested): Buffer {
  return Buffer.from(textOf(key, record), 'latin1');
}

/** Whether a record has the digest that a server gave it. */
export function isDigestOf(key: DigestKey, record: Digested, digest: Buffer): boolean {
  return textOf(key, record) === digest.toString('latin1');
}

function textOf(key: DigestKey, { recorded, patient, content, keyId, sealed }: Digested): string {
  return key.of(textOfRecord(recorded, patient?.toString('base64') ?? '', content, keyId), sealed);
}

/** The text that a digest covers before the sealed part. @param patient in base64; without a patient, the empty text */
export function textOfRecord(recorded: number, patient: string, content: string, keyId: string): string {
  return `${String(recorded)}\n${patient}\n${content}\n${keyId}\n`;
}
