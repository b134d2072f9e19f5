/** Subscriptions in the database beside the resource: their requests, their states, and their events. */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';
import { releaseLanes } from './lanes.ts';
import { reportType, sweepReports } from './reported-events.ts';
import { sweepSocketTokens } from './socket-tokens.ts';
import { sweepTestReceivers } from './test-receivers.ts';

/** Beside the resource: the rights and values with which a Subscription was requested. */
export interface SubscriptionRequest {
  readonly id: string;
  readonly client: string;
  /** Client and person. */
  readonly owner: string;
  readonly rights: unknown;
  /** The values of the parameters of its channel, sealed. */
  readonly sealed: Buffer | null;
}

/** A Subscription as the reader knows it. */
export interface StandingSubscription {
  readonly id: string;
  readonly ver: number;
  readonly request: string | null;
  /** Client and person. */
  readonly owner: string | null;
  readonly status: string;
  readonly wanted: string | null;
  readonly reason: string | null;
  /** The last number that was given. */
  readonly numbered: number;
  /** Whether an operator has its deliveries held back. */
  readonly paused: boolean;
}

/** An event with its number. */
export interface NumberedEvent {
  readonly number: number;
  readonly type: string;
  readonly id: string;
  readonly ver: number;
  readonly happened: Date;
  /** A client has reported it of the version; otherwise it is the change that made the version. */
  readonly isReported?: boolean;
}

/** Minutes for which a request counts whose subscription is not known to be stored. */
const pending = 5;

/**
 * Stores a request, unless the client has reached its limit of subscriptions. Recent requests count too, whatever resulted from them.
 * @returns whether it is stored
 */
export function insertRequest(sql: Sql, request: SubscriptionRequest, most: number): Promise<boolean> {
  const { id, client, owner, rights, sealed } = request;
  return sql.begin(async (session) => {
    // Two at once would each count without the other.
    await session`select pg_advisory_xact_lock(hashtextextended(${`fhir subscriptions of ${client}`}, 0))`;
    const stored = await session`
      insert into fhir.subscription_request (id, client, owner, rights, sealed)
      select ${id}::uuid, ${client}::text, ${owner}::text, ${JSON.stringify(rights)}::text, ${sealed}::bytea
      from (
        select count(*) as open from fhir.subscription_request r
        where r.client = ${client} and (
          r.stored > clock_timestamp() - ${pending}::int * interval '1 minute'
          or exists (select 1 from fhir.subscription s where s.request = r.id and s.status in ('requested', 'active', 'error')))
      ) o where o.open < ${most}::int
      returning 1`;
    return stored.length > 0;
  });
}

/**
 * Replaces the rights of a request, by those of a newer token of the same owner.
 * @param newer `ends`: milliseconds; the rights are unchanged if they end no sooner, as when two tokens are used at once
 */
export async function renewRequest(
  sql: Session,
  id: string,
  { rights, ends }: { readonly rights: unknown; readonly ends: number },
): Promise<void> {
  await sql`
    update fhir.subscription_request set rights = ${JSON.stringify(rights)}::text
    where id = ${id}::uuid and coalesce((rights::json ->> 'expiresAt')::float8, 0) < ${ends}::float8`;
}

/** In no order; missing ones are left out. */
export async function selectRequests(sql: Session, ids: readonly string[]): Promise<SubscriptionRequest[]> {
  const rows = await sql<(SubscriptionRequest & { readonly rights: string })[]>`
    select id::text, client, owner, rights, sealed from fhir.subscription_request where id = any(${ids}::uuid[])`;
  return rows.map((row) => ({ ...row, rights: JSON.parse(row.rights) as unknown }));
}

/** All that are not off, or these. */
export async function selectStanding(sql: Session, ids?: readonly string[]): Promise<StandingSubscription[]> {
  const rows = await sql<(Omit<StandingSubscription, 'numbered'> & { readonly numbered: string })[]>`
    select id, ver, request::text, owner, status, wanted, reason, numbered::text,
      exists (select from fhir.lane l where l.subscription = s.id and l.paused is not null) as paused
    from fhir.subscription s
    where case when ${ids === undefined}::boolean then status in ('requested', 'active', 'error') else id = any(${ids ?? []}::text[]) end`;
  return rows.map((row) => ({ ...row, numbered: Number(row.numbered) }));
}

/** A Subscription of an owner, and its place among those: microseconds since 1970 at which it changed, a dot, and the id. */
export interface OwnedSubscription {
  readonly id: string;
  readonly place: string;
}

/**
 * Subscriptions of a client and person, including those that are off; the last changed first.
 * @param behind the place of the last one returned; one that has changed since comes before it
 */
export async function selectOwned(
  sql: Session,
  owner: string,
  most: number,
  behind?: string,
): Promise<OwnedSubscription[]> {
  const [changed = null, id = null] = behind?.split(/\.(.*)/s) ?? [];
  return sql<OwnedSubscription[]>`
    select o.id, o.changed || '.' || o.id as place
    from (select id, (extract(epoch from changed) * 1000000)::bigint as changed from fhir.subscription where owner = ${owner}) o
    where ${changed}::bigint is null or o.changed < ${changed}::bigint or (o.changed = ${changed}::bigint and o.id > ${id}::text)
    order by o.changed desc, o.id limit ${most}::int`;
}

