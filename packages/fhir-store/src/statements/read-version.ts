import type { Session } from './session.ts';
import { ids, numberOf, numbers, type Column } from './columns.ts';
import { readAtPlace, readOfPlace } from '../placement/place.ts';
import { isNew, madeInTime, stillCurrent, type HistoryFilter } from './history-filter.ts';
import { versionRow, type ResourceKey, type VersionRow } from './read-current.ts';
import { contentOf, lengthOf, unpackRaw } from './packed.ts';

/** One version, current or not. https://hl7.org/fhir/R5/http.html#vread */
export async function readVersion(sql: Session, key: ResourceKey, ver: number): Promise<VersionRow | undefined> {
  const rows = await sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content
    from fhir.identity d
    join (
      select rid, shard, ver, upd, deleted, content from fhir.resource
      union all
      select rid, shard, ver, upd, deleted, ${contentOf(sql, 'h')} from fhir.history h
    ) v on v.rid = d.rid and v.shard = d.shard and v.ver = ${ver}
    where d.ty = ${key.ty} and d.id = ${key.id}`.raw();
  const [row] = await unpackRaw(sql, rows, 3);
  return row === undefined ? undefined : versionRow(row);
}

/** A version of a resource. */
export interface VersionKey extends ResourceKey {
  readonly ver: number;
}

/** Several versions in one statement, in the order of the keys. Contents of more than `limit` bytes are left out. */
export async function readEach(
  sql: Session,
  keys: readonly VersionKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const rows = await sql`
    select i.n, v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted,
           case when v.size <= ${limit} then v.content end
    from unnest(${numbers(keys.map((key) => key.ty))}::smallint[], string_to_array(${ids(keys.map((key) => key.id))}, ','),
                ${numbers(keys.map((key) => key.ver))}::int[]) with ordinality as i (ty, id, ver, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    cross join lateral (
      select ver, upd, deleted, content, octet_length(content) as size from fhir.resource r where r.rid = d.rid and r.shard = d.shard and r.ver = i.ver
      union all
      select ver, upd, deleted, ${contentOf(sql, 'h')}, ${lengthOf(sql, 'h')} from fhir.history h where h.rid = d.rid and h.shard = d.shard and h.ver = i.ver
    ) v`.raw();
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ...row] of await unpackRaw(sql, rows, 4)) found[numberOf(n) - 1] = versionRow(row);
  return found;
}

/** The same on several nodes, where a statement for each table takes less than one for both. */
export async function readVersionSpread(sql: Session, key: ResourceKey, ver: number): Promise<VersionRow | undefined> {
  const found = await readAtPlace(sql, key, async (place) => {
    const { rid, shard } = place;
    const [current] = await sql`
      select r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted, case when r.ver = ${ver}::int then r.content end
      from fhir.resource r where r.rid = ${rid}::bigint and r.shard = ${shard}::int`.raw();
    if (current === undefined || numberOf(current[0]) <= ver) return current && versionRow(current);
    const rows = await sql`
      select h.ver, (date_part('epoch', h.upd) * 1000)::bigint, h.deleted, ${contentOf(sql, 'h')}
      from fhir.history h where h.rid = ${rid}::bigint and h.shard = ${shard}::int and h.ver = ${ver}::int`.raw();
    const [row] = await unpackRaw(sql, rows, 3);
    // It may have moved to another shard together with the current version in between.
    return row === undefined ? undefined : versionRow(row);
  });
  return found?.ver === ver ? found : undefined;
}

/** Range of versions of a resource: the newest below `before`, or the oldest above `after`. */
export type VersionRange = { readonly before: number } | { readonly after: number };

/** The first `count` versions of a range, in its order. https://hl7.org/fhir/R5/http.html#history */
export async function readVersions(
  sql: Session,
  key: ResourceKey,
  page: HistoryFilter & { readonly count: number; readonly range: VersionRange; readonly isSpread: boolean },
): Promise<VersionRow[]> {
  const { count, range, isSpread } = page;
  const [inRange, order] =
    'before' in range
      ? [sql`ver < ${range.before}::int`, sql`order by ver desc`]
      : [sql`ver > ${range.after}::int`, sql`order by ver`];
  const rows = await readOfPlace(sql, key, isSpread, ({ d, where }) =>
    sql`
    select v.ver, (date_part('epoch', v.upd) * 1000)::bigint, v.deleted, v.content, v.method, ${isNew(sql, sql`d`)}
    from ${d}
    cross join lateral (
      (select r.ver, r.upd, r.deleted, r.content, r.method from fhir.resource r
       where r.rid = d.rid and r.shard = d.shard and ${inRange} ${madeInTime(sql, page)})
      union all
      (select h.ver, h.upd, h.deleted, ${contentOf(sql, 'h')}, h.method from fhir.history h
       where h.rid = d.rid and h.shard = d.shard and ${inRange}
         ${madeInTime(sql, page)} ${stillCurrent(sql, page, sql``, sql`d`)}
       ${order} limit ${count})
      ${order} limit ${count}
    ) v
    where ${where}
    ${order}`.raw(),
  );
  return (await unpackRaw(sql, rows, 3)).map(versionRow);
}

/** Returns the number of versions of a history; 0 when the resource never existed. */
export async function countVersions(
  sql: Session,
  key: ResourceKey,
  { isSpread, ...filter }: HistoryFilter & { readonly isSpread: boolean },
): Promise<number> {
  const rows = await readOfPlace(sql, key, isSpread, ({ d, where }) =>
    sql`
    select (select count(*) from fhir.resource r where r.rid = d.rid and r.shard = d.shard ${madeInTime(sql, filter)}) +
           (select count(*) from fhir.history h where h.rid = d.rid and h.shard = d.shard
              ${madeInTime(sql, filter)} ${stillCurrent(sql, filter, sql``, sql`d`)})
    from ${d} where ${where}`.raw(),
  );
  const [row] = rows as unknown as Column[][];
  return row === undefined ? 0 : numberOf(row[0]);
}
