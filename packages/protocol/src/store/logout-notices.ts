import type { Session } from '@dhp/postgres';

export interface LogoutNotice {
  id: string;
  client_id: string;
  account_id: string;
  sid: string;
  /** Including the one under way. */
  attempts: number;
  /** Address at which the client is notified; null if it no longer wants notices. */
  uri: string | null;
}

export async function insertLogoutNotice(
  sql: Session,
  o: { clientId: string; accountId: string; sid: string; now: Date },
): Promise<void> {
  await sql`
    insert into sso.logout_notice (client_id, account_id, sid, next_attempt_at, created_at)
    values (${o.clientId}, ${o.accountId}, ${o.sid}, ${o.now}, ${o.now})`;
}

/**
 * Takes due notices, a few of each client, the longest due first: no other process takes them before `until`, and if this process dies they
 * are taken again after that. However many wait for one client, those for the others are found at once.
 * @param o.perClient most notices of one client
 * @param o.but clients of which none are taken
 */
export async function claimLogoutNotices(
  sql: Session,
  o: { now: Date; until: Date; limit: number; perClient: number; but: readonly string[] },
): Promise<LogoutNotice[]> {
  return sql<LogoutNotice[]>`
    with recursive waiting as (
      (select client_id from sso.logout_notice order by client_id limit 1)
      union all
      select (select n.client_id from sso.logout_notice n where n.client_id > w.client_id order by n.client_id limit 1)
      from waiting w where w.client_id is not null
    ),
    due as (
      select n.id from waiting w
      cross join lateral (
        select id, next_attempt_at from sso.logout_notice
        where client_id = w.client_id and next_attempt_at <= ${o.now} order by next_attempt_at limit ${o.perClient}
        for update skip locked) n
      where w.client_id <> all(${o.but}::text[])
      order by n.next_attempt_at limit ${o.limit}
    )
    update sso.logout_notice n set attempts = attempts + 1, next_attempt_at = ${o.until}
    from due, sso.client c
    where n.id = due.id and c.client_id = n.client_id
    returning n.id, n.client_id, n.account_id, n.sid, n.attempts, c.backchannel_logout_uri as uri`;
}

export async function postponeLogoutNotice(sql: Session, id: string, next: Date): Promise<void> {
  await sql`update sso.logout_notice set next_attempt_at = ${next} where id = ${id}`;
}

export async function deleteLogoutNotice(sql: Session, id: string): Promise<void> {
  await sql`delete from sso.logout_notice where id = ${id}`;
}