/** Subscriptions whose status the server has decided on, and not written. */
export async function selectWanted(sql: Session): Promise<Pick<StandingSubscription, 'id' | 'request' | 'wanted'>[]> {
  return sql<Pick<StandingSubscription, 'id' | 'request' | 'wanted'>[]>`
    select id, request::text, wanted from fhir.subscription where wanted is not null`;
}

/** Decides on a status, if the subscription still has this request, and no other decision was made. @returns whether it was decided */
export async function decideStatus(
  sql: Session,
  { id, request }: Pick<StandingSubscription, 'id' | 'request'>,
  { wanted, reason }: { readonly wanted: string; readonly reason: string | null },
): Promise<boolean> {
  const rows = await sql`
    update fhir.subscription set wanted = ${wanted}::text, reason = ${reason}::text
    where id = ${id} and request is not distinct from ${request}::uuid and status <> ${wanted}::text
      and (wanted is null or ${wanted}::text = 'off')
    returning 1`;
  return rows.length > 0;
}

/** Versions of topics at the place of the reader. */
export async function selectTopics(sql: Session): Promise<{ id: string; ver: number }[]> {
  return sql<{ id: string; ver: number }[]>`select id, ver from fhir.topic`;
}

/** Events of a subscription by number, both ends included. */
export interface AskedEvents {
  readonly subscription: string;
  readonly since: number;
  readonly until: number;
  readonly most: number;
}

/** For each question its events, the lowest number first; `most` of them. */
export async function selectEvents(sql: Session, asked: readonly AskedEvents[]): Promise<NumberedEvent[][]> {
  const rows = await sql<(Omit<NumberedEvent, 'number'> & { readonly n: number; readonly number: string })[]>`
    select a.n::int, e.number::text, coalesce(r.type, e.type) as type, coalesce(r.focus, e.id) as id, coalesce(r.ver, e.ver) as ver, e.happened,
      e.type = ${reportType} as "isReported"
    from (
      select a.value->>'subscription' as subscription, (a.value->>'since')::bigint as since, (a.value->>'until')::bigint as until,
        (a.value->>'most')::int as most, a.ordinality as n
      from jsonb_array_elements(${JSON.stringify(asked)}::text::jsonb) with ordinality as a
    ) a
    cross join lateral (
      select * from fhir.event e where e.subscription = a.subscription and e.number between a.since and a.until
      order by e.number limit a.most
    ) e
    left join fhir.reported_event r on r.id = case when e.type = ${reportType} then e.id::uuid end
    order by a.n, e.number`;
  const found = asked.map((): NumberedEvent[] => []);
  for (const { n, ...row } of rows) found[n - 1]!.push({ ...row, number: Number(row.number) });
  return found;
}

/** Seconds before a time whose events are included: as far as clocks of nodes may differ, and that of the database may be set back. */
const slack = 60;

/**
 * The number from which on no event is left out that happened at a time or later; some of the minute before may be included. A binary search: numbers
 * and the times of numbering grow together.
 * @returns undefined if no such event is kept; `isOldest`: earlier ones of that time may no longer be kept
 */
export async function firstEventSince(
  sql: Session,
  subscription: string,
  time: Date,
): Promise<{ readonly number: number; readonly isOldest: boolean } | undefined> {
  const [row] = await sql<{ number: string; isOldest: boolean }[]>`
    with recursive narrowed (low, high) as (
      select min(number), max(number) + 1 from fhir.event where subscription = ${subscription}
      union all
      select case when e.isbefore then e.number + 1 else n.low end, case when e.isbefore then n.high else n.middle end
      from (select low, high, (low + high) / 2 as middle from narrowed where low < high) n
      cross join lateral (
        select e.number, e.stored < ${time.toISOString()}::timestamptz - ${slack}::int * interval '1 second' as isbefore
        from fhir.event e where e.subscription = ${subscription} and e.number >= n.middle order by e.number limit 1
      ) e
    )
    select n.low::text as number, n.low = (select min(number) from fhir.event where subscription = ${subscription}) as "isOldest"
    from narrowed n
    where n.low >= n.high and exists (select from fhir.event e where e.subscription = ${subscription} and e.number >= n.low)`;
  return row && { number: Number(row.number), isOldest: row.isOldest };
}

/**
 * Removes events older than a time, requests without a subscription, makes lanes due that wait by a clock that was set back, and ends subscriptions
 * that have failed for as long as events are kept.
 * @returns ids of the subscriptions to be ended
 */
export async function sweepSubscriptions(sql: Session, days: number): Promise<string[]> {
  await sweepSocketTokens(sql);
  await sweepReports(sql, days);
  await sweepTestReceivers(sql);
  await releaseLanes(sql);
  await sql`
    delete from fhir.event where (subscription, number) in (
      select subscription, number from fhir.event
      where stored < clock_timestamp() - ${days}::float8 * interval '1 day' order by stored limit 10000)`;
  await sql`
    delete from fhir.subscription_request r
    where r.stored < clock_timestamp() - interval '1 hour' and not exists (select 1 from fhir.subscription s where s.request = r.id)`;
  const failed = await sql<{ id: string }[]>`
    select id from fhir.subscription
    where status = 'error' and wanted is null and changed < clock_timestamp() - ${days}::float8 * interval '1 day'`;
  return failed.map(({ id }) => id);
}
