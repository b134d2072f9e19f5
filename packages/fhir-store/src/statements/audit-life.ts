/** The life of the trail: its parts, and their removal and that of keys by an operator. For the owner of the tables. */
import type { Sql } from '@dhp/postgres';
import type { SignedAct } from '@dhp/trail/acts';
import type { Place } from './audit-heads.ts';
import { numberOf, type Column } from './columns.ts';
import type { Session } from './session.ts';

/** A part of the trail: the records of a month. */
export interface Part {
  /** Its first day, `2026-01-01`. */
  readonly month: string;
  /** Name of its table in the schema fhir_audit. */
  readonly table: string;
  /** Its removal was begun, and has not ended. */
  readonly isLeaving: boolean;
  /** It is no part any more, and its table is still there. */
  readonly isApart: boolean;
}

/** Tables that have a part for each month: records, and rows of lists of patients. */
type Parted = 'audit_record' | 'audit_listed';

/** The oldest first. */
export async function selectParts(sql: Session, of: Parted = 'audit_record'): Promise<Part[]> {
  const rows = await sql<{ name: string; pending: boolean | null }[]>`
    select c.relname as name, i.inhdetachpending as pending
    from pg_catalog.pg_class c
    left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and i.inhparent = ${`fhir.${of}`}::text::regclass
    where c.relnamespace = 'fhir_audit'::regnamespace and c.relkind = 'r' and c.relname ~ ${`^${of}_[0-9]{6}$`}
    order by c.relname`;
  return rows.map(({ name, pending }) => ({
    month: `${name.slice(-6, -2)}-${name.slice(-2)}-01`,
    table: name,
    isLeaving: pending === true,
    isApart: pending === null,
  }));
}

