/**
 * Links by which a person sets a password without the old one: single use, valid for a quarter of an hour, or seven days for an invitation.
 */
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

/** Lifetime of a link for a forgotten password. */
export const resetSeconds = 15 * 60;

/** Lifetime of the link of an invitation. */
export const invitationSeconds = 7 * 86_400;

const lifetimes: Record<LinkPurpose, number> = { reset: resetSeconds * 1000, invitation: invitationSeconds * 1000 };

/** @returns the path of the link, after the issuer. It opens the account, so only its hash is stored. */
export function makePasswordLink(sql: Sql, accountId: string, purpose: LinkPurpose, now: Date): Promise<string> {
  return transact(sql, (transaction) => storePasswordLink(transaction, accountId, purpose, now));
}

/**
 * Makes a link for a forgotten password, to be sent to the account's current address. The account is locked meanwhile: a concurrent removal
 * of the address, or disabling, either deletes the link or prevents it. Earlier links stay valid, since anybody may request one, and a
 * stranger's request must not invalidate a link that the person has just received.
 * @returns the path of the link, its recipient, and its lifetime in seconds; undefined if it is not made
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

/** The same in the caller's transaction, together with its cause and its audit record. */
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

/**
 * Sets the password and ends all sessions, tokens and locks. @returns the account, or the flaw of the password, or `no-link` for an invalid
 * link
 */
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
