/** The password that a person chooses in the place of one that an operator has set (ASVS 5, 6.4.1). */
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

/** Whether the person has a password of an operator and has not chosen another one yet. */
export async function hasTemporaryPassword(sql: Sql, accountId: string): Promise<boolean> {
  const account = await selectAccount(sql, accountId);
  return account !== undefined && account.password_expires_at !== null;
}

/**
 * Puts the person's own password in the place of the operator's. Other sign-ins that began with the operator's end.
 * @param o.signInHash the SHA-256 of the uid of the sign-in in which it is chosen
 * @returns what is wrong with it, `same` for the one that the operator set, `expired` when that one is good no longer or was replaced
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
