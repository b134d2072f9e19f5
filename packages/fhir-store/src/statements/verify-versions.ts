/** Versions for verification: each with the previous one and its entry in the directory. */
import { firstUnseen } from '../commit-order/transactions.ts';
import type { Session } from './session.ts';
import { contentOf, lengthOf, unpackOrTell } from './packed.ts';

/** A version, and whether the rows that must accompany it exist. */
export interface VersionToVerify {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
  /** The type of the resource; that of the version if the resource is missing. */
  readonly ofTy: number;
  /** Undefined: a version before of no resource. */
  readonly id: string | undefined;
  readonly ver: number;
  readonly deleted: boolean;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly content: string;
  /** The reason why its packed content cannot be read. */
  readonly damage?: string;
  /** The directory, or the resource of a previous version, agrees. */
  readonly isKnown: boolean;
  /** The previous version exists; true for the first one. */
  readonly hasBefore: boolean;
  /** It is after the previous version, by time and by the order of commits, and that order has reached it. */
  readonly isInOrder: boolean;
}

interface Raw extends Omit<VersionToVerify, 'rid' | 'id' | 'upd'> {
  readonly rid: string;
  readonly id: string | null;
  readonly upd: Date;
}

/** Most versions, and bytes of them but for one, of a step. */
const most = 100;
const mostBytes = 4_000_000;

const read = ({ rid, id, upd, ...rest }: Raw): VersionToVerify => ({
  ...rest,
  rid: Number(rid),
  id: id ?? undefined,
  upd: upd.getTime(),
});

/** The next current versions. */
export async function selectCurrent(
  sql: Session,
  behind: readonly [rid: number, shard: number],
): Promise<VersionToVerify[]> {
  return (await current(sql, behind)).map(read);
}

export function current(sql: Session, behind: readonly [rid: number, shard: number]) {
  return sql<Raw[]>`
    with page as materialized (
      select rid, shard from (
        select rid, shard, row_number() over w as n, sum(octet_length(content)) over w as bytes
        from (
          select rid, shard, content from fhir.resource
          where (rid, shard) > (${behind[0]}::bigint, ${behind[1]}::int) order by rid, shard limit ${most}::int) c
        window w as (order by rid, shard)) s
      where n = 1 or bytes < ${mostBytes}::bigint
    )
    select r.rid, r.shard, r.ty, r.ty as "ofTy", r.id, r.ver, r.deleted, r.upd, r.content,
      exists (select 1 from fhir.identity d where d.ty = r.ty and d.id = r.id and d.rid = r.rid and d.shard = r.shard) as "isKnown",
      r.ver = 1 or b.ver is not null as "hasBefore",
      r.ver > 0 and r.txid < ${firstUnseen(sql)}
        and coalesce(b.ty = r.ty and b.upd <= r.upd and b.txid <= r.txid, true) as "isInOrder"
    from page p join fhir.resource r on r.rid = p.rid and r.shard = p.shard
    left join fhir.history b on b.rid = r.rid and b.shard = r.shard and b.ver = r.ver - 1
    order by r.rid, r.shard`;
}

/** The next versions that are no longer current. */
export async function selectBefore(
  sql: Session,
  behind: readonly [rid: number, ver: number, shard: number],
): Promise<VersionToVerify[]> {
  return unpackOrTell(sql, (await before(sql, behind)).map(read));
}

export function before(sql: Session, behind: readonly [rid: number, ver: number, shard: number]) {
  return sql<Raw[]>`
    with page as materialized (
      select rid, ver, shard from (
        select rid, ver, shard, row_number() over w as n, sum(size) over w as bytes
        from (
          select rid, ver, shard, ${lengthOf(sql, 'h')} as size from fhir.history h
          where (rid, ver, shard) > (${behind[0]}::bigint, ${behind[1]}::int, ${behind[2]}::int)
          order by rid, ver, shard limit ${most}::int) c
        window w as (order by rid, ver, shard)) s
      where n = 1 or bytes < ${mostBytes}::bigint
    )
    select h.rid, h.shard, h.ty, coalesce(r.ty, h.ty) as "ofTy", r.id, h.ver, h.deleted, h.upd,
      ${contentOf(sql, 'h')} as content,
      coalesce(r.ty = h.ty and r.ver > h.ver, false) as "isKnown",
      h.ver = 1 or b.ver is not null as "hasBefore",
      h.ver > 0 and h.txid < ${firstUnseen(sql)}
        and coalesce(b.ty = h.ty and b.upd <= h.upd and b.txid <= h.txid, true) as "isInOrder"
    from page p join fhir.history h on h.rid = p.rid and h.shard = p.shard and h.ver = p.ver
    left join fhir.resource r on r.rid = h.rid and r.shard = h.shard
    left join fhir.history b on b.rid = h.rid and b.shard = h.shard and b.ver = h.ver - 1
    order by h.rid, h.ver, h.shard`;
}

/** The next entries of the directory. */
export async function selectDirectory(
  sql: Session,
  behind: readonly [ty: number, id: string],
): Promise<{ ty: number; id: string; isLost: boolean }[]> {
  return sql`
    select d.ty, d.id, r.rid is null as "isLost"
    from (
      select ty, id, rid, shard from fhir.identity
      where (ty, id) > (${behind[0]}::smallint, ${behind[1]}::text collate "C") order by ty, id limit 2000) d
    left join fhir.resource r on r.rid = d.rid and r.shard = d.shard and r.ty = d.ty and r.id = d.id
    order by d.ty, d.id`;
}

/** One more than the highest numbers of rows, for the progress. */
export async function selectEnds(sql: Session): Promise<{ current: number; before: number; types: number }> {
  const [row] = await sql<{ current: number; before: number; types: number }[]>`
    select (select coalesce(max(rid), 0) + 1 from fhir.resource)::float8 as current,
           (select coalesce(max(rid), 0) + 1 from fhir.history)::float8 as before,
           (select coalesce(max(ty), 0) + 1 from fhir.identity)::float8 as types`;
  return row!;
}
