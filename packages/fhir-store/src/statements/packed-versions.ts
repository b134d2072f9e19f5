/** Versions that are packed, and those to be packed. For the owner of the tables. docs/decisions/0198-packed-versions.md */
import { byteArray, numbers } from './columns.ts';
import { selectHeldPatients, type NamedPatient } from './legal-holds.ts';
import { contentOf, unpackRows } from './packed.ts';
import type { Session } from './session.ts';

/** A row of fhir.history. */
export interface VersionPlace {
  readonly rid: string;
  readonly shard: number;
  readonly ver: number;
}

export interface PlainVersion extends VersionPlace {
  readonly content: string;
}

export interface PackedVersion extends VersionPlace {
  readonly packed: Buffer;
  /** Bytes of its content. */
  readonly size: number;
}

/** Most versions of a step, and bytes of their contents but for one. */
export const mostVersions = 200;
const mostBytes = 4_000_000;

const list = (values: readonly (string | number)[]): string => `{${values.join()}}`;

function places(sql: Session, versions: readonly VersionPlace[]): ReturnType<Session> {
  return sql`unnest(${list(versions.map(({ rid }) => rid))}::bigint[], ${list(versions.map(({ shard }) => shard))}::int[],
      ${list(versions.map(({ ver }) => ver))}::int[])`;
}

/** The first of some versions whose contents have room in memory together; one in any case. */
function withRoom<One extends { readonly bytes: number }>(versions: readonly One[]): One[] {
  let sum = 0;
  const end = versions.findIndex(({ bytes }, n) => (sum += bytes) > mostBytes && n > 0);
  return end === -1 ? [...versions] : versions.slice(0, end);
}

/** Unpacks versions where they are stored, in this transaction. */
export async function storePlain(sql: Session, versions: readonly VersionPlace[]): Promise<number> {
  if (versions.length === 0) return 0;
  const packed = await sql<(VersionPlace & { bytes: number })[]>`
    select h.rid::text, h.shard, h.ver, h.size::float8 as bytes
    from ${places(sql, versions)} as p (rid, shard, ver)
    join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    where h.packed is not null order by 1, 2, 3`;
  for (let left: typeof packed = packed; left.length > 0;) {
    const some = withRoom(left);
    left = left.slice(some.length) as typeof packed;
    const rows = await sql<PlainVersion[]>`
      select h.rid::text, h.shard, h.ver, ${contentOf(sql, 'h')} as content
      from ${places(sql, some)} as p (rid, shard, ver)
      join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
      where h.packed is not null for update of h`;
    await putPlain(sql, await unpackRows(sql, rows));
  }
  return packed.length;
}

async function putPlain(sql: Session, versions: readonly PlainVersion[]): Promise<void> {
  await sql`
    update fhir.history h set content = p.content, packed = null, dictionary = null, size = null
    from unnest(${list(versions.map(({ rid }) => rid))}::bigint[], ${list(versions.map(({ shard }) => shard))}::int[],
      ${list(versions.map(({ ver }) => ver))}::int[], ${versions.map(({ content }) => content)}::text[]) as p (rid, shard, ver, content)
    where h.rid = p.rid and h.shard = p.shard and h.ver = p.ver and h.packed is not null`;
}

/** The patients on hold whom packed versions of some resources name: the database cannot search these. */
export async function namedInPacked(
  sql: Session,
  resources: readonly { readonly rid: string; readonly shard: number }[],
): Promise<NamedPatient[]> {
  if (resources.length === 0) return [];
  const patients = await selectHeldPatients(sql);
  if (patients.length === 0) return [];
  const found = new Map<string, NamedPatient>();
  const rids = list([...new Set(resources.map(({ rid }) => rid))]);
  const all = await sql<(VersionPlace & { bytes: number })[]>`
    select h.rid::text, h.shard, h.ver, h.size::float8 as bytes
    from fhir.history h where h.rid = any(${rids}::bigint[]) and h.packed is not null order by h.rid, h.ver`;
  for (let left: typeof all = all; left.length > 0;) {
    const some = withRoom(left.slice(0, mostVersions));
    left = left.slice(some.length) as typeof all;
    const rows = await sql<PlainVersion[]>`
      select h.rid::text, h.shard, h.ver, ${contentOf(sql, 'h')} as content
      from ${places(sql, some)} as p (rid, shard, ver)
      join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver where h.packed is not null`;
    for (const { rid, shard, content } of await unpackRows(sql, rows))
      for (const patient of namedBy(content, patients))
        found.set(`${rid} ${String(shard)} ${patient ?? ''}`, { rid, shard, patient });
  }
  return [...found.values()];
}

