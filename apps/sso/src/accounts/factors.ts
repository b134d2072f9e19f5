/** Second factors of a person: codes of an authenticator application, recovery codes, passkeys. */
import { hkdfSync } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Sql } from '@dhp/postgres';
import type { Tell } from '../messages/notices.ts';
import { seal, unseal } from '@dhp/sso-kit';
import { insertAuditEvents } from '@dhp/audit';
import {
  consumeTotpStep,
  deletePasskey,
  deleteTotp,
  insertPasskey,
  insertTotp,
  selectPasskey,
  selectFactors,
  selectPasskeys,
  selectTotp,
  updatePasskeyUse,
} from '../store/factors.ts';
import { openRecoveryCodes } from './recovery-codes.ts';
import { beginCodeAttempt } from './throttle.ts';
import { stepOfCode, totpSecretBytes } from './totp.ts';

/** Loaded at the first passkey: its three hundred modules are a fifth of what the server takes to start. */
const webAuthn = () => import('@simplewebauthn/server');

export interface FactorState {
  /** Codes of an application are set up. */
  totp: boolean;
  passkeys: readonly { credentialId: string; name: string; created: Date; lastUsed: Date | undefined }[];
  recoveryCodesLeft: number;
}

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
    o: { place: string; devices?: readonly Buffer[] },
  ): Promise<string[] | undefined>;
  /** Whether it is a code of now, not used before, or a recovery code. Five wrong ones lock the factor for a while. */
  checkCode(
    accountId: string,
    code: string,
    devices?: readonly Buffer[],
  ): Promise<'otp' | 'recovery' | 'wrong' | 'locked'>;
  newRecoveryCodes(accountId: string): Promise<string[]>;
  removeTotp(accountId: string): Promise<void>;
  /** Returns the options with which a browser makes a passkey. */
  registrationOptions(
    account: { accountId: string; username: string; name: string },
    challenge: string,
  ): Promise<object>;
  /** @returns false when it is not a passkey of this browser for this challenge */
  addPasskey(accountId: string, challenge: string, response: unknown, name: string): Promise<boolean>;
  removePasskey(accountId: string, credentialId: string): Promise<boolean>;
  /** Returns the id of the account whose passkey signed the challenge; undefined for an unknown passkey or a wrong signature. */
  checkPasskey(challenge: string, response: unknown): Promise<string | undefined>;
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

