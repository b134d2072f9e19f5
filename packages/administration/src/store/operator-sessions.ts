/** Sessions of people for the operators' pages; one function a statement. */
import type { Session, Sql } from '@dhp/postgres';
import { listed, type Listed, type Place } from '@dhp/sso-kit';

export interface ListedSession {
  session_uid: string;
  account_id: string;
  username: string;
  name: string;
  began_at: Date;
  last_used_at: Date;
  address: string | null;
  user_agent: string | null;
  clients: { client_id: string; name: string }[];
  /** Time by which the list is ordered: for one client, when it first took part in the session; otherwise the last use. */
  placed_at: Date;
}

export interface SessionsAsked {
  accountId?: string | undefined;
  /** An address, or a network in CIDR notation. */
  address?: string | undefined;
  clientId?: string | undefined;
  after?: Place | undefined;
  limit: number;
}

/**
 * Returns sessions that have not ended.
 * @throws query_canceled if the statement times out because matches are rare among many sessions
 */
export async function selectNewestSessions(sql: Sql, o: SessionsAsked, now: Date): Promise<Listed<ListedSession>> {
  const rows = await sql.begin('read only', async (begun) => {
    await begun`set local statement_timeout = '3s'`;
    return begun<ListedSession[]>`${sessions(begun, o, now)}`;
  });
  return listed(rows, o.limit);
}

/** @returns undefined if the session has ended or never existed */
export async function selectListedSession(sql: Sql, uid: string, now: Date): Promise<ListedSession | undefined> {
  const [row] = await sql<ListedSession[]>`
    select ${columns(sql)}, d.last_used_at as placed_at
    from sso.session_detail d ${joined(sql, now)}
    where d.session_uid = ${uid}`;
  return row;
}

function sessions(sql: Session, o: SessionsAsked, now: Date): ReturnType<Sql> {
  const { clientId, after } = o;
  const place = clientId === undefined ? sql`d.last_used_at` : sql`s.noted_at`;
  const uid = clientId === undefined ? sql`d.session_uid` : sql`s.session_uid`;
  const from =
    clientId === undefined
      ? sql`sso.session_detail d`
      : sql`sso.session_client s join sso.session_detail d on d.session_uid = s.session_uid`;
  return sql`
    select ${columns(sql)}, ${place} as placed_at
    from ${from} ${joined(sql, now)}
    where true
      ${clientId === undefined ? sql`` : sql`and s.client_id = ${clientId}`}
      ${o.accountId === undefined ? sql`` : sql`and d.account_id = ${o.accountId}`}
      ${o.address === undefined ? sql`` : sql`and d.address <<= ${o.address}::text::inet`}
      ${after === undefined ? sql`` : sql`and (${place}, ${uid}) < (${after.created}, ${after.id})`}
    order by ${place} desc, ${uid} desc
    limit ${o.limit + 1}`;
}

const columns = (sql: Session): ReturnType<Sql> => sql`
  d.session_uid, d.account_id, p.username, p.name, d.began_at, d.last_used_at, host(d.address) as address, d.user_agent,
  coalesce((select jsonb_agg(jsonb_build_object('client_id', c.client_id, 'name', c.name) order by c.name, c.client_id)
            from sso.session_client k join sso.client c on c.client_id = k.client_id
            where k.session_uid = d.session_uid), '[]') as clients`;

/** Looked up one by one: the planner takes such an exact match for rare, and would otherwise join the whole tables. */
const joined = (sql: Session, now: Date): ReturnType<Sql> => sql`
  join sso.account p on p.account_id = d.account_id
  cross join lateral (
    select from sso.artifact a
    where a.model = 'Session' and a.uid = d.session_uid and a.account_id = d.account_id::text and a.expires_at > ${now}
    limit 1) live`;
