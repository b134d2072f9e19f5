/** Second factors of a person: codes of an authenticator application, recovery codes, passkeys. */
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import type { Hold } from '@dhp/grants/holds';
import type { Tell } from '../messages/notices.ts';
import { selectFactors } from '../store/factors.ts';
import { openCodes } from './codes.ts';
import { openPasskeys } from './passkeys.ts';

export interface FactorState {
  /** Codes of an application are set up. */
  totp: boolean;
  passkeys: readonly { credentialId: string; name: string; created: Date; lastUsed: Date | undefined }[];
  recoveryCodesLeft: number;
}

/** Acts that change how a person signs in may hold the session or sign-in that they go by: where that has ended, they throw EndedMeanwhile. */
export interface Factors {
  stateOf(accountId: string): Promise<FactorState>;
  /**
   * A secret for codes; undefined when codes are set up already.
   * @param place the sign-in or session in which they are set up. Another one has another secret: whoever has seen a page with a secret,
   *   as with a stolen password, does not know the one that the person sets up later
   */
  beginTotp(accountId: string, place: string): Promise<Buffer | undefined>;
  /**
   * Sets codes up with the first of them.
   * @param o.place the one of the secret
   * @returns recovery codes to show once, undefined when the code is wrong
   */
  confirmTotp(
    accountId: string,
    code: string,
    o: { place: string; devices?: readonly Buffer[]; hold?: Hold },
  ): Promise<string[] | undefined>;
  /** Whether it is a code of now, not used before, or a recovery code. Five wrong ones lock the factor for a while. */
  checkCode(
    accountId: string,
    code: string,
    devices?: readonly Buffer[],
  ): Promise<'otp' | 'recovery' | 'wrong' | 'locked'>;
  newRecoveryCodes(accountId: string, hold?: Hold): Promise<string[]>;
  removeTotp(accountId: string, hold?: Hold): Promise<void>;
  /** Returns the options with which a browser makes a passkey. */
  registrationOptions(
    account: { accountId: string; username: string; name: string },
    challenge: string,
  ): Promise<object>;
  /**
   * @param o.place the sign-in or session in which it is made: other sign-ins under way end
   * @returns `wrong` when it is not a passkey of this browser for this challenge, `too-many` when the person has `mostPasskeys`
   */
  addPasskey(
    accountId: string,
    challenge: string,
    response: unknown,
    o: { name: string; place: string; hold?: Hold },
  ): Promise<'added' | 'wrong' | 'too-many'>;
  /** @returns `last-way` where nothing else is left by which the person could sign in; then it stays */
  removePasskey(accountId: string, credentialId: string, hold?: Hold): Promise<'removed' | 'none' | 'last-way'>;
  /** @returns whether the person has it */
  renamePasskey(accountId: string, credentialId: string, name: string): Promise<boolean>;
  /**
   * Returns the account whose passkey signed the challenge, and the version of its credentials when the passkey was read; undefined for an
   * unknown passkey or a wrong signature.
   */
  checkPasskey(challenge: string, response: unknown): Promise<{ accountId: string; version: number } | undefined>;
}

export interface FactorOptions {
  sql: Sql;
  /** 32 bytes that seal the secrets of codes, and of which the key of recovery codes is made. */
  encryptionKey: Buffer;
  issuer: string;
  clock: () => Date;
  /** Tells the person of what was added and removed. */
  tell?: Tell;
}

/** Records what was added or removed, and tells the person. */
export type RecordFactor = (
  event: 'factor.added' | 'factor.removed' | 'factor.renamed',
  accountId: string,
  reason: 'totp' | 'passkey' | 'recovery-codes',
) => Promise<void>;

export function openFactors(o: FactorOptions): Factors {
  const { sql, clock, tell = () => undefined } = o;
  const record: RecordFactor = async (event, accountId, reason) => {
    await insertAuditEvents(sql, [{ recorded: clock(), event, accountId, reason, actor: `account:${accountId}` }]);
    if (reason === 'recovery-codes' || event === 'factor.renamed') return; // no new way in, of which the person is told
    const what = reason === 'totp' ? 'codes' : 'passkey';
    tell(accountId, event === 'factor.added' ? `${what}-added` : `${what}-removed`);
  };

  return {
    async stateOf(accountId) {
      const { totp, passkeys, left } = await selectFactors(sql, accountId);
      return {
        totp,
        passkeys: passkeys.map((row) => ({
          credentialId: row.credential_id,
          name: row.name,
          created: new Date(row.created_at),
          lastUsed: row.last_used_at === null ? undefined : new Date(row.last_used_at),
        })),
        recoveryCodesLeft: left,
      };
    },
    ...openCodes(o, record),
    ...openPasskeys(o, record),
  };
}
