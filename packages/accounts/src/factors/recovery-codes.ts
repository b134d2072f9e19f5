/**
 * Recovery codes: each can be used once in place of a code of the authenticator application. Short enough to be written down, they have 49
 * random bits, which a plain hash does not protect. They are stored as HMAC-SHA-256 under a key that is not in the database.
 */
import { createHash, createHmac, createSecretKey, hkdfSync, randomInt, type KeyObject } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import {
  keyRecoveryCode,
  replaceRecoveryCodes,
  selectUnkeyedRecoveryCodes,
  useRecoveryCode,
} from '../store/recovery-codes.ts';

export interface RecoveryCodes {
  /**
   * Replaces all codes with ten new ones, to be shown once.
   * @param transaction that locks the account: otherwise two concurrent renewals would each leave ten codes
   */
  renew(transaction: Session, accountId: string): Promise<string[]>;
  remove(transaction: Session, accountId: string): Promise<void>;
  /** @returns whether the code was valid and unused; it is used now */
  use(accountId: string, code: string): Promise<boolean>;
}

export function openRecoveryCodes(o: { sql: Sql; encryptionKey: Buffer; clock: () => Date }): RecoveryCodes {
  const { sql, clock } = o;
  const key = keyFrom(o.encryptionKey);

  async function replace(transaction: Session, accountId: string, codes: readonly string[]): Promise<void> {
    const hashes = codes.map((code) => keyed(key, plainHash(accountId, code)));
    await replaceRecoveryCodes(transaction, accountId, hashes, clock());
  }

  return {
    async renew(transaction, accountId) {
      const codes = Array.from({ length: 10 }, newRecoveryCode);
      await replace(transaction, accountId, codes);
      return codes;
    },
    remove: (transaction, accountId) => replace(transaction, accountId, []),
    use(accountId, code) {
      const plain = plainHash(accountId, code);
      return useRecoveryCode(sql, accountId, { keyed: keyed(key, plain), plain }, clock());
    },
  };
}

const together = 500;

/**
 * Puts the hashes that an earlier version wrote under the key; the codes themselves are not needed for that. Processes may do so at the same
 * time, and while codes are used.
 * @returns how many there were
 */
export async function keyRecoveryCodes(sql: Sql, encryptionKey: Buffer): Promise<number> {
  const key = keyFrom(encryptionKey);
  let count = 0;
  for (;;) {
    const rows = await selectUnkeyedRecoveryCodes(sql, together);
    for (const { account_id: accountId, code_hash: plain } of rows) {
      await keyRecoveryCode(sql, accountId, { plain, keyed: keyed(key, plain) });
    }
    count += rows.length;
    if (rows.length < together) return count;
  }
}

function keyFrom(encryptionKey: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso recovery codes', 32)));
}

function keyed(key: KeyObject, plain: Buffer): Buffer {
  return createHmac('sha256', key).update(plain).digest();
}

function plainHash(accountId: string, code: string): Buffer {
  const bare = code.toLowerCase().replace(/[^a-z0-9]/g, '');
  return createHash('sha256').update(`${accountId}:${bare}`).digest();
}

const letters = '23456789abcdefghjkmnpqrstuvwxyz'; // without letters that are easily confused

/** Ten characters of 31 in two groups: 49 bits. */
function newRecoveryCode(): string {
  const code = Array.from({ length: 10 }, () => letters[randomInt(letters.length)]!).join('');
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}
