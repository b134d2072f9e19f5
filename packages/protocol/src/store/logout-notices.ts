import type { Session } from '@dhp/postgres';

export interface LogoutNotice {
  id: string;
  client_id: string;
  account_id: string;
  sid: string;
  /** Counting the one under way. */
  attempts: number;
  /** Address at which the client is told; null when it no longer wants to be. */
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
 * Takes those whose time has come: no other process takes them before `until`, and when this one dies they are taken then.
 */
export async function claimLogoutNotices(sql: Session, now: Date, until: Date, limit: number): Promise<LogoutNotice[]> {
  return sql<LogoutNotice[]>`
    with due as (
      select id from sso.logout_notice where next_attempt_at <= ${now} order by next_attempt_at limit ${limit}
      for update skip locked
    )
    update sso.logout_notice n set attempts = attempts + 1, next_attempt_at = ${until}
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
