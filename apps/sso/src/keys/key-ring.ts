/** The signing keys as this process knows them. All processes share the table; each looks at it again and again. */
import type { JWK } from 'jose';
import type { Sql } from '@dhp/postgres';
import {
  insertSigningKey,
  lockSigningKeys,
  selectSigningKeys,
  type SigningAlgorithm,
  type SigningKeyRow,
} from '../store/signing-keys.ts';
import { newSigningKeyRow, openSigningKeyRow, type SigningKey } from './signing-key.ts';

export interface KeyRing {
  /** Every key that is not retired: what tokens may be signed with, now or soon. */
  readonly keys: readonly SigningKey[];
  /** The key set document of RFC 7517: public members only. */
  readonly jwks: { keys: JWK[] };
  /** The key that signs now: the latest one whose time has come. */
  signing(alg: SigningAlgorithm): SigningKey;
  /** Looks at the table; calls `onChange` when the set of keys is another one. */
  refresh(): Promise<void>;
  onChange(listener: () => void): void;
}

export interface KeyRingOptions {
  sql: Sql;
  /** 32 bytes. */
  encryptionKey: Buffer;
  clock: () => Date;
}

const algorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256'];

/** How long a new key is only published: longer than anyone may keep the JWKS (its max-age) plus one look at the table. */
export const publishAheadSeconds = 900;

/**
 * Loads the keys, and makes those that are missing: once for all processes, under a lock.
 * @throws Error when the keys in the table were sealed with another encryption key
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { sql, encryptionKey, clock } = options;
  const listeners: (() => void)[] = [];
  let keys = openRows(await ensureSigningKeys(options), encryptionKey);

  return {
    get keys() {
      return keys;
    },
    get jwks() {
      return { keys: keys.map((key) => key.publicJwk) };
    },
    signing(alg) {
      const now = clock();
      const candidates = keys.filter((key) => key.alg === alg);
      const key = candidates.find((candidate) => candidate.signsFrom <= now) ?? candidates.at(-1);
      if (key === undefined) throw new Error(`There is no ${alg} signing key`);
      return key;
    },
    async refresh() {
      const rows = await selectSigningKeys(sql, clock());
      if (rows.map((row) => row.kid).join() === keys.map((key) => key.kid).join()) return;
      keys = openRows(rows, encryptionKey);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Adds a key that every process publishes at its next look and signs with from `publishAheadSeconds` later. */
export async function addSigningKey(options: KeyRingOptions, alg: SigningAlgorithm): Promise<string> {
  const created = options.clock();
  const signsFrom = new Date(created.getTime() + publishAheadSeconds * 1000);
  const row = await newSigningKeyRow(alg, options.encryptionKey, { created, signsFrom });
  await insertSigningKey(options.sql, row);
  return row.kid;
}

async function ensureSigningKeys({ sql, encryptionKey, clock }: KeyRingOptions): Promise<SigningKeyRow[]> {
  const present = await selectSigningKeys(sql, clock());
  if (missing(present).length === 0) return present;
  return sql.begin(async (transaction) => {
    const locked = transaction as unknown as Sql;
    await lockSigningKeys(locked);
    const now = clock();
    const rows = await selectSigningKeys(locked, now);
    for (const alg of missing(rows)) {
      await insertSigningKey(locked, await newSigningKeyRow(alg, encryptionKey, { created: now, signsFrom: now }));
    }
    return selectSigningKeys(locked, now);
  });
}

function missing(rows: readonly SigningKeyRow[]): SigningAlgorithm[] {
  return algorithms.filter((alg) => !rows.some((row) => row.alg === alg));
}

function openRows(rows: readonly SigningKeyRow[], encryptionKey: Buffer): SigningKey[] {
  return rows.map((row) => openSigningKeyRow(row, encryptionKey));
}
