/**
 * The last administrator of the platform, and the sole owner of an organisation of developers, must keep the role and the ability to sign
 * in: nobody else could replace them. Every act that would remove one checks this, whoever carries it out.
 */
import type { Session } from '@dhp/postgres';
import { AccountError } from '../fields/account-error.ts';
import { selectAccountByName } from '../store/accounts.ts';
import {
  isLastAdministrator,
  lockAdministrators,
  lockOwnedOrganizations,
  selectSolelyOwned,
} from '../store/own-account.ts';

/** Waits for concurrent removals of administrators or owners; must come before locking the account itself, in all of them. */
export async function lockOffices(transaction: Session, username: string): Promise<void> {
  await lockAdministrators(transaction);
  const row = await selectAccountByName(transaction, username);
  if (row !== undefined) await lockOwnedOrganizations(transaction, row.account_id);
}

/**
 * Must be called while the account is locked, after `lockOffices`.
 * @throws AccountError whose message says what to do
 */
export async function requireNotLast(transaction: Session, accountId: string): Promise<void> {
  await requireOtherAdministrator(transaction, accountId);
  // Again: the person may have become an owner before the account was locked.
  await lockOwnedOrganizations(transaction, accountId);
  const owned = await selectSolelyOwned(transaction, accountId);
  if (owned.length === 0) return;
  const names = owned.map(({ id, name }) => `"${name}" (${id})`).join(', ');
  throw new AccountError(
    'sole-owner',
    `Nobody else owns ${names}: make another member an owner (dhp user make-owner), or disable the applications, first`,
  );
}

/** @throws AccountError with the cure */
export async function requireOtherAdministrator(transaction: Session, accountId: string): Promise<void> {
  if (!(await isLastAdministrator(transaction, accountId))) return;
  throw new AccountError(
    'last-administrator',
    'Nobody else administers the platform: make another person an administrator (dhp user make-administrator) first',
  );
}
