import type { Session } from './session.ts';
import { booleanOf, booleans, ids, numberOf, numbers, textOf, type Column } from './columns.ts';
import { allChanges, indexInStep, leftBehind, shardOfRows } from './index-changes.ts';
import type { IndexValues, PlacedDefinition, StoredDefinitions } from './index-definition.ts';
import {
  columns,
  indexArguments,
  indexParts,
  indexValues,
  named,
  upToDate,
  type Fragment,
  type IndexPart,
} from './index-input.ts';
import { sessionOn } from './index-tables.ts';
import { patientsAnew } from './patient-of-resource.ts';
import type { ResourceKey } from './read-current.ts';
import type { Basis } from './server.ts';

/** A current version whose index rows are not as they should be. */
export interface Unindexed {
  readonly rid: number;
  readonly shard: number;
  readonly ty: number;
  readonly id: string;
  readonly ver: number;
  readonly deleted: boolean;
  /** Bytes of the content. */
  readonly size: number;
}

/** The resources of row numbers from one on and before another one: the next `limit`, and those with the number of the last of them. */
export interface NextOf {
  readonly from: number;
  readonly behind: number;
  readonly limit: number;
}

/**
 * Reads the next resources. Returns the last rid (undefined if there are no more), and the resources without an index row of the definition, with a row
 * of another definition, or with a row although they are deleted.
 * @param since also resources that were stored by this transaction or a later one, wherever their rows are
 * @param isSpread the rows are on several nodes: rows in another shard are then found by the transaction that has moved the resource, which is one of
 * these
 */
export async function readUnindexed(
  sql: Session,
  { definition, tables }: PlacedDefinition,
  { from, behind, limit }: NextOf,
  { since, isSpread = false }: { readonly since?: string; readonly isSpread?: boolean } = {},
): Promise<{ last: number | undefined; rows: Unindexed[] }> {
  const own = sessionOn(sql, tables);
  const elsewhere =
    since === undefined || isSpread
      ? sql``
      : own` or exists (select 1 from fhir.search s where s.rid = p.rid and s.shard <> p.shard and ${leftBehind(own)})`;
  const also = since === undefined ? sql`` : sql` or p.txid >= ${since}::xid8`;
  const rows = await own`
    with page as materialized (
      select rid, shard, ty, id, ver, deleted, octet_length(content) as size${since === undefined ? sql`` : sql`, txid`}
      from fhir.resource where rid >= ${from} and rid < ${behind} order by rid fetch first (${limit}) rows with ties
    )
    select t.last, n.rid, n.shard, n.ty, n.id, n.ver, n.deleted, n.size
    from (select max(rid) as last from page) t
    left join (
      select p.* from page p left join fhir.search s on s.rid = p.rid and s.shard = p.shard
      where case when p.deleted then s.rid is not null else s.version is distinct from ${definition.version}::smallint${also} end${elsewhere}
    ) n on true
    order by n.rid`.raw();
  return pageOf(rows);
}

/** Resources of some types, and resources that contain one. */
export interface Which {
  readonly types: readonly number[];
  /** The types of the containers, and the keys by which they contain one (`containsKey`). */
  readonly within: readonly number[];
  readonly containing: readonly bigint[];
}

/** Reads the next resources. Returns the last rid (undefined if there are no more), and the requested ones among them. */
export async function readOf(
  sql: Session,
  { active }: StoredDefinitions,
  { types, within, containing }: Which,
  { from, behind, limit }: NextOf,
): Promise<{ last: number | undefined; rows: Unindexed[] }> {
  const rows = await sessionOn(sql, active.tables)`
    with page as materialized (
      select rid, shard, ty, id, ver, deleted, octet_length(content) as size
      from fhir.resource where rid >= ${from} and rid < ${behind} order by rid fetch first (${limit}) rows with ties
    )
    select t.last, n.rid, n.shard, n.ty, n.id, n.ver, n.deleted, n.size
    from (select max(rid) as last from page) t
    left join (
      select * from page p where not p.deleted and (p.ty = any(${numbers(types)}::smallint[])
        or (p.ty = any(${numbers(within)}::smallint[]) and exists (
          select from fhir.search s
          where s.rid = p.rid and s.shard = p.shard and (s.keys && ${`{${containing.join(',')}}`}::bigint[]) is true)))
    ) n on true
    order by n.rid`.raw();
  return pageOf(rows);
}

/** The types of the resources that contain a resource of some types. */
export async function readContainerTypes(
  sql: Session,
  { active }: StoredDefinitions,
  types: readonly number[],
): Promise<number[]> {
  const rows = await sessionOn(sql, active.tables)<{ within: number }[]>`
    with recursive pair as (
      select t.ty, (select min(c.within) from fhir.contained c where c.ty = t.ty) as within
      from unnest(${numbers(types)}::smallint[]) as t (ty)
      union all
      select p.ty, (select min(c.within) from fhir.contained c where c.ty = p.ty and c.within > p.within)
      from pair p where p.within is not null
    ) select distinct within from pair where within is not null order by within`;
  return rows.map(({ within }) => within);
}

/**
 * The current versions of resources, by rid. Found by name, because a resource may have moved to another shard.
 * @param deleted include deleted ones
 */
