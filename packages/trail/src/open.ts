/** Reads records, for who has the keys. */
import { createHmac, createSecretKey } from 'node:crypto';
import { decrypt } from './cipher.ts';
import type { TrailKeys } from './keys.ts';

/** The id of a Patient as it stands in records: 16 bytes that only who has the key can make of the id. */
export function pseudonymOf(keys: Pick<TrailKeys, 'pseudonyms'>, patient: string): Buffer {
  return createHmac('sha256', keys.pseudonyms).update(patient).digest().subarray(0, 16);
}

/** A record as it is stored, with the key of its sealed part, where that was not destroyed. */
export interface SealedRecord {
  readonly content: string;
  readonly keyId: string;
  readonly sealed: Buffer;
  readonly key: Buffer | undefined;
}

export interface OpenedRecord {
  readonly content: Readonly<Record<string, unknown>>;
  /** Undefined where its key was destroyed. */
  readonly sealed: Readonly<Record<string, unknown>> | undefined;
}

export function openRecord(keys: Pick<TrailKeys, 'wrapping'>, record: SealedRecord): OpenedRecord {
  const { content, keyId, sealed, key } = record;
  const own = key === undefined ? undefined : decrypt(keys.wrapping, key, keyId);
  const text = own === undefined ? undefined : decrypt(createSecretKey(own), sealed, content);
  return { content: parsed(content), sealed: text === undefined ? undefined : parsed(text.toString('utf8')) };
}

/** Whether a stored key is the one that was stored under its id. */
export function isKeyOf(keys: Pick<TrailKeys, 'wrapping'>, keyId: string, key: Buffer): boolean {
  return decrypt(keys.wrapping, key, keyId) !== undefined;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Record<string, unknown>;
}
