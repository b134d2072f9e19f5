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

/**
 * Acts that change how a person signs in may take a hold of the session or sign-in in which they happen: if that has ended, they throw
 * EndedMeanwhile.
 */
export interface Factors {
  stateOf(accountId: string): Promise<FactorState>;
  /**
   * Returns a secret for one-time codes; undefined if codes are already set up.
   * @param place the sign-in or session in which they are set up. Another place has another secret: someone who has seen a page with a
   * secret, for instance with a stolen password, does not know the secret that the person sets up later
   */
  beginTotp(accountId: string, place: string): Promise<Buffer | undefined>;
  /**
   * Sets up one-time codes with the first code.
   * @param o.place the same as for the secret
   * @returns recovery codes to show once; undefined if the code is wrong
   */
  confirmTotp(
    accountId: string,
    code: string,
    o: { place: string; devices?: readonly Buffer[]; hold?: Hold },
  ): Promise<string[] | undefined>;
  /** Whether it is a current, unused code or a recovery code. Five wrong codes lock the factor for a while. */
  checkCode(
    accountId: string,
    code: string,
    devices?: readonly Buffer[],
  ): Promise<'otp' | 'recovery' | 'wrong' | 'locked'>;
  /** @returns undefined if no codes of an application are set up: there is nothing that recovery codes could replace */
  newRecoveryCodes(accountId: string, hold?: Hold): Promise<string[] | undefined>;
  removeTotp(accountId: string, hold?: Hold): Promise<void>;
  /** Returns the options with which a browser creates a passkey. */
  registrationOptions(
    account: { accountId: string; username: string; name: string },
    challenge: string,
  ): Promise<object>;
  /**
   * @param o.place the sign-in or session in which it is added: other sign-ins under way end
   * @returns `wrong` if it is not a passkey of this browser for this challenge, `too-many` if the person has `mostPasskeys`
   */
  addPasskey(
    accountId: string,
    challenge: string,
    response: unknown,
    o: { name: string; place: string; hold?: Hold },
  ): Promise<'added' | 'wrong' | 'too-many'>;
  /** @returns `last-way` if the person could not sign in by anything else; the passkey then stays */
  removePasskey(accountId: string, credentialId: string, hold?: Hold): Promise<'removed' | 'none' | 'last-way'>;
  /** @returns whether the person has the passkey */
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
  /** Notifies the person of added and removed factors. */
  tell?: Tell;
}

/** Records that a factor was added or removed, and notifies the person. */
export type RecordFactor = (
  event: 'factor.added' | 'factor.removed' | 'factor.renamed',
  accountId: string,
  reason: 'totp' | 'passkey' | 'recovery-codes',
) => Promise<void>;

export function openFactors(o: FactorOptions): Factors {
  const { sql, clock, tell = () => undefined } = o;
  const record: RecordFactor = async (event, accountId, reason) => {
    await insertAuditEvents(sql, [{ recorded: clock(), event, accountId, reason, actor: `account:${accountId}` }]);
    if (event === 'factor.renamed') return; // it adds no sign-in method, so no notice is sent
    const what = reason === 'totp' ? 'codes' : 'passkey';
    const change = event === 'factor.added' ? (`${what}-added` as const) : (`${what}-removed` as const);
    tell(accountId, reason === 'recovery-codes' ? 'recovery-codes-made' : change);
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
