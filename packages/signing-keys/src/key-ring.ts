/** The signing keys as cached by this process. All processes share the table; each reads it regularly. */
import type { JWK } from 'jose';
import type { Sql } from '@dhp/postgres';
import {
  insertSigningKey,
  lockSigningKeys,
  selectSigningKeys,
  type SigningAlgorithm,
  type SigningKeyRow,
} from './key-rows.ts';
import { newSigningKeyRow, openSigningKeyRow, type SigningKey } from './signing-key.ts';

/** Keys, and which of them sign. */
export interface SigningKeys {
  /** Every key that is not retired: the keys that sign tokens, now or soon. */
  readonly keys: readonly SigningKey[];
  /** The key that signs now: the latest one whose time has come. */
  signing(alg: SigningAlgorithm): SigningKey;
}

export interface KeyRing extends SigningKeys {
  /** The currently cached keys: the one that signs is always among them, whatever is read from the table later. */
  current(): SigningKeys;
  /** The key set document of RFC 7517: public members only. */
  readonly jwks: { keys: JWK[] };
  /** Reads the table; calls `onChange` if the set of keys, or the signing ones, have changed. */
  refresh(): Promise<void>;
  onChange(listener: () => void): void;
}

export interface KeyRingOptions {
  sql: Sql;
  /** 32 bytes. */
  encryptionKey: Buffer;
  clock: () => Date;
}

export const algorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256'];

/**
 * Loads the keys, and makes those that are missing: once for all processes, under a lock.
 * @throws SecretKeyError if the keys in the table were sealed with another encryption key
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { sql, encryptionKey, clock } = options;
  const listeners: (() => void)[] = [];
  let keys = openRows(await ensureSigningKeys(options), encryptionKey);
  let used = usedOf(keys, clock());

  const current = (): SigningKeys => {
    const known = keys;
    return {
      keys: known,
      signing(alg) {
        const key = signingOf(known, alg, clock());
        if (key === undefined) throw new Error(`There is no ${alg} signing key`);
        return key;
      },
    };
  };
  return {
    get keys() {
      return keys;
    },
    current,
    get jwks() {
      return { keys: keys.map((key) => key.publicJwk) };
    },
    signing: (alg) => current().signing(alg),
    async refresh() {
      const rows = await selectSigningKeys(sql, clock());
      const isSame = rows.map((row) => row.kid).join() === keys.map((key) => key.kid).join();
      if (!isSame) keys = openRows(rows, encryptionKey);
      // The time of a known key may also have come.
      const uses = usedOf(keys, clock());
      if (isSame && uses === used) return;
      used = uses;
      for (const listener of listeners) listener();
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

function signingOf(keys: readonly SigningKey[], alg: SigningAlgorithm, now: Date): SigningKey | undefined {
  const candidates = keys.filter((key) => key.alg === alg);
  return candidates.find((candidate) => candidate.signsFrom <= now) ?? candidates.at(-1);
}

/** Ids of the signing keys, as one text. */
function usedOf(keys: readonly SigningKey[], now: Date): string {
  return algorithms.map((alg) => signingOf(keys, alg, now)?.kid).join();
}

async function ensureSigningKeys({ sql, encryptionKey, clock }: KeyRingOptions): Promise<SigningKeyRow[]> {
  const present = await selectSigningKeys(sql, clock());
  if (missing(present).length === 0) return present;
  return sql.begin(async (locked) => {
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
