/** Where a person is signed in, and which applications act for the person; one function a statement or transaction. */
import type { Sql } from '@dhp/postgres';
import { insertRevocation } from './revocations.ts';

export interface SessionRow {
  session_uid: string;
  began_at: Date;
  last_used_at: Date;
  address: string | null;
  user_agent: string | null;
}

export async function upsertSessionDetail(
  sql: Sql,
  o: { uid: string; accountId: string; address: string | undefined; userAgent: string; now: Date },
): Promise<void> {
  await sql`
    insert into sso.session_detail as d (session_uid, account_id, began_at, last_used_at, address, user_agent)
    values (${o.uid}, ${o.accountId}, ${o.now}, ${o.now}, ${o.address ?? null}, ${o.userAgent.slice(0, 300)})
    on conflict (session_uid) do update
    set last_used_at = excluded.last_used_at, address = excluded.address, user_agent = excluded.user_agent,
        began_at = case when d.account_id = excluded.account_id then d.began_at else excluded.began_at end,
        account_id = excluded.account_id`;
}

/** Those that have not ended, the one used last first. */
export async function selectSessions(sql: Sql, accountId: string, now: Date): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select d.session_uid, d.began_at, d.last_used_at, host(d.address) as address, d.user_agent
    from sso.session_detail d
    join sso.artifact a on a.model = 'Session' and a.uid = d.session_uid and a.account_id = d.account_id::text
    where d.account_id = ${accountId} and a.expires_at > ${now}
    order by d.last_used_at desc`;
}

/** Ends a session of the person and everything that came of it. @returns false when the person has no such session */
export async function endSession(sql: Sql, accountId: string, uid: string, now: Date): Promise<boolean> {
  return sql.begin(async (begun) => {
    const transaction = begun as unknown as Sql;
    const known = await transaction`
      delete from sso.session_detail where session_uid = ${uid} and account_id = ${accountId} returning 1`;
    if (known.length === 0) return false;
    const gone = await transaction<{ model: string; id_hash: Buffer }[]>`
      delete from sso.artifact where uid = ${uid} and account_id = ${accountId} returning model, id_hash`;
    await revokeGrants(transaction, gone, now);
    return true;
  });
}

/** The session alone: what applications were given for longer stays with them. */
export async function signOutOf(sql: Sql, accountId: string, uid: string): Promise<void> {
  await sql`delete from sso.artifact where model = 'Session' and uid = ${uid} and account_id = ${accountId}`;
  await sql`delete from sso.session_detail where session_uid = ${uid} and account_id = ${accountId}`;
}

/** Takes back what the person allowed an application, with all tokens that came of it. */
export async function revokeApplication(sql: Sql, accountId: string, clientId: string, now: Date): Promise<void> {
  await sql.begin(async (begun) => {
    const transaction = begun as unknown as Sql;
    await transaction`delete from sso.consent where account_id = ${accountId} and client_id = ${clientId}`;
    const gone = await transaction<{ model: string; id_hash: Buffer }[]>`
      delete from sso.artifact where account_id = ${accountId} and client_id = ${clientId} and model <> 'Session'
      returning model, id_hash`;
    await revokeGrants(transaction, gone, now);
  });
}

/** The id of a grant is kept as its SHA-256, which is also how tokens name it. */
async function revokeGrants(sql: Sql, gone: readonly { model: string; id_hash: Buffer }[], now: Date): Promise<void> {
  for (const { model, id_hash: hash } of gone) {
    if (model === 'Grant') await insertRevocation(sql, `grant:${hash.toString('base64url')}`, now);
  }
}

/** Says of a grant in which session it was given. */
export async function noteSessionOfGrant(sql: Sql, grantHash: Buffer, sessionUid: string): Promise<void> {
  await sql`update sso.artifact set uid = ${sessionUid} where model = 'Grant' and id_hash = ${grantHash}`;
}

export async function deleteOldSessionDetails(sql: Sql, before: Date): Promise<void> {
  await sql`
    delete from sso.session_detail d
    where last_used_at < ${before}
      and not exists (select from sso.artifact a where a.model = 'Session' and a.uid = d.session_uid)`;
}

export interface ApplicationRow {
  client_id: string;
  name: string;
  scopes: string[];
  given_at: Date;
}

export async function selectApplications(sql: Sql, accountId: string): Promise<ApplicationRow[]> {
  return sql<ApplicationRow[]>`
    select c.client_id, c.name, s.scopes, s.given_at
    from sso.consent s join sso.client c using (client_id)
    where s.account_id = ${accountId} order by s.given_at desc`;
}

export interface ActivityRow {
  recorded: Date;
  event: string;
  reason: string | null;
  address: string | null;
  client: string | null;
}

/** What happened with the account, the newest first. Renewed tokens are left out: they would hide the rest. */
export async function selectActivity(sql: Sql, accountId: string, limit: number): Promise<ActivityRow[]> {
  return sql<ActivityRow[]>`
    select e.recorded, e.event, e.reason, host(e.address) as address, c.name as client
    from sso.audit_event e left join sso.client c using (client_id)
    where e.account_id = ${accountId} and e.event not in ('token.issued', 'token.refused')
    order by e.id desc limit ${limit}`;
}
