/** The chain of the trail: its records in the order of their commits, and the heads that cover them. */
import type { Sql } from '@dhp/postgres';
import type { RecordToVerify } from '@dhp/trail';
import type { Head } from '@dhp/trail/heads';
import { oldestOpen } from '../commit-order/transactions.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Makes the missing parts of the trail for the coming months. */
export async function prepareTrail(sql: Session): Promise<void> {
  await sql`select fhir.prepare_audit()`.raw();
}

/** Held until the end of the transaction: of several servers one makes heads. @returns false when another one does */
export async function lockTrail(sql: Session): Promise<boolean> {
  const [row] = await sql<{ locked: boolean }[]>`
    select pg_try_advisory_xact_lock(hashtextextended('fhir audit heads', 0)) as locked`;
  return row?.locked === true;
}

/** Place of a record in the order of the chain. */
export interface Place {
  readonly transactionId: string;
  readonly id: string;
}

export async function selectLastHead(sql: Session): Promise<Head | undefined> {
  const [row] = await sql<
    HeadRow[]
  >`select ${headColumns(sql)} from fhir.audit_head h order by h.position desc limit 1`;
  return row && headOf(row);
}

export async function selectHeads(sql: Session, after: number, limit: number): Promise<Head[]> {
  const rows = await sql<HeadRow[]>`
    select ${headColumns(sql)} from fhir.audit_head h where h.position > ${after} order by h.position limit ${limit}`;
  return rows.map(headOf);
}

/** The records behind a place, as far as their order is final: how many, their digests one behind the other, and the last one. */
export async function selectUncovered(
  sql: Session,
  after: Place | undefined,
  limit: number,
): Promise<{ records: number; digests: Buffer; last: Place } | undefined> {
  const [row] = await sql<{ records: number; digests: Buffer; last: string[] }[]>`
    with page as (
      select transaction_id, id, digest from fhir.audit_record
      where transaction_id < ${oldestOpen(sql)} and ${behind(sql, after)}
      order by transaction_id, id limit ${limit}
    )
    select count(*)::int as records, string_agg(digest, ''::bytea order by transaction_id, id) as digests,
           (select array[transaction_id::text, id::text] from page order by transaction_id desc, id desc limit 1) as last
    from page`;
  if (row === undefined || row.records === 0) return undefined;
  const [transactionId, id] = row.last as [string, string];
  return { records: row.records, digests: row.digests, last: { transactionId, id } };
}

/** Seconds since the oldest record without a head was written; 0 if all are covered. */
export async function selectUncoveredSeconds(sql: Session): Promise<number> {
  const [row] = await sql<{ seconds: number | null }[]>`
    with last as (select transaction_id, id from fhir.audit_head order by position desc limit 1)
    select extract(epoch from clock_timestamp() - (
      select r.recorded from fhir.audit_record r
      where (r.transaction_id, r.id) > (coalesce((select transaction_id from last), '0'), coalesce((select id from last), 0))
      order by r.transaction_id, r.id limit 1))::float8 as seconds`;
  return Math.max(0, row?.seconds ?? 0);
}

export async function insertHead(sql: Session, head: Head): Promise<void> {
  const { position, transactionId, id, records, total, root, made, tree, signature } = head;
  const nodes = tree === undefined ? null : Buffer.concat(tree.nodes);
  await sql`
    insert into fhir.audit_head (position, transaction_id, id, records, total, root, made, signature,
                                 tree_size, tree_root, tree_nodes)
    values (${position}, ${transactionId}::text::xid8, ${id}, ${records}, ${total}, ${root},
            to_timestamp(${made}::bigint / 1e3::float8), ${signature},
            ${tree?.size ?? null}, ${tree?.root ?? null}, ${nodes})`;
}

/** Heads at some positions, in order. */
export async function selectHeadsAt(sql: Session, positions: readonly number[]): Promise<Head[]> {
  if (positions.length === 0) return [];
  const rows = await sql<HeadRow[]>`
    select ${headColumns(sql)} from fhir.audit_head h where h.position = any(${`{${positions.join(',')}}`}::bigint[])
    order by h.position`;
  return rows.map(headOf);
}

/** A record as it is stored. */
export type RecordRow = Omit<RecordToVerify, 'hasKey'>;

/** The records behind a place, up to another one if it is given. @param o.table of one part of the trail; without it, of all parts */
export async function selectRecords(
  sql: Session,
  o: { after: Place | undefined; upTo: Place | undefined; limit: number; table?: string | undefined },
): Promise<RecordRow[]> {
  const { after, upTo, limit, table } = o;
  const from = table === undefined ? sql`fhir.audit_record` : sql`fhir_audit.${sql(table)}`;
  const end =
    upTo === undefined
      ? sql`true`
      : sql`(transaction_id, id) <= (${upTo.transactionId}::text::xid8, ${upTo.id}::text::bigint)`;
  const rows = await sql`
    select row(r.transaction_id, r.id, r.recorded, r.patient, r.content, r.key_id, r.sealed, r.digest)
    from ${from} r where ${behind(sql, after)} and ${end}
    order by r.transaction_id, r.id limit ${limit}`.binary();
  return (rows as unknown as [Buffer][]).map(([row]) => recordOf(row));
}

