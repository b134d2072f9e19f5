/** Records of one patient, or of all, the newest first. */
import type { Sql } from '@dhp/postgres';
import type { SealedRecord } from '@dhp/trail';
import { byteArray, numberOf, textOf, type Column } from './columns.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** A record with its time, and its place in the order of the chain. */
export interface StoredRecord extends SealedRecord {
  readonly transactionId: string;
  readonly id: string;
}

/** A list, by the pseudonym under which its records are found, with the numbers of files. */
export interface ListAsked {
  readonly pseudonym: Buffer;
  readonly files: readonly number[];
}

export interface RecordsAsked {
  /** The pseudonym of the patient; undefined: records of all patients, and without a patient. */
  readonly patient: Buffer | undefined;
  /** Lists that contain the patient: their records are included, except those of files without the patient. */
  readonly lists?: readonly ListAsked[] | undefined;
  /** Milliseconds since 1970: from this time on, and before that one. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Only records behind this one: the last one of the previous page. */
  readonly before?: Pick<StoredRecord, 'recorded' | 'transactionId' | 'id'> | undefined;
  /** Only this record. */
  readonly at?: Pick<StoredRecord, 'transactionId' | 'id'> | undefined;
  /** Only records whose content has one of the values, for each member. */
  readonly having?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly limit: number;
}

/** Members of the content that the summaries of ranges of a part include (`audit_record_agents`). */
const agents = ['person', 'user'] as const;
/** The newest records that are searched for an agent before all ranges with the agent are: agents now at work are found there. */
const mostNewest = 5_000;

/**
 * Records of one patient by time, as they are indexed; records of all in the order of the chain, which is the order of time except for
 * statements that waited. Records of an agent are looked up first among the newest ones, then in the ranges in which the agent occurs.
 */
export async function selectRecordsOf(sql: Sql, asked: RecordsAsked): Promise<StoredRecord[]> {
  const isByAgent = asked.patient === undefined && agents.some((member) => asked.having?.[member] !== undefined);
  if (!isByAgent) return recordsFrom(sql, asked, recordsWithin(sql, asked));
  const { having: _, ...anybody } = asked;
  const newest = sql`
    select r.* from (${recordsWithin(sql, { ...anybody, limit: mostNewest })}) r
    where ${conditionOf(sql, asked)} order by r.transaction_id desc, r.id desc limit ${asked.limit}`;
  const found = await recordsFrom(sql, asked, newest);
  if (found.length === asked.limit) return found;
  return sql.begin(async (session) => {
    // The planner expects a summary to lead to nearly all pages, since agents are in no order.
    await session`set local enable_seqscan = off`;
    const all = session`
      with own as materialized (select * from fhir.audit_record r where ${conditionOf(session, asked)})
      select * from own r order by r.transaction_id desc, r.id desc limit ${asked.limit}`;
    return recordsFrom(session, asked, all);
  });
}

function orderOf(sql: Session, { patient }: RecordsAsked): Fragment {
  return patient === undefined
    ? sql`r.transaction_id desc, r.id desc`
    : sql`r.recorded desc, r.transaction_id desc, r.id desc`;
}

function recordsWithin(sql: Session, asked: RecordsAsked): Fragment {
  return sql`
    select * from fhir.audit_record r where ${conditionOf(sql, asked)} order by ${orderOf(sql, asked)} limit ${asked.limit}`;
}

async function recordsFrom(sql: Session, asked: RecordsAsked, records: Fragment): Promise<StoredRecord[]> {
  const rows = await sql`
    select (date_part('epoch', r.recorded) * 1000)::bigint, r.transaction_id::text, r.id::text, encode(r.patient, 'base64'),
           r.content, r.key_id::text, encode(r.sealed, 'base64'), encode(r.digest, 'base64'), encode(k.sealed, 'base64')
    from (${records}) r
    left join fhir.audit_key k on k.key_id = r.key_id
    order by ${orderOf(sql, asked)}`.raw();
  return (rows as unknown as Column[][]).map(([recorded, transactionId, id, patient, content, keyId, ...bytes]) => {
    const [sealed, digest, key] = bytes;
    return {
      recorded: numberOf(recorded),
      transactionId: textOf(transactionId),
      id: textOf(id),
      patient: patient === null ? undefined : bytesOf(patient),
      content: textOf(content),
      keyId: textOf(keyId),
      sealed: bytesOf(sealed),
      digest: bytesOf(digest),
      key: key === null ? undefined : bytesOf(key),
    };
  });
}

