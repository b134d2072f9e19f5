/** The table of recovery codes, one function a statement. */
import type { Session } from '@dhp/postgres';

/** Replaces all existing codes. */
export async function replaceRecoveryCodes(sql: Session, accountId: string, keyed: Buffer[], now: Date): Promise<void> {
  await sql`delete from sso.recovery_code where account_id = ${accountId}`;
  for (const hash of keyed) {
    await sql`
      insert into sso.recovery_code (account_id, code_hash, is_keyed, created_at)
      values (${accountId}, ${hash}, true, ${now})`;
  }
}

/**
 * Uses a recovery code; of parallel uses one succeeds. It replaces a code of an application: without such codes it is invalid.
 * @param code its stored form, and the form that an earlier version stored
 */
export async function useRecoveryCode(
  sql: Session,
  accountId: string,
  code: { keyed: Buffer; plain: Buffer },
  now: Date,
): Promise<boolean> {
  const rows = await sql`
    update sso.recovery_code set used_at = ${now}
    where account_id = ${accountId} and used_at is null
      and (code_hash = ${code.keyed} and is_keyed or code_hash = ${code.plain} and not is_keyed)
      and exists (select from sso.totp t where t.account_id = ${accountId} and t.confirmed_at is not null)
    returning 1`;
  return rows.length === 1;
}

export async function countRecoveryCodes(sql: Session, accountId: string): Promise<number> {
  const [row] = await sql<{ left: number }[]>`
    select count(*)::int as left from sso.recovery_code where account_id = ${accountId} and used_at is null`;
  return row?.left ?? 0;
}

export async function selectUnkeyedRecoveryCodes(
  sql: Session,
  count: number,
): Promise<{ account_id: string; code_hash: Buffer }[]> {
  return sql<{ account_id: string; code_hash: Buffer }[]>`
    select account_id, code_hash from sso.recovery_code where not is_keyed limit ${count}`;
}

export async function keyRecoveryCode(
  sql: Session,
  accountId: string,
  { plain, keyed }: { plain: Buffer; keyed: Buffer },
): Promise<void> {
  await sql`
    update sso.recovery_code set code_hash = ${keyed}, is_keyed = true
    where account_id = ${accountId} and code_hash = ${plain} and not is_keyed`;
}
