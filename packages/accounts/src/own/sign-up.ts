/**
 * Signing up with an e-mail address, confirmed by a link. The account is created only at the confirmation, without roles and records. The
 * answer is the same whether or not the address has an account: only the message to its owner differs.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { networkOf } from '@dhp/rate-limit';
import { transact } from '@dhp/sso-kit';
import { personFields } from '../fields/person-fields.ts';
import { AccountError } from '../fields/account-error.ts';
import type { BreachedPasswords } from '../passwords/breached-passwords.ts';
import { findPasswordFlaw, type PasswordFlaw } from '../passwords/password-policy.ts';
import { hashPassword } from '../passwords/password.ts';
import { insertAccount } from '../store/accounts.ts';
import { insertSignUp, isTaken, selectSignUp, takeSignUp, type SignUpRow } from '../store/sign-ups.ts';
import { takeAttempt, type ThrottlePolicy } from '../store/throttle.ts';
import { usernameOf } from '../people/validate.ts';
import { hashOf } from './link.ts';

export const signUpPath = '/sign-up';
export const signUpLinkPath = '/sign-up/confirm';
/** Seconds in which an address confirms itself. */
export const signUpSeconds = 86_400;

/** Three messages a day to an address, and ten sign-ups of a network; further ones only slowly. */
const perEmail: ThrottlePolicy = { free: 3, firstDelay: 3_600, longestDelay: 86_400, forgets: 28_800 };
const perNetwork: ThrottlePolicy = { free: 10, firstDelay: 300, longestDelay: 7_200, forgets: 600 };

export interface SignUp {
  /** Counts the request against its network. @returns until when no further one is accepted; undefined if this one is */
  begin(address: string): Promise<Date | undefined>;
  /** The values as they are stored; undefined if one is invalid. */
  valuesOf(given: { email: string; name: string }): SignUpRow | undefined;
  /**
   * Stores the sign-up for the message, after the answer.
   * @returns the token of the link; `taken` if the address has an account; undefined if the address has received enough messages
   */
  take(values: SignUpRow): Promise<{ token: string } | 'taken' | undefined>;
  /** The person of the link; undefined if it is no good. */
  asked(token: string): Promise<SignUpRow | undefined>;
  /** Creates the account, which signs in by the address. @returns its id, the flaw of the password, or `no-link` if the link is invalid */
  confirm(token: string, password: string): Promise<{ accountId: string } | PasswordFlaw | 'no-link'>;
}

export function openSignUp(o: {
  sql: Sql;
  clock: () => Date;
  breachedPasswords?: BreachedPasswords | undefined;
}): SignUp {
  const { sql, clock } = o;
  const asked = (token: string): Promise<SignUpRow | undefined> =>
    selectSignUp(sql, { tokenHash: hashOf(token), now: clock() });
  return {
    begin: (address) => takeAttempt(sql, `sign-up:${networkOf(address)}`, perNetwork, clock()),
    valuesOf,
    async take({ email, name }) {
      const now = clock();
      if (
        (await takeAttempt(sql, `sign-up:${hashOf(mailboxOf(email)).toString('base64url')}`, perEmail, now)) !==
        undefined
      )
        return undefined;
      if (await isTaken(sql, email)) return 'taken';
      const token = randomBytes(32).toString('base64url');
      const expires = new Date(now.getTime() + signUpSeconds * 1000);
      await insertSignUp(sql, { tokenHash: hashOf(token), email, name, now, expires });
      return { token };
    },
    asked,
    async confirm(token, password) {
      const person = await asked(token);
      if (person === undefined) return 'no-link';
      const flaw = await findPasswordFlaw(password, { username: person.email, name: person.name }, o.breachedPasswords);
      if (flaw !== undefined) return flaw;
      return makeAccount(sql, { token, passwordHash: await hashPassword(password), now: clock() });
    },
  };
}

/**
 * The mailbox of an address, as far as it can be determined: the part after a plus sign does not distinguish mailboxes, nor do dots at
 * Google.
 */
function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const [local, domain] = [email.slice(0, at), email.slice(at + 1)];
  const plain = local.split('+', 1)[0] || local;
  return /^(?:gmail|googlemail)\.com$/.test(domain) ? `${plain.replaceAll('.', '')}@gmail.com` : `${plain}@${domain}`;
}

function valuesOf(given: { email: string; name: string }): SignUpRow | undefined {
  try {
    const values = { email: personFields.email.check(given.email), name: personFields.name.check(given.name) };
    // The address is the user name: it has the form of one.
    return usernameOf(values.email) === values.email && /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{1,99}$/u.test(values.email)
      ? values
      : undefined;
  } catch (error) {
    if (error instanceof AccountError) return undefined;
    throw error;
  }
}

function makeAccount(
  sql: Sql,
  { token, passwordHash, now }: { token: string; passwordHash: string; now: Date },
): Promise<{ accountId: string } | 'no-link'> {
  return transact(sql, async (transaction) => {
    const person = await takeSignUp(transaction, { tokenHash: hashOf(token), now });
    if (person === undefined || (await isTaken(transaction, person.email))) return 'no-link';
    const accountId = randomUUID();
    const made = await insertAccount(transaction, {
      ...{ accountId, username: person.email, name: person.name, email: person.email },
      ...{ passwordHash, passwordExpires: undefined, identities: [], now },
    });
    // Somebody registered with the name at the same moment.
    if (made === undefined) return 'no-link';
    const actor = `account:${accountId}`;
    await insertAuditEvents(transaction, [
      { recorded: now, event: 'account.created', actor, accountId, reason: 'sign-up' },
    ]);
    return { accountId };
  });
}