/** As `keeps` of legal holds looks for names. */
function namedBy(content: string, patients: readonly string[]): readonly (string | undefined)[] {
  if (/\\u00[2-7]/.test(content)) return [undefined];
  const text = content.replaceAll('\\/', '/');
  return patients.filter((patient) => text.includes(`Patient/${patient}`));
}

/** The last examined version of a type, whose predecessor is packed or skipped: its time in PostgreSQL's format, its row and its number. */
export type PackedUpto = readonly [upd: string, rid: string, ver: number];

export async function selectUpto(sql: Session, ty: number): Promise<PackedUpto | undefined> {
  const [row] = await sql<{ upd: string; rid: string; ver: number }[]>`
    select upd::text, rid::text, ver from fhir.packed_upto where ty = ${ty}::smallint`;
  return row && [row.upd, row.rid, row.ver];
}

export async function noteUpto(sql: Session, ty: number, [upd, rid, ver]: PackedUpto): Promise<void> {
  await sql`
    insert into fhir.packed_upto (ty, upd, rid, ver) values (${ty}::smallint, ${upd}::timestamptz, ${rid}::bigint, ${ver}::int)
    on conflict (ty) do update set (upd, rid, ver) = (excluded.upd, excluded.rid, excluded.ver)`;
}

/** Types with replaced versions. */
export async function selectTypesBefore(sql: Session): Promise<number[]> {
  const rows = await sql<{ ty: number }[]>`
    with recursive t as (
      (select ty from fhir.history order by ty limit 1)
      union all
      select (select h.ty from fhir.history h where h.ty > t.ty order by h.ty limit 1) from t where t.ty is not null)
    select ty from t where ty is not null`;
  return rows.map(({ ty }) => ty);
}

/** Versions that were replaced, of one step. */
export interface Replaced {
  /** Versions with content that are not packed. */
  readonly plain: readonly VersionPlace[];
  /** The version that has replaced the last of all. */
  readonly upto: PackedUpto;
}

/**
 * The next versions of a type that were replaced before a time, in the order of replacement: each is the predecessor of a version from before that
 * time. The replacing versions are found by their times in both tables.
 * @returns undefined if there are no more
 */
export async function selectReplaced(
  sql: Session,
  { ty, behind, before }: { readonly ty: number; readonly behind: PackedUpto | undefined; readonly before: Date },
): Promise<Replaced | undefined> {
  const [upd, rid, ver] = behind ?? ['-infinity', '0', 0];
  const where = sql`where ty = ${ty}::smallint and (upd, rid, ver) > (${upd}::timestamptz, ${rid}::bigint, ${ver}::int)
      and upd < ${before.toISOString()}::timestamptz order by upd, rid, ver limit ${mostVersions}::int`;
  const rows = await sql<(VersionPlace & { upd: string; bytes: number; plain: boolean })[]>`
    select n.upd::text, n.rid::text, n.shard, n.ver, coalesce(h.packed is null and not h.deleted, false) as plain,
      case when h.packed is null and not h.deleted then octet_length(h.content) else 0 end::float8 as bytes
    from (
      select * from (
        (select upd, rid, shard, ver from fhir.resource ${where})
        union all
        (select upd, rid, shard, ver from fhir.history ${where})) s
      order by upd, rid, ver limit ${mostVersions}::int) n
    left join fhir.history h on h.rid = n.rid and h.shard = n.shard and h.ver = n.ver - 1
    order by n.upd, n.rid, n.ver`;
  const some = withRoom(rows);
  const last = some.at(-1);
  if (last === undefined) return undefined;
  return {
    plain: some.flatMap(({ plain, rid: row, shard, ver: next }) => (plain ? [{ rid: row, shard, ver: next - 1 }] : [])),
    upto: [last.upd, last.rid, last.ver],
  };
}

