/**
 * The last administrator of the platform, and the only owner of an organisation of developers, stay who they are and can sign in: nobody who is
 * left could take their place. Asked by every act that would take one away, whoever does it.
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

/** Waits for others who take away administrators or owners; before the account itself is locked, as all of them do. */
export async function lockOffices(transaction: Session, username: string): Promise<void> {
  await lockAdministrators(transaction);
  const row = await selectAccountByName(transaction, username);
  if (row !== undefined) await lockOwnedOrganizations(transaction, row.account_id);
}

/**
 * To be asked while the account is locked, behind `lockOffices`.
 * @throws AccountError with the cure
 */
export async function requireNotLast(transaction: Session, accountId: string): Promise<void> {
  await requireOtherAdministrator(transaction, accountId);
  // Once more: the person may have been made an owner before the account was locked.
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
