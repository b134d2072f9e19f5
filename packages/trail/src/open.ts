/** Reads records with the keys. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { decrypt, decryptStream, isOfStream } from './cipher.ts';
import { type Digested, isDigestOf } from './digest.ts';
import type { TrailKeys } from './keys.ts';

/** The id of a Patient in records: 16 bytes that can only be computed from the id with the key. */
export function pseudonymOf(keys: Pick<TrailKeys, 'pseudonyms'>, patient: string): Buffer {
  return createHmac('sha256', keys.pseudonyms).update(patient).digest().subarray(0, 16);
}

/** A record as stored, with the key of its sealed part, if that was not destroyed. */
export interface SealedRecord extends Digested {
  readonly digest: Buffer;
  readonly key: Buffer | undefined;
}

export interface OpenedRecord {
  readonly content: Readonly<Record<string, unknown>>;
  /** Undefined if its key was destroyed, or the record was changed. */
  readonly sealed: Readonly<Record<string, unknown>> | undefined;
}

export function openRecord(keys: Pick<TrailKeys, 'wrapping' | 'digests'>, record: SealedRecord): OpenedRecord {
  const { content, sealed, digest } = record;
  const text =
    isOfStream(sealed) && isDigestOf(keys.digests, record, digest)
      ? openWith(keys, record, (key) => decryptStream(key, sealed))
      : openBound(keys, record, content);
  return { content: parsed(content), sealed: text === undefined ? undefined : parsed(text.toString('utf8')) };
}

/** Opens a part that is sealed separately and bound to a text, under a key that is stored beside it. */
export function openBound(
  keys: Pick<TrailKeys, 'wrapping'>,
  record: Pick<SealedRecord, 'keyId' | 'sealed' | 'key'>,
  bound: string,
): Buffer | undefined {
  return openWith(keys, record, (key) => decrypt(key, record.sealed, bound));
}

function openWith(
  keys: Pick<TrailKeys, 'wrapping'>,
  { keyId, key }: Pick<SealedRecord, 'keyId' | 'key'>,
  open: (key: KeyObject) => Buffer | undefined,
): Buffer | undefined {
  const own = key === undefined ? undefined : decrypt(keys.wrapping, key, keyId);
  return own === undefined ? undefined : open(createSecretKey(own));
}

/** Whether a stored key is the original one of its id. */
export function isKeyOf(keys: Pick<TrailKeys, 'wrapping'>, keyId: string, key: Buffer): boolean {
  return decrypt(keys.wrapping, key, keyId) !== undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Record<string, unknown>;
}