/** Locks versions that are not packed and reads them; those that are locked already are left out. */
export function lockPlain(sql: Session, versions: readonly VersionPlace[]): Promise<PlainVersion[]> {
  return sql<PlainVersion[]>`
    select h.rid::text, h.shard, h.ver, h.content
    from ${places(sql, versions)} as p (rid, shard, ver)
    join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    where h.packed is null and not h.deleted for update of h skip locked`;
}

/** Puts packed contents in the places of those of versions that are locked. */
export async function putPacked(sql: Session, versions: readonly PackedVersion[], dictionary: number): Promise<void> {
  await sql`
    update fhir.history h set content = '', packed = p.packed, dictionary = ${dictionary}::int, size = p.size
    from unnest(${list(versions.map(({ rid }) => rid))}::bigint[], ${list(versions.map(({ shard }) => shard))}::int[],
      ${list(versions.map(({ ver }) => ver))}::int[], ${numbers(versions.map(({ size }) => size))}::int[],
      ${byteArray(versions.map(({ packed }) => packed))}::bytea[]) as p (rid, shard, ver, size, packed)
    where h.rid = p.rid and h.shard = p.shard and h.ver = p.ver and h.packed is null`;
}

/** The next packed versions behind a row, with room in memory together. */
export async function selectPackedBehind(
  sql: Session,
  [rid, ver, shard]: readonly [rid: string, ver: number, shard: number],
): Promise<VersionPlace[]> {
  return sql<VersionPlace[]>`
    select h.rid::text, h.shard, h.ver from fhir.history h
    where (h.rid, h.ver, h.shard) > (${rid}::bigint, ${ver}::int, ${shard}::int) and h.packed is not null
    order by h.rid, h.ver, h.shard limit ${mostVersions}::int`;
}

export async function insertDictionary(sql: Session, number: number, bytes: Buffer): Promise<void> {
  await sql`insert into fhir.dictionary (number, bytes) values (${number}::int, ${bytes}) on conflict do nothing`;
}

/** The number of the migration that brings packed versions. */
const migration = 213;

/** Beside packed versions a server that does not know them is not ready, and does not start: its statements would find them empty. */
export async function setReadableByAll(sql: Session, isSo: boolean): Promise<void> {
  await sql`update fhir.migration set additive = ${isSo} where number = ${migration}::int and additive <> ${isSo}`;
}

export interface PackedState {
  /** Whether all were counted; else they are estimated by a sample of the pages. */
  readonly isCounted: boolean;
  readonly plain: number;
  readonly packed: number;
  /** Bytes of the contents of packed versions, before and after packing. */
  readonly size: number;
  readonly bytes: number;
  readonly dictionaries: readonly { readonly number: number; readonly bytes: number; readonly made: Date }[];
}

/** @param mostRows of more versions than this a sample is counted */
export async function readPacked(sql: Session, mostRows: number): Promise<PackedState> {
  const [facts] = await sql<{ estimate: number }[]>`
    select coalesce(sum(greatest(reltuples, 0)), 0)::float8 as estimate from pg_class c
    where c.relkind = 'r' and (c.oid = 'fhir.history'::regclass or c.oid in (select relid from pg_partition_tree('fhir.history')))`;
  const share = Math.min(1, Math.max(1, mostRows) / Math.max(1, facts!.estimate));
  const sample = share === 1 ? sql`` : sql`tablesample system (${100 * share}::float4)`;
  const [row] = await sql<{ plain: number; packed: number; size: number; bytes: number }[]>`
    select count(*) filter (where packed is null and not deleted)::float8 as plain, count(packed)::float8 as packed,
      coalesce(sum(size), 0)::float8 as size, coalesce(sum(octet_length(packed)), 0)::float8 as bytes
    from fhir.history ${sample}`;
  const whole = (count: number): number => Math.round(count / share);
  const { plain, packed, size, bytes } = row!;
  const dictionaries = await sql<{ number: number; bytes: number; made: Date }[]>`
    select number, octet_length(bytes) as bytes, made from fhir.dictionary order by made, number`;
  return {
    isCounted: share === 1,
    ...{ plain: whole(plain), packed: whole(packed), size: whole(size), bytes: whole(bytes), dictionaries },
  };
}
