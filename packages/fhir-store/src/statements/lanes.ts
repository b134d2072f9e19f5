/** Lanes: the delivery progress of each subscription, its holder, and the time of the next delivery. */
import { hint } from './hints.ts';
import type { Session } from './session.ts';

/** A lane held by a holder, whose writes are refused once another holder has it. */
export interface Lane {
  readonly subscription: string;
  readonly holder: string;
  readonly epoch: string;
  readonly acknowledged: number;
  readonly numbered: number;
  readonly woken: string;
  readonly tries: number;
  /** Seconds for which it has failed; null: it has not. */
  readonly failing: number | null;
  /** Null for a subscription that is off. */
  readonly request: string | null;
  readonly status: string;
}

/**
 * True if nobody holds it. A lease longer than any lease given is from before the clock was set back: its holder extends it again, or no longer
 * exists.
 */
export function isFree(sql: Session): ReturnType<Session> {
  return sql`(lease < clock_timestamp() or lease > clock_timestamp() + interval '15 minutes')`;
}

type Row = Omit<Lane, 'acknowledged' | 'numbered' | 'holder'> & {
  readonly acknowledged: string;
  readonly numbered: string;
};

/**
 * Takes lanes that are due and not paused, first those that have not failed; lanes that another server takes at this moment are skipped.
 * @param most of all, and of those that have failed
 * @param lease milliseconds
 */
export async function claimLanes(
  sql: Session,
  holder: string,
  most: { readonly all: number; readonly failing: number },
  lease: number,
): Promise<Lane[]> {
  const rows = await sql<Row[]>`
    with sound as materialized (
      select subscription, due from fhir.lane
      where due <= clock_timestamp() and ${isFree(sql)} and tries = 0 and paused is null
      order by due limit ${most.all} for update skip locked
    ), failing as materialized (
      select subscription, due from fhir.lane
      where due <= clock_timestamp() and ${isFree(sql)} and tries > 0 and paused is null
      order by due limit ${most.failing} for update skip locked
    )
    update fhir.lane l set holder = ${holder}::uuid, epoch = l.epoch + 1, lease = clock_timestamp() + ${lease}::int * interval '1 ms'
    from fhir.subscription s
    where s.id = l.subscription and l.subscription in (
      select c.subscription from (select *, 0 as nth from sound union all select *, 1 from failing) c
      order by c.nth, c.due limit ${most.all})
    returning l.subscription, l.epoch::text, l.acknowledged::text, s.numbered::text, l.woken::text, l.tries,
      date_part('epoch', clock_timestamp() - l.failing)::float8 as failing, s.request::text,
      coalesce(s.wanted, s.status) as status`;
  return rows.map((row) => ({
    ...{ ...row, holder },
    acknowledged: Number(row.acknowledged),
    numbered: Number(row.numbered),
  }));
}

/** How a lane continues: the last number that was taken, and seconds. */
export interface PassedLane {
  readonly acknowledged: number;
  readonly seconds: number | undefined;
  readonly rest?: number;
  readonly isSent?: boolean;
}

/**
 * Returns lanes after the receiver acknowledged, or if nothing was to be sent. `seconds`: after which a lane is due, unless there is work before;
 * undefined: only when there is work. `rest`: seconds before which it is not due, whatever work there is, unless it is requested again: a new request
 * does not wait for the rest of an earlier one. `isSent` false: nothing was sent, and the failure of the last delivery is kept.
 * @returns for each whether it will be due; true if it was no longer the holder's
 */
export async function passLanes(
  sql: Session,
  passed: readonly (readonly [lane: Lane, how: PassedLane])[],
): Promise<boolean[]> {
  const rows = passed.map(([lane, { acknowledged, seconds = null, rest = 0, isSent = true }]) => {
    const { subscription, holder, epoch, woken, request, numbered } = lane;
    const more = acknowledged < numbered;
    return { subscription, holder, epoch, woken, request, acknowledged, more, seconds, rest, sent: isSent };
  });
  // Locked in the order that all statements for several lanes use.
  const done = await sql<{ subscription: string; epoch: string; isDue: boolean }[]>`
    with p as materialized (
      select p.*, interval '1 second' * p.rest * (s.request is not distinct from p.request)::int as rested
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as p (subscription text, holder uuid, epoch bigint, woken bigint,
        request uuid, acknowledged bigint, more boolean, seconds float8, rest float8, sent boolean)
      join fhir.subscription s on s.id = p.subscription
    ), held as materialized (
      select l.subscription from fhir.lane l where l.subscription in (select subscription from p) order by l.subscription for update
    )
    update fhir.lane l set acknowledged = greatest(l.acknowledged, p.acknowledged), tries = 0, failing = null,
      failure = case when p.sent then null else l.failure end, holder = null, lease = '-infinity', rests = clock_timestamp() + p.rested,
      due = greatest(clock_timestamp() + p.rested, case
        when l.woken <> p.woken or p.more then clock_timestamp()
        when p.seconds is null then 'infinity'
        else clock_timestamp() + p.seconds * interval '1 second' end)
    from p join held h on h.subscription = p.subscription
    where l.subscription = p.subscription and l.holder = p.holder and l.epoch = p.epoch
    returning l.subscription, l.epoch::text, l.due < 'infinity' as "isDue"`;
  const found = new Map(done.map(({ subscription, epoch, isDue }) => [`${subscription} ${epoch}`, isDue]));
  return passed.map(([{ subscription, epoch }]) => found.get(`${subscription} ${epoch}`) ?? true);
}

