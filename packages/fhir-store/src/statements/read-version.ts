import type { Session } from './session.ts';
import { numberOf, type Column } from './columns.ts';
import { madeInTime, stillCurrent, type HistoryFilter } from './history-filter.ts';
import { versionRow, type ResourceKey, type VersionRow } from './read-current.ts';

/** One version, current or not. https://hl7.org/fhir/R5/http.html#vread */
export async function readVersion(sql: Session, key: ResourceKey, ver: number): Promise<VersionRow | undefined> {
  const rows = await sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content
    from fhir.identity d
    cross join lateral (
      select r.ver, r.upd, r.deleted, r.content from fhir.resource r
      where r.rid = d.rid and r.shard = d.shard and r.ver = ${ver}
      union all
      select h.ver, h.upd, h.deleted, h.content from fhir.history h
      where h.rid = d.rid and h.shard = d.shard and h.ver = ${ver}
    ) v
    where d.ty = ${key.ty} and d.id = ${key.id}`.raw();
  const [row] = rows as unknown as Column[][];
  return row === undefined ? undefined : versionRow(row);
}

/** The newest `count` versions below `before`. https://hl7.org/fhir/R5/http.html#history */
export async function readVersions(
  sql: Session,
  key: ResourceKey,
  page: HistoryFilter & { count: number; before: number },
): Promise<VersionRow[]> {
  const rows = await sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content, v.method
    from fhir.identity d
    cross join lateral (
      (select r.ver, r.upd, r.deleted, r.content, r.method from fhir.resource r
       where r.rid = d.rid and r.shard = d.shard and r.ver < ${page.before} ${madeInTime(sql, page)})
      union all
      (select h.ver, h.upd, h.deleted, h.content, h.method from fhir.history h
       where h.rid = d.rid and h.shard = d.shard and h.ver < ${page.before}
         ${madeInTime(sql, page)} ${stillCurrent(sql, page, sql``)}
       order by h.ver desc limit ${page.count})
      order by ver desc limit ${page.count}
    ) v
    where d.ty = ${key.ty} and d.id = ${key.id}
    order by v.ver desc`.raw();
  return (rows as unknown as Column[][]).map(versionRow);
}

/** How many versions a history has; 0 when the resource never existed. */
export async function countVersions(sql: Session, key: ResourceKey, filter: HistoryFilter): Promise<number> {
  const rows = await sql`
    select (select count(*) from fhir.resource r where r.rid = d.rid and r.shard = d.shard ${madeInTime(sql, filter)}) +
           (select count(*) from fhir.history h where h.rid = d.rid and h.shard = d.shard
              ${madeInTime(sql, filter)} ${stillCurrent(sql, filter, sql``)})
    from fhir.identity d where d.ty = ${key.ty} and d.id = ${key.id}`.raw();
  const [row] = rows as unknown as Column[][];
  return row === undefined ? 0 : numberOf(row[0]);
}
