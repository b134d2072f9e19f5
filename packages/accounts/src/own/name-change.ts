/** The name by which a person is called, changed by the person. */
import type { Sql } from '@dhp/postgres';
import { insertAuditEvents } from '@dhp/audit';
import { AccountError } from '../fields/account-error.ts';
import { personFields } from '../fields/person-fields.ts';
import { hasOffice, selectNamingSystem, updateName } from '../store/own-account.ts';
import { transact } from '@dhp/sso-kit';

/**
 * Why a person cannot change the name: an identity system has stated it, or patients and colleagues read it in the records of access, so
 * that the person could act under another person's name.
 */
export type NameKeeper = { by: 'system'; upstream: string } | { by: 'office' };

export async function nameKeeperOf(sql: Sql, accountId: string): Promise<NameKeeper | undefined> {
  if (await hasOffice(sql, accountId)) return { by: 'office' };
  const upstream = await selectNamingSystem(sql, accountId);
  return upstream === undefined ? undefined : { by: 'system', upstream };
}

/** @returns whether it was changed: false if the name is invalid or the person may not change it */
export async function renameOwn(sql: Sql, accountId: string, given: string, now: Date): Promise<boolean> {
  const name = nameOf(given);
  if (name === undefined || (await nameKeeperOf(sql, accountId)) !== undefined) return false;
  await transact(sql, async (transaction) => {
    await updateName(transaction, accountId, name, now);
    const actor = `account:${accountId}`;
    await insertAuditEvents(transaction, [
      { recorded: now, event: 'account.changed', actor, accountId, reason: 'name' },
    ]);
  });
  return true;
}

function nameOf(given: string): string | undefined {
  try {
    return personFields.name.check(given);
  } catch (error) {
    if (error instanceof AccountError) return undefined;
    throw error;
  }
}
