/** Subscriptions for operators: their state, replaying, pausing and resuming deliveries. docs/notifications.md */
import { hint } from './hints.ts';
import type { DeliveryFailure } from './lanes.ts';
import type { Session } from './session.ts';
import { firstEventSince } from './subscriptions.ts';

/** A Subscription as operators see it. */
export interface ListedSubscription {
  readonly id: string;
  /** The status that the server has decided on, also if it is not written yet. */
  readonly status: string;
  /** Of an error, and of an end. */
  readonly reason: string | null;
  /** Null if its rights are not known. */
  readonly client: string | null;
  /** JSON: client and person. */
  readonly owner: string | null;
  /** The last number that was given. */
  readonly numbered: number;
  /** The last number that its receiver has acknowledged; null without delivery. */
  readonly acknowledged: number | null;
  /** When the first event was stored that its receiver has not acknowledged; null if there is no such event, or it is no longer kept. */
  readonly behindSince: Date | null;
  /** Deliveries that failed since the last that did not, and since when. */
  readonly tries: number;
  readonly failing: Date | null;
  /** Of the last delivery. */
  readonly failure: DeliveryFailure | null;
  /** Since when an operator has its deliveries held back; null: they are not. */
  readonly paused: Date | null;
  readonly changed: Date;
}

type Row = Omit<ListedSubscription, 'numbered' | 'acknowledged' | 'failure'> & {
  readonly numbered: string;
  readonly acknowledged: string | null;
  readonly failure: string | null;
};

/**
 * The last changed first, including those that are off.
 * @param o.id only this one
 * @param o.first `waiting`: first those with waiting events, the oldest event first
 */
export async function listSubscriptions(
  sql: Session,
  most: number,
  { id, first }: { readonly id?: string | undefined; readonly first?: 'waiting' } = {},
): Promise<ListedSubscription[]> {
  const rows = await sql<Row[]>`
    select s.id, coalesce(s.wanted, s.status) as status, s.reason, r.client, s.owner, s.numbered::text, l.acknowledged::text,
      e.stored as "behindSince", coalesce(l.tries, 0) as tries, l.failing, l.failure, l.paused,
      s.changed
    from fhir.subscription s
    left join fhir.subscription_request r on r.id = s.request
    left join fhir.lane l on l.subscription = s.id
    left join fhir.event e on e.subscription = s.id and e.number = l.acknowledged + 1
    where ${id ?? null}::text is null or s.id = ${id ?? null}
    order by case when ${first === 'waiting'}::boolean then e.stored end nulls last, s.changed desc, s.id limit ${most}::int`;
  return rows.map((row) => ({
    ...row,
    numbered: Number(row.numbered),
    acknowledged: row.acknowledged === null ? null : Number(row.acknowledged),
    failure: row.failure === null ? null : (JSON.parse(row.failure) as DeliveryFailure),
  }));
}

/** The number from which events are sent again, or the possible numbers; undefined if there are no events. */
export type Replayed =
  { readonly from: number } | 'unknown' | 'none' | { readonly first: number; readonly last: number } | undefined;

/**
 * Resets the deliveries of a Subscription, so that events from a number on are sent again. A node that is delivering for it loses that work: a
 * notification that it still sends does not count as delivered.
 * @param since a number, or a time, which stands for the first event since then
 * @returns `unknown` if the subscription has no delivery; `none` if no event of that time or later is kept
 */
