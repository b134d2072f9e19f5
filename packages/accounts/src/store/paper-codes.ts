/** Codes on paper, one function a statement. */
import type { Session } from '@dhp/postgres';
import type { EnvironmentName } from '@dhp/sso-kit';

/** The previous code is no longer valid. */
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

/**
 * Whether the account belongs to a patient of the environment and has no other record, is enabled, has no role, and nobody can sign in to
 * it: it has no password, no passkey and no identity system.
 */
export async function isPatientWithoutWayIn(
  sql: Session,
  { accountId, environment }: { accountId: string; environment: EnvironmentName },
): Promise<boolean> {
  const rows = await sql`
    select 1 from sso.account a
    where a.account_id = ${accountId} and a.disabled_at is null and a.password_hash is null
      and exists (select from sso.account_identity i
                  where i.account_id = a.account_id and i.environment = ${environment} and i.type = 'Patient')
      and not exists (select from sso.account_identity i
                      where i.account_id = a.account_id and (i.type <> 'Patient' or i.environment <> ${environment}))
      and not exists (select from sso.account_role r where r.account_id = a.account_id)
      and not exists (select from sso.platform_administrator p where p.account_id = a.account_id)
      and not exists (select from sso.passkey k where k.account_id = a.account_id)
      and not exists (select from sso.upstream_link l where l.account_id = a.account_id)`;
  return rows.length > 0;
}

export async function deleteExpiredPaperCodes(sql: Session, now: Date): Promise<void> {
  await sql`delete from sso.paper_code where expires_at <= ${now}`;
}