/** 1 January 2000, from which PostgreSQL counts microseconds, in milliseconds since 1970. */
const epoch = 946_684_800_000;

/**
 * A row in the binary form of PostgreSQL (record_send): the number of columns, and of each its type, its length and its bytes. As one column it is one
 * Buffer, where each column would be one.
 */
function recordOf(row: Buffer): RecordRow {
  let end = 4;
  const next = (): number => {
    const at = end + 8;
    const length = row.readInt32BE(end + 4);
    end = at + Math.max(0, length);
    return length < 0 ? -1 : at;
  };
  const [transaction, id, recorded, patient, patientEnd] = [next(), next(), next(), next(), end];
  const [content, contentEnd] = [next(), end];
  const key = next();
  const [sealed, sealedEnd] = [next(), end];
  const digest = next();
  return {
    transactionId: decimalOf(row, transaction, row.readUInt32BE(transaction)),
    id: decimalOf(row, id, row.readInt32BE(id)),
    recorded: Math.round((row.readInt32BE(recorded) * 2 ** 32 + row.readUInt32BE(recorded + 4)) / 1_000) + epoch,
    patient: patient < 0 ? undefined : row.subarray(patient, patientEnd),
    content: row.toString('utf8', content, contentEnd),
    keyId: uuidOf(row, key),
    sealed: row.subarray(sealed, sealedEnd),
    digest: row.subarray(digest, end),
  };
}

/** A whole number of 64 bits. @param high its upper half, with the sign of its type */
function decimalOf(bytes: Buffer, at: number, high: number): string {
  if (high >= 0 && high < 2 ** 21) return String(high * 2 ** 32 + bytes.readUInt32BE(at + 4));
  return String(high < 0 ? bytes.readBigInt64BE(at) : bytes.readBigUInt64BE(at));
}

const hexadecimal = Buffer.from('0123456789abcdef');
const uuid = Buffer.from('00000000-0000-0000-0000-000000000000');

/** Written into one buffer: a concatenated string would be flattened again at each comparison. */
function uuidOf(bytes: Buffer, from: number): string {
  let at = 0;
  for (let n = 0; n < 16; n += 1) {
    if (n === 4 || n === 6 || n === 8 || n === 10) at += 1;
    uuid[at++] = hexadecimal[bytes[from + n]! >> 4]!;
    uuid[at++] = hexadecimal[bytes[from + n]! & 15]!;
  }
  return uuid.toString('latin1');
}

function behind(sql: Session, place: Place | undefined): Fragment {
  if (place === undefined) return sql`true`;
  return sql`(transaction_id, id) > (${place.transactionId}::text::xid8, ${place.id}::text::bigint)`;
}

interface HeadRow {
  position: string;
  transaction_id: string;
  id: string;
  records: number;
  total: string;
  root: Buffer;
  made: string;
  signature: Buffer;
  tree_size: string | null;
  tree_root: Buffer | null;
  tree_nodes: Buffer | null;
}

/** Some have the name of the column that they are the text of: the table is to be ordered by, not they. */
function headColumns(sql: Session): Fragment {
  return sql`position::text, transaction_id::text, id::text, records, total::text, root,
             ((date_part('epoch', made) * 1000)::bigint)::text as made, signature,
             tree_size::text, tree_root, tree_nodes`;
}

function headOf({ position, transaction_id: transactionId, total, made, ...more }: HeadRow): Head {
  const { id, records, root, signature } = more;
  const numbers = { position: Number(position), total: Number(total), made: Number(made) };
  return { ...numbers, transactionId, id, records, root, signature, tree: treeOf(more) };
}

const hashLength = 32;

function treeOf({ tree_size: size, tree_root: root, tree_nodes: all }: Partial<HeadRow>): Head['tree'] {
  if (size === null || size === undefined) return undefined;
  const nodes = all ?? Buffer.alloc(0);
  const count = Math.floor(nodes.length / hashLength);
  return {
    ...{ size: Number(size), root: root ?? Buffer.alloc(0) },
    nodes: Array.from({ length: count }, (_, n) => nodes.subarray(n * hashLength, (n + 1) * hashLength)),
  };
}

/** As one snapshot sees it. */
export function inSnapshot<T>(sql: Sql, work: (session: Session) => Promise<T>): Promise<T> {
  return sql.begin('isolation level repeatable read read only', work);
}
