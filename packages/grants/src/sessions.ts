/** Sessions of a person, and the applications that act for the person; one function a statement or transaction. */
import type { Session, Sql } from '@dhp/postgres';
import { updatingArtifact, upsertingArtifact, type NewArtifact } from './artifacts.ts';
import { endSignIns, standingCredentials } from './sign-in-steps.ts';
import { insertRevocation, insertRevocations } from './revocations.ts';
import { type Change, type PendingQuery, withoutWaiting } from '@dhp/sso-kit/request';
import { transact } from '@dhp/sso-kit';

export interface SessionRow {
  session_uid: string;
  began_at: Date;
  last_used_at: Date;
  address: string | null;
  user_agent: string | null;
}

/** Returns sessions that have not ended, the most recently used first. */
export async function selectSessions(sql: Sql, accountId: string, now: Date): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    select d.session_uid, d.began_at, d.last_used_at, host(d.address) as address, d.user_agent
    from sso.session_detail d
    join sso.artifact a on a.model = 'Session' and a.uid = d.session_uid and a.account_id = d.account_id::text
    where d.account_id = ${accountId} and a.expires_at > ${now}
    order by d.last_used_at desc`;
}

export interface FoundSessionRow extends SessionRow {
  username: string;
  /** Ids of the clients that the session has been used for. */
  clients: string[];
}

export interface SessionFilter {
  username?: string | undefined;
  /** An address, or a network in CIDR notation. */
  address?: string | undefined;
  clientId?: string | undefined;
}

/**
 * Returns sessions that have not ended, the most recently used first, one more than `count`.
 * @returns undefined if there is no session `after`
 */
export async function selectSessionPage(
  sql: Sql,
  { username, address, clientId }: SessionFilter,
  { count, after }: { count: number; after?: string | undefined },
  now: Date,
): Promise<{ total: number; rows: FoundSessionRow[] } | undefined> {
  const [place] =
    after === undefined
      ? [undefined]
      : await sql<{ last_used_at: string }[]>`
          select last_used_at::text from sso.session_detail where session_uid = ${after}`;
  if (after !== undefined && place === undefined) return undefined;
  const found = sql`
    from sso.session_detail d
    join sso.account p using (account_id)
    join sso.artifact a on a.model = 'Session' and a.uid = d.session_uid and a.account_id = d.account_id::text
    where a.expires_at > ${now}
    ${username === undefined ? sql`` : sql`and p.username = ${username}`}
    ${address === undefined ? sql`` : sql`and d.address <<= ${address}::text::inet`}
    ${
      clientId === undefined
        ? sql``
        : sql`and exists (select from sso.session_client c where c.session_uid = d.session_uid and c.client_id = ${clientId})`
    }`;
  const [counted] = await sql<{ total: number }[]>`select count(*)::int as total ${found}`;
  const rows = await sql<FoundSessionRow[]>`
    select d.session_uid, d.began_at, d.last_used_at, host(d.address) as address, d.user_agent, p.username,
           array(select c.client_id from sso.session_client c where c.session_uid = d.session_uid order by 1) as clients
    ${found}
    ${place === undefined ? sql`` : sql`and (d.last_used_at, d.session_uid) < (${place.last_used_at}::text::timestamptz, ${after!})`}
    order by d.last_used_at desc, d.session_uid desc limit ${count + 1}`;
  return { total: counted!.total, rows };
}

/**
 * Extends a session that is in use, and notes the use. An ended session stays ended, and an extension by less than half a minute is not
 * written. A request that only views a page does not wait for the commit: a use in the last second before a crash may be lost.
 */
export async function extendSession(
  sql: Sql,
  o: { uid: string; accountId: string; until: Date; now: Date },
): Promise<void> {
  await sql`
    with moved as (
      update sso.artifact set expires_at = ${o.until}
      where model = 'Session' and uid = ${o.uid} and account_id = ${o.accountId} and expires_at > ${o.now}
        and expires_at < ${new Date(o.until.getTime() - 30_000)}
      returning uid),
    noted as (update sso.session_detail d set last_used_at = ${o.now} from moved where d.session_uid = moved.uid)
    select ${withoutWaiting(sql)}`;
}

/** Returns the account of a session; undefined if there is none. */
export async function selectSessionOwner(sql: Session, uid: string): Promise<string | undefined> {
  const [row] = await sql<{ account_id: string }[]>`
    select account_id from sso.session_detail where session_uid = ${uid}`;
  return row?.account_id;
}

/**
 * Stores a session, notes the network address and browser, and the name by which each client knows it; clients that are not named are
 * removed.
 * @param o.isGoingOn the session existed when the request began: if it has ended since, none of the request's changes is written
 * @param o.version of the credentials with which the person signed in: if they have changed since, nothing is written either
 */
export function keepingSession(
  sql: Sql,
  session: NewArtifact,
  o: {
    uid: string;
    accountId: string;
    isGoingOn: boolean;
    version: number | undefined;
    sids: ReadonlyMap<string, string>;
    address: string | undefined;
    userAgent: string | undefined;
    now: Date;
  },
): Change {
  const clientIds = [...o.sids.keys()];
  const used: PendingQuery = sql`
    insert into sso.session_detail as d (session_uid, account_id, began_at, last_used_at, address, user_agent)
    values (${o.uid}, ${o.accountId}, ${o.now}, ${o.now}, ${o.address ?? null}, ${(o.userAgent ?? '').slice(0, 300)})
    on conflict (session_uid) do update
    set last_used_at = excluded.last_used_at, address = excluded.address, user_agent = excluded.user_agent,
        began_at = case when d.account_id = excluded.account_id then d.began_at else excluded.began_at end,
        account_id = excluded.account_id`;
  const gone: PendingQuery = sql`
    delete from sso.session_client where session_uid = ${o.uid} and client_id <> all(${clientIds}::text[])`;
  const named: PendingQuery = sql`
    insert into sso.session_client as s (session_uid, client_id, account_id, sid, noted_at)
    select ${o.uid}, c.client_id, ${o.accountId}::uuid, n.sid, ${o.now}
    from unnest(${clientIds}::text[], ${[...o.sids.values()]}::text[]) as n (client_id, sid)
    join sso.client c on c.client_id = n.client_id
    on conflict (session_uid, client_id) do update
    set account_id = excluded.account_id, sid = excluded.sid, noted_at = excluded.noted_at
    where (s.account_id, s.sid) is distinct from (excluded.account_id, excluded.sid)`;
  const others = [used, gone, named].map((statement) => ({ statement }));
  const kept = o.isGoingOn
    ? { name: 'session', statement: updatingArtifact(sql, session) }
    : { statement: upsertingArtifact(sql, session) };
  const { accountId, version } = o;
  const standing =
    version === undefined ? [] : [{ name: 'standing', statement: standingCredentials(sql, { accountId, version }) }];
  const needs = [...standing.map(({ name }) => name), ...(o.isGoingOn ? ['session'] : [])];
  return { parts: [...standing, kept, ...others], needs };
}

/** A session is written row by row, beginning with this one: ending it waits here, while no other row of it is locked. */
async function lockSessions(sql: Session, accountId: string, uid?: string): Promise<void> {
  await sql`
    select 1 from sso.artifact
    where model = 'Session' and account_id = ${accountId} ${uid === undefined ? sql`` : sql`and uid = ${uid}`}
    order by id_hash for update`;
}

/** Must be called before a session, or all sessions of a person, are removed: clients that want logout notices then get them. */
async function queueLogoutNotices(sql: Session, accountId: string, uid: string | undefined, now: Date): Promise<void> {
  await sql`
    with ended as (
      delete from sso.session_client
      where account_id = ${accountId} ${uid === undefined ? sql`` : sql`and session_uid = ${uid}`}
      returning *
    )
    insert into sso.logout_notice (client_id, account_id, sid, next_attempt_at, created_at)
    select e.client_id, e.account_id, e.sid, ${now}, ${now}
    from ended e
    join sso.client c on c.client_id = e.client_id and c.backchannel_logout_uri is not null
    join sso.artifact a on a.model = 'Session' and a.uid = e.session_uid and a.expires_at > ${now}`;
}

/**
 * Ends a session of the person and everything that resulted from it, in the caller's transaction.
 * @returns false if the person has no such session
 */
export async function endSession(sql: Session, accountId: string, uid: string, now: Date): Promise<boolean> {
  await lockSessions(sql, accountId, uid);
  const known = await sql`
    delete from sso.session_detail where session_uid = ${uid} and account_id = ${accountId} returning 1`;
  if (known.length === 0) return false;
  await queueLogoutNotices(sql, accountId, uid, now);
  const gone = await sql<{ model: string; id_hash: Buffer }[]>`
    delete from sso.artifact where uid = ${uid} and account_id = ${accountId} returning model, id_hash`;
  await revokeGrants(sql, gone, now);
  return true;
}

/**
 * Ends the least recently used sessions of a person, and their results, so that repeated sign-ins keep at most `keep` sessions. Concurrent
 * sign-ins may leave a few more, which the next one ends.
 * @returns how many it ended
 */
export async function endOldestSessions(
  sql: Sql,
  accountId: string,
  { keep, now }: { keep: number; now: Date },
): Promise<number> {
  const over = await sql<{ session_uid: string }[]>`
    select session_uid from sso.session_detail where account_id = ${accountId}
    order by last_used_at desc, session_uid offset ${keep}`;
  for (const { session_uid: uid } of over) {
    await transact(sql, (transaction) => endSession(transaction, accountId, uid, now));
  }
  return over.length;
}

/**
 * Ends all that people gave a client, and all its tokens; the sessions themselves continue without it. In the caller's transaction.
 * @returns in how many sessions it was used
 */
export async function endAllOfClient(sql: Session, clientId: string, now: Date): Promise<number> {
  const ended = await sql`
    with ended as (delete from sso.session_client where client_id = ${clientId} returning *),
    told as (
      insert into sso.logout_notice (client_id, account_id, sid, next_attempt_at, created_at)
      select e.client_id, e.account_id, e.sid, ${now}, ${now}
      from ended e
      join sso.client c on c.client_id = e.client_id and c.backchannel_logout_uri is not null
      join sso.artifact a on a.model = 'Session' and a.uid = e.session_uid and a.expires_at > ${now})
    select 1 from ended`;
  await sql`delete from sso.artifact where client_id = ${clientId} and model not in ('Session', 'Interaction')`;
  await insertRevocation(sql, `client:${clientId}`, now);
  return ended.length;
}

/** Ends only the session: longer-lasting grants of applications stay. */
export async function signOutOf(sql: Sql, accountId: string, uid: string, now: Date): Promise<void> {
  await transact(sql, async (transaction) => {
    await lockSessions(transaction, accountId, uid);
    await queueLogoutNotices(transaction, accountId, uid, now);
    await transaction`
      delete from sso.artifact where model = 'Session' and uid = ${uid} and account_id = ${accountId}`;
    await transaction`delete from sso.session_detail where session_uid = ${uid} and account_id = ${accountId}`;
  });
}

/**
 * Ends all sessions, grants and tokens of a person, and sign-ins of which a first factor was shown; in the caller's transaction.
 * @returns how many sessions there were
 */
export async function endEverything(sql: Session, accountId: string, now: Date): Promise<number> {
  await endSignIns(sql, accountId);
  await lockSessions(sql, accountId);
  await queueLogoutNotices(sql, accountId, undefined, now);
  const gone = await sql<{ model: string; id_hash: Buffer }[]>`
    delete from sso.artifact where account_id = ${accountId} returning model, id_hash`;
  await revokeGrants(sql, gone, now);
  await sql`delete from sso.session_detail where account_id = ${accountId}`;
  await insertRevocation(sql, `sub:${accountId}`, now);
  return gone.filter(({ model }) => model === 'Session').length;
}

/** The id of a grant is stored as its SHA-256, which is also its name in tokens. */
export async function revokeGrants(
  sql: Session,
  gone: readonly { model: string; id_hash: Buffer }[],
  now: Date,
): Promise<void> {
  const grants = gone.filter(({ model }) => model === 'Grant');
  const subjects = grants.map(({ id_hash: hash }) => `grant:${hash.toString('base64url')}` as const);
  await insertRevocations(sql, subjects, now);
}

/** Revokes the grants of these clients in the session. */
export async function revokeGrantsOfSession(
  sql: Sql,
  o: { uid: string; clientIds: readonly string[]; now: Date },
): Promise<void> {
  await transact(sql, async (transaction) => {
    const gone = await transaction<{ model: string; id_hash: Buffer }[]>`
      delete from sso.artifact
      where model = 'Grant' and uid = ${o.uid} and client_id = any(${o.clientIds}::text[])
      returning model, id_hash`;
    await revokeGrants(transaction, gone, o.now);
  });
}

export async function deleteOldSessionDetails(sql: Sql, before: Date): Promise<void> {
  await sql`
    delete from sso.session_detail d
    where last_used_at < ${before}
      and not exists (select from sso.artifact a where a.model = 'Session' and a.uid = d.session_uid)`;
  await sql`
    delete from sso.session_client c
    where noted_at < ${before}
      and not exists (select from sso.artifact a where a.model = 'Session' and a.uid = c.session_uid)`;
}

export interface ActivityRow {
  recorded: Date;
  event: string;
  reason: string | null;
  address: string | null;
  client: string | null;
}

/** Returns events of the account, the newest first. Renewals of tokens are left out, because they would hide the others. */
export async function selectActivity(sql: Sql, accountId: string, limit: number): Promise<ActivityRow[]> {
  return sql<ActivityRow[]>`
    select e.recorded, e.event, e.reason, host(e.address) as address, c.name as client
    from sso.audit_event e left join sso.client c using (client_id)
    where e.account_id = ${accountId} and e.event not in ('token.issued', 'token.refused')
    order by e.id desc limit ${limit}`;
}