export async function replaySubscription(sql: Session, id: string, since: number | Date): Promise<Replayed> {
  const from = since instanceof Date ? (await firstEventSince(sql, id, since))?.number : since;
  const number = from === undefined ? null : String(from);
  const [lane] = await sql<{ first: string | null; last: string; moved: boolean }[]>`
    with kept as (
      select l.subscription, l.acknowledged, (
        select min(e.number) from fhir.event e where e.subscription = l.subscription) as first
      from fhir.lane l where l.subscription = ${id} for update of l
    ), moved as (
      update fhir.lane l set acknowledged = ${number}::bigint - 1, woken = l.woken + 1, due = clock_timestamp(), tries = 0, failing = null, failure = null, rests = null,
        holder = null, lease = '-infinity', epoch = l.epoch + 1
      from kept k
      where l.subscription = k.subscription and ${number}::bigint between k.first and k.acknowledged
      returning 1
    )
    select first::text, acknowledged::text as last, exists (select from moved) as moved from kept`;
  if (lane === undefined) return 'unknown';
  if (from === undefined) return 'none';
  if (lane.moved) {
    await hint(sql, 'dhp lanes');
    return { from };
  }
  const [first, last] = [Number(lane.first), Number(lane.last)];
  return lane.first === null || first > last ? undefined : { first, last };
}

/**
 * Pauses the deliveries of a Subscription until `resumeSubscription`, also if it is requested again. Events are still numbered, and kept as long as
 * others. A node that is delivering for it loses that work: a notification that it still sends is sent again after the pause.
 * @returns whether it was not paused before; undefined if it has no delivery
 */
export async function pauseSubscription(sql: Session, id: string): Promise<boolean | undefined> {
  const [lane] = await sql<{ before: boolean }[]>`
    with before as (
      select subscription, paused from fhir.lane where subscription = ${id} for update
    )
    update fhir.lane l set paused = coalesce(l.paused, clock_timestamp()), holder = null, lease = '-infinity', epoch = l.epoch + 1
    from before b where l.subscription = b.subscription
    returning b.paused is not null as before`;
  return lane && !lane.before;
}

/**
 * Resumes deliveries behind the acknowledged events, at once: earlier failures are forgotten.
 * @returns whether it was paused; undefined if it has no delivery
 */
export async function resumeSubscription(sql: Session, id: string): Promise<boolean | undefined> {
  const [lane] = await sql<{ resumed: boolean }[]>`
    with resumed as (
      update fhir.lane set paused = null, woken = woken + 1, due = clock_timestamp(), tries = 0, failing = null, failure = null
      where subscription = ${id} and paused is not null
      returning 1
    )
    select exists (select from resumed) as resumed from fhir.lane where subscription = ${id}`;
  if (lane?.resumed === true) await hint(sql, 'dhp lanes');
  return lane?.resumed;
}

/** Totals over all subscriptions. */
export interface SubscriptionFigures {
  /** Those whose events are numbered, and among them those in error. */
  readonly live: number;
  readonly failed: number;
  /** Lanes with events that their receivers have not taken, and lanes whose last delivery failed; of subscriptions that are not in error. */
  readonly behind: number;
  readonly failing: number;
  /** Seconds since the oldest event was stored that such a receiver has not acknowledged; 0 if there is no such event. */
  readonly oldest: number;
  /** Whether a server reads the changes for them. */
  readonly isRead: boolean;
}

export async function subscriptionFigures(sql: Session): Promise<SubscriptionFigures> {
  const [row] = await sql<SubscriptionFigures[]>`
    with live as materialized (
      select s.id, s.numbered, coalesce(s.wanted, s.status) as status from fhir.subscription s
      where s.status in ('requested', 'active', 'error') and coalesce(s.wanted, s.status) <> 'off'
    ), lanes as materialized (
      select l.subscription, l.acknowledged, l.tries, s.numbered from fhir.lane l join live s on s.id = l.subscription
      where s.status <> 'error'
    )
    select (select count(*)::int from live) as live, (select count(*)::int from live where status = 'error') as failed,
      (select count(*)::int from lanes where acknowledged < numbered) as behind,
      (select count(*)::int from lanes where tries > 0) as failing,
      (select coalesce(extract(epoch from clock_timestamp() - min(e.stored)), 0)::float8
        from lanes l join fhir.event e on e.subscription = l.subscription and e.number = l.acknowledged + 1) as oldest,
      coalesce((select lease >= clock_timestamp() from fhir.event_reader where one and holder is not null), false) as "isRead"`;
  return row!;
}
