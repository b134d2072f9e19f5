/**
 * The one reader of the feed for subscriptions: its lease, and its results, stored all or nothing. docs/decisions/0100-topics-and-subscriptions.md
 */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';
import { hint } from './hints.ts';
import { isFree } from './lanes.ts';
import { serverName } from './server.ts';

/** A hold on the reading: all that is stored with an earlier epoch is refused. */
export interface Hold {
  readonly holder: string;
  readonly epoch: string;
}

/** The reading as a holder takes it up. */
export interface ReaderState extends Hold {
  /** Of the database that the position is of. */
  readonly database: string | null;
  readonly position: string | null;
  /** Seconds since the SSO's revocations were last known; null: never. */
  readonly unheard: number | null;
}

/** A Subscription as the reader has interpreted one of its versions. */
export interface FoldedSubscription {
  readonly id: string;
  readonly ver: number;
  readonly request: string | null;
  /** The owner of the request; null: unchanged. */
  readonly owner: string | null;
  readonly status: string;
  /** The status that the server has decided on; null: none; undefined: unchanged. */
  readonly wanted?: string | null;
  readonly reason?: string | null;
  /** The subscription was requested, and delivery begins again behind the acknowledged events. */
  readonly begins: boolean;
}

/** An event that is to be numbered. */
export interface NewEvent {
  readonly subscription: string;
  readonly type: string;
  readonly id: string;
  readonly ver: number;
  readonly happened: Date;
}

/** All that came of a page of the feed. */
export interface ReadPage {
  /** The run of the server that the page was read from. */
  readonly server: string;
  readonly database: string;
  readonly from: string | null;
  readonly to: string;
  readonly subscriptions: readonly FoldedSubscription[];
  readonly topics: readonly { readonly id: string; readonly ver: number }[];
  readonly events: readonly NewEvent[];
}

/**
 * Takes over the reading if it is free, or keeps holding it.
 * @param lease milliseconds
 * @returns undefined while another server holds it
 */
export async function holdReader(sql: Session, holder: string, lease: number): Promise<ReaderState | undefined> {
  const [row] = await sql<(Omit<ReaderState, 'holder'> & { readonly holder: string })[]>`
    update fhir.event_reader r set holder = ${holder}::uuid, lease = clock_timestamp() + ${lease}::int * interval '1 ms',
      epoch = case when r.holder = ${holder}::uuid then r.epoch else r.epoch + 1 end
    where r.one and (r.holder = ${holder}::uuid or r.holder is null or ${isFree(sql)})
    returning r.holder::text, r.epoch::text, r.database, r.place as position,
      date_part('epoch', clock_timestamp() - r.heard)::float8 as unheard`;
  return row;
}

/** Extends the lease, while the holder is still the holder. @param lease milliseconds */
export async function keepReader(sql: Session, { holder, epoch }: Hold, lease: number): Promise<void> {
  await sql`
    update fhir.event_reader set lease = clock_timestamp() + ${lease}::int * interval '1 ms'
    where one and holder = ${holder}::uuid and epoch = ${epoch}::bigint`;
}

/** Releases the reading, so that another server need not wait for the end of the lease. */
export async function leaveReader(sql: Session, { holder, epoch }: Hold): Promise<void> {
  await sql`
    update fhir.event_reader set holder = null, lease = '-infinity'
    where one and holder = ${holder}::uuid and epoch = ${epoch}::bigint`;
}

/** Notes that at this moment the SSO's revocations are known. */
export async function noteHeard(sql: Session, { holder, epoch }: Hold): Promise<void> {
  await sql`
    update fhir.event_reader set heard = clock_timestamp()
    where one and holder = ${holder}::uuid and epoch = ${epoch}::bigint`;
}

/**
 * Stores the result of a page: the state of subscriptions and topics behind it, its events with the next numbers, and the place. Stores nothing if the
 * holder has changed, the place is another one, or the database is on another server than that of the page.
 * @returns whether it was stored
 */
export async function storePage(sql: Sql, hold: Hold, page: ReadPage): Promise<boolean> {
  const { events, subscriptions, topics } = page;
  // Most pages have only events, which one statement stores: there are no round trips within a transaction.
  if (topics.length + subscriptions.length === 0 && events.length > 0)
    return (await numberEvents(sql, events, moved(sql, hold, page))).length > 0;
  return sql.begin(async (session) => {
    if ((await moved(session, hold, page)).length === 0) return false;
    if (topics.length > 0) await foldTopics(session, topics);
    if (subscriptions.length > 0) await foldSubscriptions(session, subscriptions);
    if (events.length > 0) await numberEvents(session, events, session`select 1`);
    else if (subscriptions.some(({ begins }) => begins)) await hint(session, lanes);
    return true;
  });
}

