/** Subscriptions, their events and deliveries, for verification: each with the row that it is about. */
import { firstUnseen } from '../commit-order/transactions.ts';
import { reportType } from './reported-events.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';
import { typesByNumber } from './verify-strays.ts';

/** A row of a subscription that is not as it must be. */
export interface WrongSubscription {
  /** Whether there is a Subscription of this id. */
  readonly isKnown: boolean;
  readonly id: string;
  /** Tables whose rows are wrong. */
  readonly tables: readonly string[];
}

/** Rows of one step. */
const most = 2_000;

/** @returns the id of the last one examined; undefined if there are no more */
export async function wrongSubscriptions(
  sql: Session,
  behind: string,
): Promise<{ last: string | undefined; wrong: WrongSubscription[] }> {
  const rows = await sql<(WrongSubscription & { readonly last: string })[]>`
    with page as materialized (
      select id from (select id from fhir.subscription union select subscription from fhir.lane) s
      where id > ${behind}::text collate "C" order by id limit ${most}::int
    ), compared as (
      select p.id, r.ver is not null as "isKnown", array_remove(array[
        case when s.id is not null and (r.ver is null or s.ver > r.ver) then 'subscription' end,
        case when l.subscription is not null and (s.id is null or l.acknowledged > s.numbered) then 'lane' end], null) as tables
      from page p
      left join fhir.subscription s on s.id = p.id
      left join fhir.lane l on l.subscription = p.id
      left join lateral (
        select r.ver from fhir.identity d join fhir.resource r on r.rid = d.rid and r.shard = d.shard
        where d.ty = array_position(string_to_array(${typesByNumber}, ','), 'Subscription') - 1 and d.id = p.id) r on true
    )
    select c.id, c."isKnown", c.tables, (select max(id) from page) as last
    from compared c where c.tables <> '{}' or c.id = (select max(id) from page) order by c.id`;
  return { last: rows.at(-1)?.last, wrong: rows.filter(({ tables }) => tables.length > 0) };
}

/**
 * Faults of an event: `stray`: of no subscription, or with a number that it never gave; `version`: its version does not exist; `gap`: the previous
 * event is missing.
 */
export type EventFault = 'stray' | 'version' | 'gap';

export interface WrongEvent {
  readonly subscription: string;
  readonly isKnown: boolean;
  readonly number: string;
  readonly fault: EventFault;
}

/**
 * Events expire by their age, the oldest first: if one is missing after an event younger than half a day, it cannot have expired.
 * @returns the last one examined; undefined if there are no more
 */
export async function wrongEvents(
  sql: Session,
  behind: readonly [subscription: string, number: string],
): Promise<{ last: readonly [string, string] | undefined; wrong: WrongEvent[] }> {
  const rows = await sql<(Omit<WrongEvent, 'fault'> & { readonly fault: EventFault | null })[]>`
    with page as materialized (
      select * from fhir.event where (subscription, number) > (${behind[0]}::text collate "C", ${behind[1]}::bigint)
      order by subscription, number limit ${most}::int
    ), compared as (
      select e.subscription, e.number, s.id is not null as "isKnown", case
        when s.id is null or e.number > s.numbered then 'stray'
        when case when e.type = ${reportType}
          then not exists (select from fhir.reported_event r where r.id::text = e.id)
          else not exists (
            select from fhir.identity d join fhir.resource r on r.rid = d.rid and r.shard = d.shard
            where d.ty = array_position(string_to_array(${typesByNumber}, ','), e.type) - 1 and d.id = e.id and r.ver >= e.ver) end
          then 'version'
        when before.number < e.number - 1 and before.stored > clock_timestamp() - interval '12 hours' then 'gap' end as fault
      from page e
      left join fhir.subscription s on s.id = e.subscription
      left join lateral (
        select b.number, b.stored from fhir.event b
        where b.subscription = e.subscription and b.number < e.number order by b.number desc limit 1) before on true
    )
    select subscription, "isKnown", number::text, fault from compared order by subscription, compared.number`;
  const last = rows.at(-1);
  return {
    last: last && [last.subscription, last.number],
    wrong: rows.flatMap(({ fault, ...rest }) => (fault === null ? [] : [{ ...rest, fault }])),
  };
}

/** Whether the run of the server that executes the statement is noted with a number before its transactions; true if no run is noted. */
export async function isRunInOrder(sql: Session): Promise<boolean> {
  const [row] = await sql<{ ok: boolean }[]>`
    select coalesce(bool_and(first <= ${firstUnseen(sql)}), true) as ok from fhir.server_run where server = ${serverName(sql)}`;
  return row!.ok;
}