export function openFactors({ sql, encryptionKey, issuer, clock, tell = () => undefined }: FactorOptions): Factors {
  const { origin, hostname: rpId } = new URL(issuer);
  const recoveryCodes = openRecoveryCodes({ sql, encryptionKey, clock });
  const contextOf = (accountId: string): string => `totp:${accountId}`;
  const secretAt = (accountId: string, place: string): Buffer =>
    Buffer.from(hkdfSync('sha256', encryptionKey, '', `dhp sso totp ${accountId} ${place}`, totpSecretBytes));
  async function record(
    event: 'factor.added' | 'factor.removed',
    accountId: string,
    reason: 'totp' | 'passkey' | 'recovery-codes',
  ): Promise<void> {
    await insertAuditEvents(sql, [{ recorded: clock(), event, accountId, reason, actor: `account:${accountId}` }]);
    if (reason === 'recovery-codes') return; // other codes for the same: no new way in, of which the person is told
    const what = reason === 'totp' ? 'codes' : 'passkey';
    tell(accountId, event === 'factor.added' ? `${what}-added` : `${what}-removed`);
  }

  async function takesCode(accountId: string, code: string): Promise<boolean> {
    const row = await selectTotp(sql, accountId);
    if (row === undefined) return false;
    const step = stepOfCode(unseal(encryptionKey, row.secret, contextOf(accountId)), code, clock());
    return step !== undefined && consumeTotpStep(sql, accountId, step);
  }

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
    async beginTotp(accountId, place) {
      const row = await selectTotp(sql, accountId);
      return row !== undefined && row.confirmed_at !== null ? undefined : secretAt(accountId, place);
    },
    async confirmTotp(accountId, code, { place, devices = [] }) {
      const attempt = await beginCodeAttempt(sql, accountId, devices, clock());
      if (attempt.wait !== undefined) return undefined;
      const secret = secretAt(accountId, place);
      const step = stepOfCode(secret, code, clock());
      if (step === undefined) return undefined;
      const sealed = seal(encryptionKey, secret, contextOf(accountId));
      if (!(await insertTotp(sql, accountId, { secret: sealed, step, now: clock() }))) return undefined;
      await attempt.succeeded();
      await record('factor.added', accountId, 'totp');
      return recoveryCodes.renew(accountId);
    },
    async checkCode(accountId, code, devices = []) {
      const attempt = await beginCodeAttempt(sql, accountId, devices, clock());
      if (attempt.wait !== undefined) return 'locked';
      const isRight = /^[\d\s]{6,8}$/.test(code.trim()) && (await takesCode(accountId, code));
      const isRecovery = !isRight && (await recoveryCodes.use(accountId, code));
      if (!isRight && !isRecovery) return 'wrong';
      await attempt.succeeded();
      return isRight ? 'otp' : 'recovery';
    },
    async newRecoveryCodes(accountId) {
      const codes = await recoveryCodes.renew(accountId);
      await record('factor.added', accountId, 'recovery-codes');
      return codes;
    },
    async removeTotp(accountId) {
      const removed = await deleteTotp(sql, accountId);
      await recoveryCodes.remove(accountId);
      if (removed) await record('factor.removed', accountId, 'totp');
    },
    async registrationOptions({ accountId, username, name }, challenge) {
      const passkeys = await selectPasskeys(sql, accountId);
      const { generateRegistrationOptions } = await webAuthn();
      return generateRegistrationOptions({
        rpName: new URL(issuer).host,
        rpID: rpId,
        userID: new Uint8Array(Buffer.from(accountId)),
        userName: username,
        userDisplayName: name,
        challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
        attestationType: 'none',
        excludeCredentials: passkeys.map((row) => ({ id: row.credential_id })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
    },
    async addPasskey(accountId, challenge, response, name) {
      const { verifyRegistrationResponse } = await webAuthn();
      try {
        const { verified, registrationInfo: made } = await verifyRegistrationResponse({
          response: response as RegistrationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
        });
        if (!verified) return false;
        const { id: credentialId, publicKey, counter } = made.credential;
        const passkey = { credentialId, accountId, publicKey: Buffer.from(publicKey), counter, name, now: clock() };
        if (!(await insertPasskey(sql, passkey))) return false;
      } catch (error) {
        if (error instanceof Error && isOurs(error)) throw error;
        return false; // what the browser sent is not what was asked for
      }
      await record('factor.added', accountId, 'passkey');
      return true;
    },
    async removePasskey(accountId, credentialId) {
      const removed = await deletePasskey(sql, accountId, credentialId);
      if (removed) await record('factor.removed', accountId, 'passkey');
      return removed;
    },
    async checkPasskey(challenge, response) {
      const id = (response as { id?: unknown } | null)?.id;
      const row = typeof id === 'string' ? await selectPasskey(sql, id.slice(0, 1400)) : undefined;
      if (row === undefined) return undefined;
      const { verifyAuthenticationResponse } = await webAuthn();
      try {
        const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
          response: response as AuthenticationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
          credential: {
            id: row.credential_id,
            publicKey: new Uint8Array(row.public_key),
            counter: Number(row.counter),
          },
        });
        const isNew = verified && (await updatePasskeyUse(sql, row.credential_id, info.newCounter, clock()));
        return isNew ? row.account_id : undefined;
      } catch (error) {
        if (error instanceof Error && isOurs(error)) throw error;
        return undefined;
      }
    },
  };
}

/** A fault of the database, in contrast to an answer of the browser that does not hold. */
function isOurs(error: Error): boolean {
  return error.name === 'PostgresError' || 'query' in error || (error as NodeJS.ErrnoException).code !== undefined;
}
