/**
 * Codes on paper: a facility hands one to a person whom it has registered, and the person sets the first password with it. A code has 63
 * random bits, is valid once and for three days, and its hash is made with a key that is not in the database. Wrong codes are counted by
 * network.
 */
import { createHmac, createSecretKey, hash, hkdfSync, randomBytes, randomInt, type KeyObject } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { networkOf } from '@dhp/rate-limit';
import { transact, type EnvironmentName } from '@dhp/sso-kit';
import { AccountError } from '../fields/account-error.ts';
import { usernameOf } from './validate.ts';
import { lockAccountByName } from '../store/accounts.ts';
import { isPatientWithoutWayIn, takePaperCode, upsertPaperCode } from '../store/paper-codes.ts';
import { deletePasswordLinks, insertPasswordLink } from '../store/password-links.ts';
import { forgetAttempts, takeAttempt, type ThrottlePolicy } from '../store/throttle.ts';
import { passwordLinkPath, resetSeconds } from '../passwords/password-links.ts';

/** The page for entering a code. */
export const paperCodePath = '/invited';

const lifetime = 3 * 86_400_000;

/** For one network: ten wrong codes, then one in five minutes and slower. A right one ends the wait: at a desk many people enter theirs. */
const perNetwork: ThrottlePolicy = { free: 10, firstDelay: 300, longestDelay: 7_200, forgets: 600 };

/** Without characters that are easily confused, and without vowels, so that no code is a word. */
const letters = '23456789BCDFGHJKLMNPQRSTVWXYZ';
const length = 13;

export interface PaperCode {
  readonly accountId: string;
  readonly code: string;
  readonly expires: Date;
}

export interface PaperCodes {
  /** @throws AccountError if the person is unknown or disabled */
  make(username: string, by: { actor: string; reason: string | undefined }): Promise<PaperCode>;
  /**
   * The same for a patient of the environment who has no other record, no role and no way to sign in yet, so that a code never opens an
   * account in use.
   * @returns undefined for everybody else, without revealing whether an account exists
   */
  makeFirst(
    username: string,
    by: { environment: EnvironmentName; actor: `account:${string}`; reason: string },
  ): Promise<PaperCode | undefined>;
  /**
   * @param address from which the code is sent
   * @returns the path for setting the password, valid once and for a quarter of an hour; the time until which the network must wait;
   * undefined for an invalid code
   */
  use(code: string, address: string): Promise<string | Date | undefined>;
}

export function openPaperCodes(o: { sql: Sql; encryptionKey: Buffer; clock: () => Date }): PaperCodes {
  const { sql, clock } = o;
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', o.encryptionKey, '', 'dhp sso paper codes', 32)));
  /** @param accountId of a locked account */
  async function issue(
    transaction: Session,
    { accountId, actor, reason }: { accountId: string; actor: string; reason: string | undefined },
  ): Promise<PaperCode> {
    const now = clock();
    const [code, expires] = [newCode(), new Date(now.getTime() + lifetime)];
    // This includes a link that someone else has got with the previous code.
    await deletePasswordLinks(transaction, accountId);
    await upsertPaperCode(transaction, { accountId, codeHash: hashOf(key, code), now, expires });
    await insertAuditEvents(transaction, [
      { recorded: now, event: 'account.paper-code-made', actor, accountId, reason },
    ]);
    return { accountId, code, expires };
  }

  return {
    make: (username, { actor, reason }) =>
      transact(sql, async (transaction) => {
        const row = await lockAccountByName(transaction, usernameOf(username));
        if (row === undefined) throw new AccountError('unknown-account', `There is no account "${username}"`);
        if (row.disabled_at !== null)
          throw new AccountError('account-disabled', `"${username}" is disabled: enable it first`);
        return issue(transaction, { accountId: row.account_id, actor, reason });
      }),
    makeFirst: (username, { environment, actor, reason }) =>
      transact(sql, async (transaction) => {
        const row = await lockAccountByName(transaction, usernameOf(username));
        if (row === undefined) return undefined;
        const { account_id: accountId } = row;
        if (!(await isPatientWithoutWayIn(transaction, { accountId, environment }))) return undefined;
        return issue(transaction, { accountId, actor, reason });
      }),
    async use(code, address) {
      const [now, subject] = [clock(), `paper-code:${networkOf(address)}`];
      const until = await takeAttempt(sql, subject, perNetwork, now);
      if (until !== undefined) return until;
      return transact(sql, async (transaction) => {
        const accountId = await takePaperCode(transaction, hashOf(key, code), now);
        if (accountId === undefined) return undefined;
        const token = randomBytes(32).toString('base64url');
        const link = { tokenHash: hash('sha256', token, 'buffer'), accountId, purpose: 'reset' } as const;
        await insertPasswordLink(transaction, { ...link, now, expires: new Date(now.getTime() + resetSeconds * 1000) });
        await forgetAttempts(transaction, subject);
        const actor = `account:${accountId}` as const;
        await insertAuditEvents(transaction, [{ recorded: now, event: 'account.paper-code-used', actor, accountId }]);
        return `${passwordLinkPath}?token=${token}`;
      });
    },
  };
}

function newCode(): string {
  const code = Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  return [code.slice(0, 4), code.slice(4, 8), code.slice(8)].join('-');
}

/** Hashes a code as it is typed from paper: ignoring case, hyphens and spaces. */
function hashOf(key: KeyObject, code: string): Buffer {
  return createHmac('sha256', key)
    .update(code.toUpperCase().replaceAll(/[^A-Z0-9]/g, ''))
    .digest();
}