/** Held until the end of the session's transaction: one operator at a time. */
export async function lockLife(sql: Session): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('fhir audit life', 0))`;
}

export async function selectActs(sql: Session): Promise<SignedAct[]> {
  return sql<SignedAct[]>`select statement, signature from fhir.audit_act order by id`;
}

export async function insertAct(sql: Session, { statement, signature }: SignedAct, number: number): Promise<void> {
  await sql`insert into fhir.audit_act (id, statement, signature) values (${number}, ${statement}, ${signature})`;
}

/** The position of the first head at or behind a place. */
export async function positionOver(
  sql: Session,
  { transactionId, id }: { readonly transactionId: string; readonly id: string },
): Promise<number | undefined> {
  const [row] = await sql<{ position: string }[]>`
    select h.position::text from fhir.audit_head h
    where (h.transaction_id, h.id) >= (${transactionId}::text::xid8, ${id}::text::bigint)
    order by h.transaction_id, h.id limit 1`;
  return row && Number(row.position);
}

/** How many records of a part each head covers. */
export interface Covered {
  readonly position: number;
  readonly records: number;
  readonly ofPart: number;
}

/** The heads that cover records of a part, in order. @param o.after a position */
export async function selectHeadsOver(
  sql: Session,
  { table, after, limit }: { readonly table: string; readonly after: number; readonly limit: number },
): Promise<Covered[]> {
  const part = sql`fhir_audit.${sql(table)}`;
  const rows = await sql`
    with heads as (
      select h.position, h.records, h.transaction_id, h.id, b.transaction_id as from_transaction, b.id as from_id
      from fhir.audit_head h left join fhir.audit_head b on b.position = h.position - 1
      where h.position > ${after}
        and (h.transaction_id, h.id) >= (select f.transaction_id, f.id from ${part} f order by 1, 2 limit 1)
        and (b.id is null
             or (b.transaction_id, b.id) < (select l.transaction_id, l.id from ${part} l order by 1 desc, 2 desc limit 1))
      order by h.position limit ${limit}
    )
    select h.position::text, h.records::text,
           (select count(*) from ${part} r
            where (r.transaction_id, r.id) <= (h.transaction_id, h.id)
              and (h.from_id is null or (r.transaction_id, r.id) > (h.from_transaction, h.from_id)))::text
    from heads h order by h.position`.raw();
  return (rows as unknown as Column[][]).map(([position, records, ofPart]) => ({
    position: numberOf(position),
    records: numberOf(records),
    ofPart: numberOf(ofPart),
  }));
}

/** How many records of a part there are, and whether a head covers the last one. */
export async function sizeOfPart(sql: Session, table: string): Promise<{ records: number; isCovered: boolean }> {
  const part = sql`fhir_audit.${sql(table)}`;
  const [row] = await sql<{ records: string; covered: boolean }[]>`
    select (select count(*) from ${part})::text as records,
           not exists (
             select from (select l.transaction_id, l.id from ${part} l order by 1 desc, 2 desc limit 1) last
             where not exists (
               select from fhir.audit_head h where (h.transaction_id, h.id) >= (last.transaction_id, last.id))) as covered`;
  return { records: Number(row!.records), isCovered: row!.covered };
}

/** How many records there are, of a part or of all, up to one of them where it is given. */
export async function countRecords(sql: Session, table: string | undefined, upTo?: Place): Promise<number> {
  const end =
    upTo === undefined
      ? sql`true`
      : sql`(r.transaction_id, r.id) <= (${upTo.transactionId}::text::xid8, ${upTo.id}::text::bigint)`;
  const [row] = await sql<{ n: string }[]>`select count(*)::text as n from ${tableOf(sql, table)} r where ${end}`;
  return Number(row!.n);
}

/** The last record in the order of the chain, of a part or of all. */
export async function lastRecord(sql: Session, table: string | undefined): Promise<Place | undefined> {
  const [row] = await sql<Place[]>`
    select r.transaction_id::text as "transactionId", r.id::text as id from ${tableOf(sql, table)} r
    order by r.transaction_id desc, r.id desc limit 1`;
  return row;
}

function tableOf(sql: Session, table: string | undefined): ReturnType<Session> {
  return table === undefined ? sql`fhir.audit_record` : sql`fhir_audit.${sql(table)}`;
}

/** The records under a head that are in the database, in their order, and whether each is of a part. */
export async function selectUnderHead(
  sql: Session,
  { position, month }: { readonly position: number; readonly month: string },
): Promise<{ readonly digest: Buffer; readonly isOfPart: boolean }[]> {
  return sql<{ digest: Buffer; isOfPart: boolean }[]>`
    select r.digest, r.recorded >= (${month}::text::date at time zone 'UTC')
           and r.recorded < ((${month}::text::date + interval '1 month') at time zone 'UTC') as "isOfPart"
    from fhir.audit_head h
    left join fhir.audit_head b on b.position = h.position - 1
    join fhir.audit_record r on (r.transaction_id, r.id) <= (h.transaction_id, h.id)
      and (b.id is null or (r.transaction_id, r.id) > (b.transaction_id, b.id))
    where h.position = ${position}
    order by r.transaction_id, r.id`;
}

/**
 * Removes a part from the trail while records are written, without blocking writers. It takes three statements, each of which may have been
 * done before an interruption.
 */
export async function dropPart(
  sql: Sql,
  { table, isLeaving, isApart }: Part,
  of: Parted = 'audit_record',
): Promise<void> {
  const [name, whole] = [sql`fhir_audit.${sql(table)}`, sql`fhir.${sql(of)}`];
  if (isLeaving) await sql`alter table ${whole} detach partition ${name} finalize`;
  else if (!isApart) await sql`alter table ${whole} detach partition ${name} concurrently`;
  await sql`drop table ${name}`;
}

/** @returns how many keys there were */
export async function deleteKeysOfMonth(sql: Session, month: string): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    with gone as (delete from fhir.audit_key where month = ${month}::text::date returning 1)
    select count(*)::int as n from gone`;
  return row!.n;
}

/** @returns their ids */
export async function deleteKeysOfPatient(sql: Session, patient: Buffer): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    delete from fhir.audit_key where patient = ${patient} returning key_id::text as id`;
  return rows.map(({ id }) => id);
}

/** Existing keys by their ids. */
export async function selectKeys(sql: Session, ids: readonly string[]): Promise<{ id: string; sealed: Buffer }[]> {
  if (ids.length === 0) return [];
  return sql<{ id: string; sealed: Buffer }[]>`
    select key_id::text as id, sealed from fhir.audit_key where key_id = any(${`{${ids.join(',')}}`}::uuid[])`;
}
