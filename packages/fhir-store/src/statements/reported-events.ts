/** Events that applications report: each once, at its place in the order of commits. docs/decisions/0125-reported-events.md */
import { randomUUID } from 'node:crypto';
import { lastOf, type Position } from '../commit-order/position.ts';
import { thisTransaction } from '../commit-order/transactions.ts';
import { hint } from './hints.ts';
import type { Session } from './session.ts';

/** An event as a client reports it. */
export interface ReportedEvent {
  /** The client's own name for it. */
  readonly key: string;
  readonly system: string;
  readonly code: string;
  /** The version that it is about. */
  readonly type: string;
  readonly focus: string;
  readonly ver: number;
}

export interface StoredReport extends ReportedEvent {
  readonly id: string;
  readonly happened: Date;
}

/** A report with its place: behind all that its transaction has stored. */
export interface PlacedReport extends StoredReport {
  readonly position: Position;
}

/** Takes the place of a type in events of reports, which have no version. */
export const reportType = 'reported-event';

/**
 * Stores an event, once for each key of a client.
 * @returns the event, and whether this call has stored it; an earlier one has the values reported then
 */
export async function insertReport(
  sql: Session,
  client: string,
  { key, system, code, type, focus, ver }: ReportedEvent,
): Promise<{ readonly stored: StoredReport; readonly isNew: boolean }> {
  const [fresh] = await sql<StoredReport[]>`
    insert into fhir.reported_event (id, client, key, txid, system, code, type, focus, ver)
    values (${randomUUID()}::uuid, ${client}, ${key}, ${thisTransaction(sql)}, ${system}, ${code}, ${type}, ${focus}, ${ver})
    on conflict (client, key) do nothing
    returning id::text, key, system, code, type, focus, ver, happened`;
  if (fresh !== undefined) {
    await hint(sql, 'dhp writes');
    return { stored: fresh, isNew: true };
  }
  const [before] = await sql<StoredReport[]>`
    select id::text, key, system, code, type, focus, ver, happened from fhir.reported_event where client = ${client} and key = ${key}`;
  // It was swept in between: then there is room for it.
  return before === undefined
    ? insertReport(sql, client, { key, system, code, type, focus, ver })
    : { stored: before, isNew: false };
}

/**
 * The reports behind one position and up to another one, in their order. Transactions up to the latter must have ended: nothing appears before it any
 * more.
 * @param to included
 */
export async function readReports(
  sql: Session,
  { since, to, limit }: { readonly since: Position; readonly to: Position; readonly limit: number },
): Promise<PlacedReport[]> {
  const rows = await sql<(StoredReport & { readonly txid: string; readonly nth: number })[]>`
    select r.* from (
      select id::text, key, system, code, type, focus, ver, happened, txid::text,
        row_number() over (partition by txid order by id)::int as nth
      from fhir.reported_event where txid >= ${since.txid}::xid8 and txid <= ${to.txid}::xid8
      order by reported_event.txid, id limit ${limit + mostOfOne}
    ) r
    where (r.txid::xid8, ${lastRow}::bigint, r.nth) > (${since.txid}::xid8, ${since.rid}::bigint, ${since.ver}::int)
      and (r.txid::xid8, ${lastRow}::bigint, r.nth) <= (${to.txid}::xid8, ${to.rid}::bigint, ${to.ver}::int)
    order by r.txid::xid8, r.nth limit ${limit}`;
  return rows.map(({ txid, nth, ...report }) => ({ ...report, position: { txid, rid: Number(lastRow), ver: nth } }));
}

/** Behind the rows of versions. */
const lastRow = String(lastOf(0n).rid);
/** Reports of one transaction: each has its own, but in a database that was restored into another cluster. */
const mostOfOne = 1;

/** Reports since a time with one of some codings, the oldest first. @param codings each `system|code` */
export async function recentReports(
  sql: Session,
  { since, codings, limit }: { readonly since: Date; readonly codings: readonly string[]; readonly limit: number },
): Promise<StoredReport[]> {
  return sql<StoredReport[]>`
    select id::text, key, system, code, type, focus, ver, happened from fhir.reported_event
    where happened >= ${since.toISOString()}::timestamptz and system || '|' || code = any(${codings}::text[])
    order by happened, id limit ${limit}`;
}

/** The last of a client's keys with this beginning; undefined if there is no such key. */
export async function lastKey(sql: Session, client: string, beginning: string): Promise<string | undefined> {
  const [row] = await sql<{ key: string | null }[]>`
    select max(key) as key from fhir.reported_event where client = ${client} and key > ${beginning} and key < ${`${beginning}~`}`;
  return row?.key ?? undefined;
}

/** Removes reports whose events are no longer kept. @param days for which events are kept */
export async function sweepReports(sql: Session, days: number): Promise<void> {
  await sql`
    delete from fhir.reported_event where id in (
      select id from fhir.reported_event
      where happened < clock_timestamp() - 2 * ${days}::float8 * interval '1 day' order by happened limit 10000)`;
}