export async function readAgain(sql: Session, names: readonly ResourceKey[], deleted = false): Promise<Unindexed[]> {
  const rows = await sql`
    select r.rid, r.rid, r.shard, r.ty, r.id, r.ver, r.deleted, octet_length(r.content)
    from unnest(${numbers(names.map(({ ty }) => ty))}::smallint[],
                string_to_array(${ids(names.map(({ id }) => id))}, ',')) as i (ty, id)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    where not r.deleted or ${deleted}::boolean
    order by r.rid`.raw();
  return pageOf(rows).rows;
}

function pageOf(found: readonly Column[][]): { last: number | undefined; rows: Unindexed[] } {
  const last = found[0]?.[0];
  if (last === undefined || last === null) return { last: undefined, rows: [] };
  const unindexed = found.filter(([, rid]) => rid !== null);
  return {
    last: numberOf(last),
    rows: unindexed.map(([, rid, shard, ty, id, ver, deleted, size]) => ({
      rid: numberOf(rid),
      shard: numberOf(shard),
      ty: numberOf(ty),
      id: textOf(id),
      ver: numberOf(ver),
      deleted: booleanOf(deleted),
      size: numberOf(size),
    })),
  };
}

/** Names a row of fhir.resource: two may have one number, in different shards. */
export function rowName({ rid, shard }: Pick<Unindexed, 'rid' | 'shard'>): string {
  return `${rid}/${shard}`;
}

/** The contents of current versions, by `rowName`; those that have changed since are missing. */
export async function readContents(sql: Session, rows: readonly Unindexed[]): Promise<Map<string, string>> {
  const found = await sql<{ rid: string; shard: number; content: string }[]>`
    select r.rid, r.shard, r.content
    from unnest(${numbers(rows.map((row) => row.rid))}::bigint[], ${numbers(rows.map((row) => row.shard))}::int[],
                ${numbers(rows.map((row) => row.ver))}::int[]) as i (rid, shard, ver)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard and r.ver = i.ver`;
  return new Map(found.map(({ rid, shard, content }) => [rowName({ rid: Number(rid), shard }), content]));
}

/** A version and its index values; undefined for a deletion, which has no index row. */
export type Indexing = Pick<Unindexed, 'rid' | 'shard' | 'ver'> & { readonly index: IndexValues | undefined };

/**
 * Stores index rows of versions that are still current. A writer of a resource stores its index rows as well, so locked resources are
 * skipped, and no writer waits longer than this statement takes.
 * @param stored the definitions whose rows these are; the basis has all definitions that writers store
 * @returns the resources that were not skipped, by `rowName`
 * @throws isWriteConflict if another server has indexed one of them at this moment, isStaleDefinition; nothing is stored
 */
export async function indexAnew(
  sql: Session,
  rows: readonly Indexing[],
  { stored, basis }: { readonly stored: StoredDefinitions; readonly basis: Basis },
): Promise<Set<string>> {
  const indexes = rows.map((row) => row.index);
  const parts = indexParts(sql, indexes, { stored });
  // Rows of a definition that is built beside the active one may be on another shard.
  const isBeside = stored.active.definition !== basis.stored.active.definition;
  const shard = isBeside ? sql`${shardOfRows(parts.active.sql, sql`r`)} as shard` : sql`r.shard`;
  const found = await sql`
    with changes as materialized (
      select r.rid, ${shard}, r.shard as new_shard, r.ty, r.deleted as gone, ${indexValues(sql, parts.active.version)}
      from unnest(${numbers(rows.map((row) => row.rid))}::bigint[], ${numbers(rows.map((row) => row.shard))}::int[],
                  ${numbers(rows.map((row) => row.ver))}::int[], ${booleans(indexes.map((index) => index === undefined))}::boolean[],
                  ${indexArguments(sql, parts.active.rows)})
             as i (rid, shard, ver, deleted, ${named(sql, columns.sent)})
      join fhir.resource r on r.rid = i.rid and r.shard = i.shard
      where r.ver = i.ver and r.deleted = i.deleted
      order by r.rid
      for update of r skip locked
    ), ${allChanges(sql, parts, (part) => changesOf(sql, part, rows))}${isBeside ? sql`` : patientsAnew(sql)}
    select rid, new_shard from changes
    where case when ${indexInStep(sql, parts)} then true else fhir.overtaken() end and ${upToDate(sql, indexes, basis)}`.raw();
  return new Set(
    (found as unknown as Column[][]).map(([rid, shard]) => rowName({ rid: numberOf(rid), shard: numberOf(shard) })),
  );
}

/** The part `changes` of the definition that is built beside, for the resources locked for the other one. */
function changesOf(sql: Session, { sql: own, version, rows: values }: IndexPart, rows: readonly Indexing[]): Fragment {
  return own`changes as materialized (
      select c.rid, ${shardOfRows(own, sql`c`)} as shard, c.new_shard, c.ty, c.gone, ${indexValues(sql, version)}
      from ${sql`changes`} c join unnest(
        ${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[], ${indexArguments(sql, values)})
        as i (rid, shard, ${named(sql, columns.sent)}) on i.rid = c.rid and i.shard = c.new_shard
    )`;
}