const lanes = 'dhp lanes';
const numbers = 'dhp numbers';

/** Moves the place, if the holder is still the holder; returns a row if it has moved it. */
function moved(
  session: Session,
  { holder, epoch }: Hold,
  { server, database, from, to }: ReadPage,
): ReturnType<Session> {
  return session`
    update fhir.event_reader set place = ${to}::text, database = ${database}::text
    where one and holder = ${holder}::uuid and epoch = ${epoch}::bigint
      and place is not distinct from ${from}::text and ${serverName(session)} = ${server}::text
    returning 1`;
}

async function foldTopics(session: Session, topics: ReadPage['topics']): Promise<void> {
  await session`
    insert into fhir.topic as t (id, ver)
    select n.id, n.ver from jsonb_to_recordset(${JSON.stringify(topics)}::text::jsonb) as n (id text, ver int)
    on conflict (id) do update set ver = excluded.ver`;
}

/** Deletes requests that a later one has replaced, or whose subscription no longer exists. */
async function foldSubscriptions(session: Session, folded: readonly FoldedSubscription[]): Promise<void> {
  const rows = JSON.stringify(
    folded.map((one) => ({ ...one, decides: one.wanted !== undefined, wanted: one.wanted ?? null })),
  );
  await session`
    with new as (
      select * from jsonb_to_recordset(${rows}::text::jsonb)
        as n (id text, ver int, request uuid, owner text, status text, wanted text, reason text, decides boolean, begins boolean)
    ), gone as (
      delete from fhir.subscription_request r using fhir.subscription s, new n
      where s.id = n.id and r.id = s.request and s.request is distinct from n.request
    )
    insert into fhir.subscription as s (id, ver, request, owner, status, wanted, reason)
    select n.id, n.ver, n.request, n.owner, n.status, n.wanted, n.reason from new n
    on conflict (id) do update set ver = excluded.ver, request = excluded.request, status = excluded.status,
      owner = coalesce(s.owner, excluded.owner),
      changed = case when s.status = excluded.status then s.changed else clock_timestamp() end,
      wanted = case when (select decides from new n where n.id = excluded.id) then excluded.wanted else s.wanted end,
      reason = case when (select decides from new n where n.id = excluded.id) then excluded.reason else s.reason end`;
  await session`
    insert into fhir.lane as l (subscription)
    select n.id from jsonb_to_recordset(${rows}::text::jsonb) as n (id text, begins boolean) where n.begins
    on conflict (subscription) do update set due = clock_timestamp(), woken = l.woken + 1, tries = 0, failing = null, failure = null, rests = null`;
}

/**
 * The counter is a row, not a sequence: a rollback leaves no gap. Lanes are locked in the order that all statements use; lanes that rest, or wait
 * before a retry, are not made due. Hints are sent at the commit: if no lane is affected there is no hint.
 * @param where a statement; if it returns no row, nothing is done
 */
function numberEvents(session: Session, events: readonly NewEvent[], where: ReturnType<Session>): ReturnType<Session> {
  return session`
    with moved as (${where}), new as materialized (
      select e.*, row_number() over (partition by e.subscription order by e.n) as nth
      from (
        select e.value->>'subscription' as subscription, e.value->>'type' as type, e.value->>'id' as id,
          (e.value->>'ver')::int as ver, (e.value->>'happened')::timestamptz as happened, e.ordinality as n
        from jsonb_array_elements(${JSON.stringify(events)}::text::jsonb) with ordinality as e
        where exists (select from moved)
      ) e
    ), raised as (
      update fhir.subscription s set numbered = s.numbered + c.count
      from (select subscription, count(*) as count from new group by subscription) c
      where s.id = c.subscription
      returning s.id, s.numbered - c.count as before
    ), stored as (
      insert into fhir.event (subscription, number, type, id, ver, happened)
      select new.subscription, raised.before + new.nth, new.type, new.id, new.ver, new.happened
      from new join raised on raised.id = new.subscription
    ), held as materialized (
      select subscription from fhir.lane where subscription in (select distinct subscription from new)
      order by subscription for update
    ), woken as (
      update fhir.lane l set woken = l.woken + 1,
        due = case when l.tries = 0 then greatest(least(l.due, clock_timestamp()), l.rests) else l.due end
      from held h where l.subscription = h.subscription
    )
    select pg_notify(${numbers}, '') from moved
    union all
    select pg_notify(${lanes}, '') from moved where exists (select from held)`;
}

/** After a restore it is unknown whether rights by which subscriptions were requested were revoked since: the next reader ends them. */
export async function distrustSubscriptions(sql: Session): Promise<void> {
  await sql`update fhir.event_reader set heard = to_timestamp(0) where one`;
}
