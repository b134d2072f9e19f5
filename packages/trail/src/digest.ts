/** The digest of a record, by which it shows that it was written by a server and not changed since. */
import { createHmac, type KeyObject } from 'node:crypto';

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

/** HMAC-SHA-256. No part but the last can have a line break, so that different records are different texts. */
export function digestOf(key: KeyObject, { recorded, patient, content, keyId, sealed }: Digested): Buffer {
  const text = `${String(recorded)}\n${patient?.toString('base64') ?? ''}\n${content}\n${keyId}\n`;
  return createHmac('sha256', key).update(text).update(sealed).digest();
}
