/** The password that a person chooses to replace one that an operator has set (ASVS 5, 6.4.1). */
import type { Sql } from '@dhp/postgres';
import { replaceTemporaryPassword, selectAccount } from '../store/accounts.ts';
import { insertAuditEvents } from '@dhp/audit';
import { endSignIns } from '@dhp/grants';
import { deletePasswordLinks } from '../store/password-links.ts';
import type { BreachedPasswords } from './breached-passwords.ts';
import { findPasswordFlaw, type PasswordFlaw } from './password-policy.ts';
import { hashPassword, passwordMatches } from './password.ts';
import { transact } from '@dhp/sso-kit';

/** For which a password that an operator has set is good, in seconds. */
export const temporarySeconds = 72 * 3600;

/** Whether the person still has a password set by an operator. */
export async function hasTemporaryPassword(sql: Sql, accountId: string): Promise<boolean> {
  const account = await selectAccount(sql, accountId);
  return account !== undefined && account.password_expires_at !== null;
}

/**
 * Replaces the operator's password with the person's own. Other sign-ins that began with the operator's end.
 * @param o.signInHash the SHA-256 of the uid of the sign-in in which it is chosen
 * @returns the flaw of the password, `same` if it is the operator's, `expired` if the operator's has expired or was replaced
 */
export async function chooseOwnPassword(
  sql: Sql,
  accountId: string,
  password: string,
  { now, breached, signInHash }: { now: Date; breached: BreachedPasswords | undefined; signInHash: Buffer },
): Promise<PasswordFlaw | 'same' | 'expired' | 'chosen'> {
  const account = await selectAccount(sql, accountId);
  const given = account?.password_hash ?? undefined;
  if (account === undefined || account.disabled_at !== null || given === undefined) return 'expired';
  const flaw = await findPasswordFlaw(password, account, breached);
  if (flaw !== undefined) return flaw;
  if (await passwordMatches(password, given)) return 'same';
  const passwordHash = await hashPassword(password);
  return transact(sql, async (transaction) => {
    if (!(await replaceTemporaryPassword(transaction, { accountId, given, passwordHash, now }))) return 'expired';
    await endSignIns(transaction, accountId, signInHash);
    await deletePasswordLinks(transaction, accountId);
    const reason = 'chosen at the first use';
    const actor = `account:${accountId}`;
    await insertAuditEvents(transaction, [{ recorded: now, event: 'account.password-set', actor, accountId, reason }]);
    return 'chosen';
  });
}
