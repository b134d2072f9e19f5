/** Codes on paper, one function a statement. */
import type { Session } from '@dhp/postgres';

/** The code of before is no good any more. */
export async function upsertPaperCode(
  sql: Session,
  o: { accountId: string; codeHash: Buffer; now: Date; expires: Date },
): Promise<void> {
  await sql`
    insert into sso.paper_code (code_hash, account_id, made_at, expires_at)
    values (${o.codeHash}, ${o.accountId}, ${o.now}, ${o.expires})
    on conflict (account_id) do update
      set code_hash = excluded.code_hash, made_at = excluded.made_at, expires_at = excluded.expires_at`;
}

/** Uses it up: of parallel uses one gets the account, unless it is disabled. It waits for an act on the account, which may end the code. */
export async function takePaperCode(sql: Session, codeHash: Buffer, now: Date): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    with owner as materialized (
      select a.account_id from sso.account a join sso.paper_code c using (account_id)
      where c.code_hash = ${codeHash} and a.disabled_at is null for update of a)
    delete from sso.paper_code c using owner
    where c.account_id = owner.account_id and c.code_hash = ${codeHash} and c.expires_at > ${now}
    returning c.account_id`;
  return row?.account_id;
}

export async function deleteExpiredPaperCodes(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.paper_code where expires_at <= ${now}`;
}
