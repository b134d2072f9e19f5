/** Platform administrators, one function a statement. */
import type { Session } from '@dhp/postgres';

export async function isAdministrator(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`select 1 from sso.platform_administrator where account_id = ${accountId}`;
  return rows.length === 1;
}

/** @returns false when the person is one already */
export async function insertAdministrator(
  sql: Session,
  o: { accountId: string; madeBy: string; now: Date },
): Promise<boolean> {
  const rows = await sql`
    insert into sso.platform_administrator (account_id, made_at, made_by) values (${o.accountId}, ${o.now}, ${o.madeBy})
    on conflict do nothing returning 1`;
  return rows.length === 1;
}

/** @returns false when the person is no administrator */
export async function deleteAdministrator(sql: Session, accountId: string): Promise<boolean> {
  const rows = await sql`delete from sso.platform_administrator where account_id = ${accountId} returning 1`;
  return rows.length === 1;
}
