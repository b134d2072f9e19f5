/** Links by which a person sets a password without the old one: single use, a quarter of an hour, seven days for whoever is invited. */
import { hash, randomBytes } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { lockAccount, selectAccount, updatePassword } from '../store/accounts.ts';
import {
  deletePasswordLinks,
  insertPasswordLink,
  selectPasswordLink,
  takePasswordLink,
  type LinkPurpose,
} from '../store/password-links.ts';
import { endEverything } from '@dhp/grants';
import type { BreachedPasswords } from './breached-passwords.ts';
import { findPasswordFlaw, type PasswordFlaw } from './password-policy.ts';
import { hashPassword } from './password.ts';
import { endLock } from '../throttle/throttle.ts';
import { transact } from '@dhp/sso-kit';

export const passwordLinkPath = '/password/new';

/** For which a link of who forgot the password is good. */
export const resetSeconds = 15 * 60;

/** For which that of who is invited is. */
export const invitationSeconds = 7 * 86_400;

const lifetimes: Record<LinkPurpose, number> = { reset: resetSeconds * 1000, invitation: invitationSeconds * 1000 };

/** @returns what comes after the issuer in the link. It opens the account: only its hash is kept. */
export function makePasswordLink(sql: Sql, accountId: string, purpose: LinkPurpose, now: Date): Promise<string> {
  return transact(sql, (transaction) => storePasswordLink(transaction, accountId, purpose, now));
}

/**
 * Makes a link of who forgot the password, for the address that the account has then. The account is locked meanwhile: who takes that address
 * away, or disables the account, finds the link, or it is not made. Earlier links stay good, since anybody may ask, and a stranger's request must
 * not make the link worthless that the person has just been sent.
 * @returns what comes after the issuer in the link, where it is to be sent, and for how many seconds it is good; undefined if it is not made
 */
export function makeResetLink(
  sql: Sql,
  accountId: string,
  now: Date,
): Promise<{ to: string; path: string; seconds: number } | undefined> {
  return transact(sql, async (transaction) => {
    const account = await lockAccount(transaction, accountId);
    const to = account?.disabled_at === null ? account.email : null;
    if (to === null) return undefined;
    const path = await storePasswordLink(transaction, accountId, 'reset', now, { keepsOthers: true });
    return { to, path, seconds: resetSeconds };
  });
}

/** The same in the caller's transaction: with what it comes of, and what is recorded of it. */
export async function storePasswordLink(
  transaction: Session,
  accountId: string,
  purpose: LinkPurpose,
  now: Date,
  o: { keepsOthers?: boolean } = {},
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const expires = new Date(now.getTime() + lifetimes[purpose]);
  if (o.keepsOthers !== true) await deletePasswordLinks(transaction, accountId);
  await insertPasswordLink(transaction, { tokenHash: hashOf(token), accountId, purpose, now, expires });
  return `${passwordLinkPath}?token=${token}`;
}

export async function isPasswordLink(sql: Sql, token: string, now: Date): Promise<boolean> {
  return (await selectPasswordLink(sql, hashOf(token), now)) !== undefined;
}

/** Sets the password and ends all sessions, tokens and locks. @returns whose it is, or what is wrong with the password or the link */
export async function usePasswordLink(
  sql: Sql,
  token: string,
  password: string,
  now: Date,
  breached?: BreachedPasswords,
): Promise<PasswordFlaw | 'no-link' | { accountId: string }> {
  const owner = await selectPasswordLink(sql, hashOf(token), now);
  const account = owner === undefined ? undefined : await selectAccount(sql, owner);
  if (account === undefined || account.disabled_at !== null) return 'no-link';
  const flaw = await findPasswordFlaw(password, account, breached);
  if (flaw !== undefined) return flaw;
  const passwordHash = await hashPassword(password);
  return transact(sql, async (transaction) => {
    const accountId = await takePasswordLink(transaction, hashOf(token), now);
    if (accountId === undefined) return 'no-link';
    await deletePasswordLinks(transaction, accountId);
    await endEverything(transaction, accountId, now);
    await endLock(transaction, account.username);
    await updatePassword(transaction, accountId, passwordHash, now);
    const actor = `account:${accountId}`;
    const reason = 'by a link';
    await insertAuditEvents(transaction, [{ recorded: now, event: 'account.password-set', actor, accountId, reason }]);
    return { accountId };
  });
}

function hashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
