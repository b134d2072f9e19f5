/** The resources of a type at a time: of each the version that was current then. */
import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';
import { booleanOf, ids, numberOf, numbers, textOf, type Column } from './columns.ts';
import type { Condition } from './history-filter.ts';
import type { VersionRow } from './read-current.ts';
import { contentOf, lengthOf, unpackRaw } from './packed.ts';

/** A resource, with its version of that time if it had one. */
export interface RowAt {
  readonly id: string;
  /** Undefined if it had no version then, or none in the requested times. */
  readonly version: VersionRow | undefined;
}

export interface AskedAt {
  readonly ty: number;
  /** Milliseconds since 1970: the versions that were current just before. All earlier writes must have ended. */
  readonly until: number;
  /** Only versions that were stored then or later, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** These resources; or, of all that ever were, so many behind an id, in the order of the ids. */
  readonly of: readonly string[] | { readonly behind: string; readonly count: number };
  /** Bytes: contents beyond are left out, except the first one. */
  readonly most: number;
}

/**
 * Uses the directory of ids, from which nothing is ever removed: each resource has one place there, whatever happens to it, so that reading all
 * pages gives each exactly once.
 */
export async function readAt(sql: Session, { ty, until, since, of, most }: AskedAt): Promise<RowAt[]> {
  const among =
    'behind' in of
      ? sql`select d.id, d.rid, d.shard from fhir.identity d
            where d.ty = ${ty}::smallint and d.id > ${of.behind} order by d.id limit ${of.count}`
      : sql`select d.id, d.rid, d.shard from unnest(string_to_array(${ids(of)}, ',')) as x (id)
            join fhir.identity d on d.ty = ${ty}::smallint and d.id = x.id`;
  const late = stamp(sql, until);
  const rows = await sql`
    select p.id, p.ver, p.upd, p.deleted, case when p.before < ${most}::bigint then p.content end
    from (
      select i.id, v.ver, v.upd, v.deleted, v.content,
        coalesce(sum(v.size) over (order by i.id rows between unbounded preceding and 1 preceding), 0) as before
      from (${among}) i
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard
      left join lateral (
        select c.ver, (date_part('epoch', c.upd) * 1000)::bigint as upd, c.deleted, c.content, c.size from (
          select r.ver, r.upd, r.deleted, r.content, octet_length(r.content) as size where r.upd < ${late}
          union all
          (select h.ver, h.upd, h.deleted, ${contentOf(sql, 'h')}, ${lengthOf(sql, 'h')} from fhir.history h
           where r.upd >= ${late} and h.rid = r.rid and h.shard = r.shard and h.upd < ${late}
           order by h.ver desc limit 1)
        ) c ${since === undefined ? sql`` : sql`where c.upd >= ${stamp(sql, since)}`}
      ) v on true
    ) p order by p.id`.raw();
  return (await unpackRaw(sql, rows, 4)).map(([id, ver, upd, deleted, content]) => ({
    id: textOf(id),
    version:
      ver === null || ver === undefined
        ? undefined
        : { ver: numberOf(ver), upd: numberOf(upd), deleted: booleanOf(deleted), content: content ?? undefined },
  }));
}

/** Ids of resources of a type whose current version was stored at a time or later, deletions among them. */
export async function readChangedSince(sql: Session, ty: number, since: number, limit: number): Promise<string[]> {
  const rows = await sql`
    select id from fhir.resource
    where ty = ${ty}::smallint and upd >= ${stamp(sql, since)} limit ${limit}`.raw();
  return (rows as unknown as Column[][]).map(([id]) => textOf(id));
}

/**
 * The times at which the first and the last of the current versions of a type were stored, of those stored after a time, in milliseconds since 1970;
 * undefined if there are none.
 */
export async function readStoredBehind(
  sql: Session,
  ty: number,
  time: number | undefined,
): Promise<{ first: number; last: number } | undefined> {
  const behind = time === undefined ? sql`` : sql`and upd >= ${stamp(sql, time + 1)}`;
  const rows = await sql`
    select (date_part('epoch', min(upd)) * 1000)::bigint, (date_part('epoch', max(upd)) * 1000)::bigint
    from fhir.resource where ty = ${ty}::smallint ${behind}`.raw();
  // Without such versions, both are null.
  const [[first = null, last = null] = []] = rows as unknown as Column[][];
  return first === null || last === null ? undefined : { first: numberOf(first), last: numberOf(last) };
}

/** The time of the database, and the time before which no version can appear any more; in milliseconds since 1970. */
export async function settleNow(sql: Sql, types: readonly number[]): Promise<{ now: number; until: number }> {
  const [clock] = (await sql`select fhir.clock_ms()`.raw()) as unknown as Column[][];
  const [settled] = (await sql`select fhir.settle_now(${numbers(types)}::smallint[])`.raw()) as unknown as Column[][];
  return { now: numberOf(clock![0]), until: numberOf(settled![0]) };
}

function stamp(sql: Session, milliseconds: number): Condition {
  return sql`to_timestamp(${milliseconds}::bigint / 1e3::float8)`;
}
