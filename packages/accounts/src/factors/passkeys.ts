/** Passkeys of a person (WebAuthn): made, used and removed. */
import { hash } from 'node:crypto';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Sql } from '@dhp/postgres';
import {
  deletePasskey,
  insertPasskey,
  isLastWay,
  lockWaysIn,
  selectPasskey,
  selectPasskeys,
  updatePasskeyName,
  updatePasskeyUse,
} from '../store/factors.ts';
import type { FactorOptions, Factors, RecordFactor } from './factors.ts';
import { endSignIns } from '@dhp/grants';
import type { Hold } from '@dhp/grants/holds';
import { transact } from '@dhp/sso-kit';
import { EndedMeanwhile } from '@dhp/sso-kit/request';

/** Loaded at the first passkey: its three hundred modules take a fifth of the server's start time. */
const webAuthn = () => import('@simplewebauthn/server');

type Passkeys = Pick<
  Factors,
  'registrationOptions' | 'addPasskey' | 'removePasskey' | 'renamePasskey' | 'checkPasskey'
>;

export function openPasskeys({ sql, issuer, clock }: FactorOptions, record: RecordFactor): Passkeys {
  const { origin, hostname: rpId } = new URL(issuer);

  return {
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
    async addPasskey(accountId, challenge, response, { name, place, hold }) {
      const { verifyRegistrationResponse } = await webAuthn();
      try {
        const { verified, registrationInfo: made } = await verifyRegistrationResponse({
          response: response as RegistrationResponseJSON,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: rpId,
          requireUserVerification: true,
        });
        if (!verified) return 'wrong';
        const { id: credentialId, publicKey, counter } = made.credential;
        const passkey = { credentialId, accountId, publicKey: Buffer.from(publicKey), counter, name, now: clock() };
        const added = await add(sql, passkey, { signInHash: hash('sha256', place, 'buffer'), hold });
        if (added !== 'added') return added;
      } catch (error) {
        if (error instanceof Error && isOurs(error)) throw error;
        return 'wrong'; // the browser's answer does not match the request
      }
      await record('factor.added', accountId, 'passkey');
      return 'added';
    },
    async removePasskey(accountId, credentialId, hold) {
      const removed = await remove(sql, { accountId, credentialId, now: clock(), hold });
      if (removed === 'removed') await record('factor.removed', accountId, 'passkey');
      return removed;
    },
    async renamePasskey(accountId, credentialId, name) {
      const isDone = await updatePasskeyName(sql, accountId, credentialId, name);
      if (isDone) await record('factor.renamed', accountId, 'passkey');
      return isDone;
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
        return isNew ? { accountId: row.account_id, version: row.credentials_version } : undefined;
      } catch (error) {
        if (error instanceof Error && isOurs(error)) throw error;
        return undefined;
      }
    },
  };
}

/** Whether the error is a fault of the database or an ended session, as opposed to an invalid answer of the browser. */
function isOurs(error: Error): boolean {
  if (error instanceof EndedMeanwhile) return true;
  return error.name === 'PostgresError' || 'query' in error || (error as NodeJS.ErrnoException).code !== undefined;
}

/** The limit matters because each sign-in with a second factor reads and sends all of them. */
export const mostPasskeys = 20;

function add(
  sql: Sql,
  passkey: Parameters<typeof insertPasskey>[1],
  { signInHash, hold }: { signInHash: Buffer; hold: Hold | undefined },
): Promise<'added' | 'wrong' | 'too-many'> {
  return transact(sql, async (transaction) => {
    await hold?.(transaction);
    await endSignIns(transaction, passkey.accountId, signInHash);
    const { length } = await selectPasskeys(transaction, passkey.accountId);
    if (length >= mostPasskeys) return 'too-many';
    return (await insertPasskey(transaction, passkey)) ? 'added' : 'wrong';
  });
}

function remove(
  sql: Sql,
  o: { accountId: string; credentialId: string; now: Date; hold: Hold | undefined },
): Promise<'removed' | 'none' | 'last-way'> {
  return transact(sql, async (transaction) => {
    await lockWaysIn(transaction, o.accountId);
    await o.hold?.(transaction);
    await endSignIns(transaction, o.accountId);
    if (await isLastWay(transaction, o)) return 'last-way';
    return (await deletePasskey(transaction, o.accountId, o.credentialId)) ? 'removed' : 'none';
  });
}