/** The failure of a delivery: a code for programs, and a sentence without the full stop. */
export interface DeliveryFailure {
  readonly code: string;
  readonly text: string;
}

/**
 * Returns a lane after a failure.
 * @param seconds before the next attempt; undefined: none before it is requested again
 * @param failure undefined: the server itself failed, and the last failure of the receiver is kept
 * @returns whether it was still the holder's
 */
export async function failLane(
  sql: Session,
  lane: Lane,
  seconds: number | undefined,
  failure?: DeliveryFailure,
): Promise<boolean> {
  const rows = await sql`
    update fhir.lane set tries = tries + 1, failing = coalesce(failing, clock_timestamp()),
      failure = coalesce(${failure === undefined ? null : JSON.stringify(failure)}::text, failure), holder = null, lease = '-infinity',
      due = case when ${seconds ?? null}::float8 is null then 'infinity' else clock_timestamp() + ${seconds ?? 0}::float8 * interval '1 second' end
    where subscription = ${lane.subscription} and holder = ${lane.holder}::uuid and epoch = ${lane.epoch}::bigint
    returning 1`;
  return rows.length > 0;
}

/** The number of lanes that are read: lanes now held are due, too, and come first. */
const mostLooked = 200;

/** Seconds until a lane may be taken, by its due time and its lease; undefined if no lane will be due. */
export async function nextLaneDue(sql: Session): Promise<number | undefined> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select date_part('epoch', min(greatest(l.due, l.lease)) - clock_timestamp())::float8 as seconds
    from (select due, lease from fhir.lane where due < 'infinity' and paused is null order by due limit ${mostLooked}) l`;
  return row?.seconds ?? undefined;
}

/**
 * Makes lanes due that wait longer than any delay that is set (an hour after a failure, a day for heartbeats and mails): the clock of the database was
 * set back since, or was ahead when the delay was set.
 */
export async function releaseLanes(sql: Session): Promise<void> {
  const rows = await sql`
    update fhir.lane set due = least(due, clock_timestamp()), rests = null
    where due < 'infinity' and (rests > clock_timestamp() + interval '25 hours'
      or due > clock_timestamp() + case when tries > 0 then interval '2 hours' else interval '25 hours' end)
    returning 1`;
  if (rows.length > 0) await hint(sql, 'dhp lanes');
}

/**
 * Extends the leases of lanes in work. Other lanes of the same holder, which it could not return while the database was down, expire.
 * @param lease milliseconds
 */
export async function keepLanes(sql: Session, lanes: readonly Lane[], lease: number): Promise<void> {
  const rows = lanes.map(({ subscription, holder, epoch }) => ({ subscription, holder, epoch }));
  await sql`
    with held as materialized (
      select l.subscription from fhir.lane l
      join jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as k (subscription text, holder uuid, epoch bigint)
        on k.subscription = l.subscription and k.holder = l.holder and k.epoch = l.epoch
      where l.lease >= clock_timestamp() order by l.subscription for update of l
    )
    update fhir.lane l set lease = clock_timestamp() + ${lease}::int * interval '1 ms'
    from held h where l.subscription = h.subscription`;
}

/** Returns a lane unchanged. */
export async function leaveLane(sql: Session, lane: Lane): Promise<void> {
  await sql`
    update fhir.lane set holder = null, lease = '-infinity'
    where subscription = ${lane.subscription} and holder = ${lane.holder}::uuid and epoch = ${lane.epoch}::bigint`;
}

/** How far the deliveries of a Subscription are, for its owner. */
export interface Delivery {
  readonly id: string;
  /** The last number that its receiver has taken. */
  readonly acknowledged: number;
  /** When the first event was stored that its receiver has not acknowledged; null if there is no such event, or it is no longer kept. */
  readonly waiting: Date | null;
  /** Null if nothing is to be sent. */
  readonly due: Date | null;
  readonly tries: number;
  readonly failing: Date | null;
  readonly failure: DeliveryFailure | null;
  readonly paused: Date | null;
}

/** In no order; subscriptions without delivery are left out. */
export async function selectDeliveries(sql: Session, ids: readonly string[]): Promise<Delivery[]> {
  const rows = await sql<
    (Omit<Delivery, 'acknowledged' | 'failure'> & { acknowledged: string; failure: string | null })[]
  >`
    select l.subscription as id, l.acknowledged::text, e.stored as waiting, case when l.due < 'infinity' then l.due end as due,
      l.tries, l.failing, l.failure, l.paused
    from fhir.lane l
    left join fhir.event e on e.subscription = l.subscription and e.number = l.acknowledged + 1
    where l.subscription = any(${ids}::text[])`;
  return rows.map(({ acknowledged, failure, ...row }) => ({
    ...row,
    acknowledged: Number(acknowledged),
    failure: failure === null ? null : (JSON.parse(failure) as DeliveryFailure),
  }));
}
