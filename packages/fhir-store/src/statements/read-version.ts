import type { Session } from './session.ts';
import { numberOf, type Column } from './columns.ts';
import { madeInTime, stillCurrent, type Condition, type HistoryFilter } from './history-filter.ts';
import { versionRow, type ResourceKey, type VersionRow } from './read-current.ts';

/** One version, current or not. https://hl7.org/fhir/R5/http.html#vread */
export async function readVersion(sql: Session, key: ResourceKey, ver: number): Promise<VersionRow | undefined> {
  const rows = await sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content
    from fhir.identity d
    join (
      select rid, shard, ver, upd, deleted, content from fhir.resource
      union all
      select rid, shard, ver, upd, deleted, content from fhir.history
    ) v on v.rid = d.rid and v.shard = d.shard and v.ver = ${ver}
    where d.ty = ${key.ty} and d.id = ${key.id}`.raw();
  const [row] = rows as unknown as Column[][];
  return row === undefined ? undefined : versionRow(row);
}

/** Range of versions of a resource: the newest below `before`, or the oldest above `after`. */
export type VersionRange = { readonly before: number } | { readonly after: number };

/** The `count` versions that stand first in a range, in its order. https://hl7.org/fhir/R5/http.html#history */
export async function readVersions(
  sql: Session,
  key: ResourceKey,
  page: HistoryFilter & { readonly count: number; readonly range: VersionRange },
): Promise<VersionRow[]> {
  const { count, range } = page;
  const [inRange, order] =
    'before' in range
      ? [sql`ver < ${range.before}::int`, sql`order by ver desc`]
      : [sql`ver > ${range.after}::int`, sql`order by ver`];
  const rows = await sql`
    with d as materialized (${placeOf(sql, key)})
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content, v.method,
      not v.deleted and (v.ver = 1 or v.follows)
    from (
      (select r.ver, r.upd, r.deleted, r.content, r.method, ${follows(sql, sql`r`)} as follows
       from fhir.resource r
       where ${isThere(sql)} and ${inRange} ${madeInTime(sql, page)})
      union all
      (select h.ver, h.upd, h.deleted, h.content, h.method, ${follows(sql, sql`h`)} as follows
       from fhir.history h
       where ${isThere(sql)} and ${inRange}
         ${madeInTime(sql, page)} ${stillCurrent(sql, page, sql``)}
       ${order} limit ${count})
      ${order} limit ${count}
    ) v
    ${order}`.raw();
  return (rows as unknown as Column[][]).map(versionRow);
}

/** Returns the number of versions of a history; 0 when the resource never existed. */
export async function countVersions(sql: Session, key: ResourceKey, filter: HistoryFilter): Promise<number> {
  const rows = await sql`
    with d as materialized (${placeOf(sql, key)})
    select (select count(*) from fhir.resource r where ${isThere(sql)} ${madeInTime(sql, filter)}) +
           (select count(*) from fhir.history h where ${isThere(sql)}
              ${madeInTime(sql, filter)} ${stillCurrent(sql, filter, sql``)})`.raw();
  const [row] = rows as unknown as Column[][];
  return row === undefined ? 0 : numberOf(row[0]);
}

/** The row of the directory, found once. */
function placeOf(sql: Session, key: ResourceKey): Condition {
  return sql`select rid, shard from fhir.identity where ty = ${key.ty} and id = ${key.id}`;
}

/** True of rows of the resource whose place is `d`. Values, and no join, so that an index gives them in their order. */
function isThere(sql: Session): Condition {
  return sql`rid = (select rid from d) and shard = (select shard from d)`;
}

/** Whether the version before one is a deletion; asked of those that have one before. */
function follows(sql: Session, version: Condition): Condition {
  return sql`${version}.ver > 1 and not ${version}.deleted and exists (
      select 1 from fhir.history k
      where k.rid = ${version}.rid and k.shard = ${version}.shard and k.ver = ${version}.ver - 1 and k.deleted)`;
}