/** Of a text in base64. */
function bytesOf(column: Column | undefined): Buffer {
  return Buffer.from(textOf(column), 'base64');
}

/** The clear parts of the records of one request, the oldest first: none of it identifies a patient. All records since a time are read. */
export async function contentsOfRequest(
  sql: Session,
  { request, since, limit }: { readonly request: string; readonly since: number; readonly limit: number },
): Promise<{ recorded: number; content: string }[]> {
  const rows = await sql<{ recorded: string; content: string }[]>`
    select ((date_part('epoch', r.recorded) * 1000)::bigint)::text as recorded, r.content
    from fhir.audit_record r
    where ${conditionOf(sql, { patient: undefined, since, having: { request: [request] }, limit })}
      and strpos(r.content, ${request}) > 0
    order by r.transaction_id, r.id limit ${limit}`;
  return rows.map(({ recorded, content }) => ({ recorded: Number(recorded), content }));
}

/** A record of a list names its file in clear; a record without a file is about all of them. */
function ofPatient(sql: Session, patient: Buffer, lists: readonly ListAsked[]): Fragment {
  if (lists.length === 0) return sql`r.patient = ${patient}`;
  const pseudonyms = lists.map(({ pseudonym }) => pseudonym);
  const files = JSON.stringify(lists.map((list) => list.files));
  return sql`r.patient = any(${byteArray([patient, ...pseudonyms])}::bytea[])
    and (r.patient = ${patient} or r.content::jsonb #> '{list,file}' is null
         or exists (select from unnest(${byteArray(pseudonyms)}::bytea[]) with ordinality as l (pseudonym, n)
                    where l.pseudonym = r.patient
                      and ${files}::text::jsonb -> (l.n - 1)::int @> (r.content::jsonb #> '{list,file}')))`;
}

function conditionOf(
  sql: Session,
  { patient, lists = [], since, until, before, at, having = {} }: RecordsAsked,
): Fragment {
  const time = (value: number): Fragment => sql`to_timestamp(${value}::bigint / 1e3::float8)`;
  const place = ({ transactionId, id }: Pick<StoredRecord, 'transactionId' | 'id'>): Fragment =>
    sql`${transactionId}::text::xid8, ${id}::text::bigint`;
  let condition = patient === undefined ? sql`true` : ofPatient(sql, patient, lists);
  if (since !== undefined) condition = sql`${condition} and r.recorded >= ${time(since)}`;
  if (until !== undefined) condition = sql`${condition} and r.recorded < ${time(until)}`;
  if (at !== undefined) condition = sql`${condition} and (r.transaction_id, r.id) = (${place(at)})`;
  if (before !== undefined && patient !== undefined)
    condition = sql`${condition} and r.recorded <= ${time(before.recorded)}
      and (r.recorded, r.transaction_id, r.id) < (${time(before.recorded)}, ${place(before)})`;
  else if (before !== undefined) condition = sql`${condition} and (r.transaction_id, r.id) < (${place(before)})`;
  for (const [member, values] of Object.entries(having))
    condition = sql`${condition} and ${summaryOf(sql, member, values)} r.content::jsonb ->> ${member}::text = any(${values}::text[])`;
  return condition;
}

/** The expression of the index, written exactly as there. */
function summaryOf(sql: Session, member: string, values: readonly string[]): Fragment {
  if (member === 'person')
    return sql`split_part(split_part(r.content, '"person":"', 2), '"', 1) = any(${values}::text[]) and`;
  if (member === 'user')
    return sql`split_part(split_part(r.content, '"user":"', 2), '"', 1) = any(${values}::text[]) and`;
  return sql``;
}
