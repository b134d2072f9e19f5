/** Resources that lack values of some search parameters in the index, as fhir.index_gap has them. */
import { typeName } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import { ids, numbers, separator } from './columns.ts';
import type { Unindexed } from './index-anew.ts';
import { lockOwnParameters } from './own-parameters.ts';
import type { Session } from './session.ts';

/** Parameters whose values could not be computed for the current version of a resource. */
export interface Gap extends Pick<Unindexed, 'rid' | 'shard' | 'ver' | 'ty' | 'id'> {
  /** `Type.code` */
  readonly parameters: readonly string[];
  /** The message of the first error, for the operator. */
  readonly reason: string;
  /** The generation of the search parameters with which it was tried. */
  readonly generation: number;
}

/** Counts of the resources with missing values. */
export interface GapSummary {
  readonly resources: number;
  /** Resources by type, in alphabetical order. */
  readonly types: readonly (readonly [type: string, count: number])[];
  /** Resources by search parameter, `Type.code`, in alphabetical order. */
  readonly parameters: readonly (readonly [parameter: string, count: number])[];
}

/**
 * Notes the gaps of some resources, before their rows are stored. If a parameter had no gap before, the generation is raised, so that a
 * search parsed without the gap is refused.
 * @param work the limit under which the values were computed
 */
export async function noteGaps(sql: Sql, gaps: readonly Gap[], work: number): Promise<void> {
  await sql.begin(async (transaction) => {
    await lockOwnParameters(transaction);
    const known = await transaction<{ name: string }[]>`
      select distinct u.name from fhir.index_gap g, unnest(string_to_array(g.parameters, ' ')) as u (name)`;
    const names = new Set(known.map(({ name }) => name));
    await transaction`
      insert into fhir.index_gap as g (rid, shard, ver, ty, id, parameters, work, generation, reason)
      select i.rid, i.shard, i.ver, i.ty, i.id, i.parameters, ${work}, i.generation, i.reason
      from unnest(${numbers(gaps.map(({ rid }) => rid))}::bigint[], ${numbers(gaps.map(({ shard }) => shard))}::int[],
                  ${numbers(gaps.map(({ ver }) => ver))}::int[], ${numbers(gaps.map(({ ty }) => ty))}::smallint[],
                  string_to_array(${ids(gaps.map(({ id }) => id))}, ','),
                  string_to_array(${ids(gaps.map(({ parameters }) => parameters.join(' ')))}, ','),
                  ${numbers(gaps.map(({ generation }) => generation))}::int[],
                  string_to_array(${gaps.map(({ reason }) => reason.replaceAll(separator, ' ')).join(separator)}, ${separator}))
        as i (rid, shard, ver, ty, id, parameters, generation, reason)
      on conflict (rid, shard) do update set ver = excluded.ver, parameters = excluded.parameters,
        work = greatest(excluded.work, case when g.ver = excluded.ver then g.work else 0 end),
        generation = excluded.generation, reason = excluded.reason`;
    await transaction`update fhir.index_state set gaps = true where single and not gaps`;
    if (gaps.every(({ parameters }) => parameters.every((name) => names.has(name)))) return;
    await transaction`update fhir.own_parameter_state set generation = generation + 1 where single`;
  });
}

/** Forgets the gaps of resources whose rows are whole by now. */
export async function clearGaps(sql: Sql, rows: readonly Pick<Gap, 'rid' | 'shard'>[]): Promise<void> {
  await sql.begin(async (transaction) => {
    await lockOwnParameters(transaction);
    await transaction`
      delete from fhir.index_gap g
      using unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]) as i (rid, shard)
      where g.rid = i.rid and g.shard = i.shard`;
    await endWithoutGaps(transaction);
  });
}

/** Deletes the gaps of versions that are no longer current: a write stores whole rows, or nothing. */
export async function clearStaleGaps(sql: Sql): Promise<void> {
  await sql.begin(async (transaction) => {
    await lockOwnParameters(transaction);
    await transaction`
      delete from fhir.index_gap g where not exists (
        select from fhir.resource r where r.rid = g.rid and r.shard = g.shard and r.ver = g.ver and not r.deleted)`;
    await endWithoutGaps(transaction);
  });
}

async function endWithoutGaps(sql: Session): Promise<void> {
  await sql`
    update fhir.index_state set gaps = false where single and gaps and not exists (select 1 from fhir.index_gap)`;
}

/** Whether there are, or were a moment ago, resources with gaps. */
export async function haveGaps(sql: Session): Promise<boolean> {
  const rows = await sql`select from fhir.index_state where single and gaps`;
  return rows.length > 0;
}

/**
 * Resources with gaps behind a row number, which were tried with less work than `work` or with other search parameters than those of
 * the generation: the next `limit`, and those with the number of the last of them.
 */
export async function readGapsToTry(
  sql: Session,
  { behind, work, generation, limit }: { behind: number; work: number; generation: number; limit: number },
): Promise<Unindexed[]> {
  const rows = await sql<{ rid: string; shard: number; ty: number; id: string; ver: number; size: number }[]>`
    select r.rid, r.shard, r.ty, r.id, r.ver, octet_length(r.content) as size
    from fhir.index_gap g join fhir.resource r on r.rid = g.rid and r.shard = g.shard and r.ver = g.ver
    where g.rid > ${behind} and not r.deleted and (g.work < ${work} or g.generation <> ${generation})
    order by g.rid fetch first (${limit}) rows with ties`;
  return rows.map(({ rid, shard, ty, id, ver, size }) => ({
    ...{ shard, ty, id, ver, size },
    rid: Number(rid),
    deleted: false,
  }));
}

/** Counts the current versions with missing values. */
export async function readGapSummary(sql: Session): Promise<GapSummary> {
  const rows = await sql<{ ty: number | null; name: string | null; count: string }[]>`
    with gap as (
      select g.ty, g.parameters from fhir.index_gap g
      join fhir.resource r on r.rid = g.rid and r.shard = g.shard and r.ver = g.ver and not r.deleted
    )
    select ty, null as name, count(*) as count from gap group by ty
    union all
    select null, u.name, count(*) from gap, unnest(string_to_array(parameters, ' ')) as u (name) group by u.name`;
  const sorted = (pairs: [string, number][]): [string, number][] => pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const types = rows
    .filter(({ ty }) => ty !== null)
    .map(({ ty, count }): [string, number] => [typeName(ty!)!, Number(count)]);
  const parameters = rows
    .filter(({ name }) => name !== null)
    .map(({ name, count }): [string, number] => [name!, Number(count)]);
  return {
    resources: types.reduce((sum, [, count]) => sum + count, 0),
    types: sorted(types),
    parameters: sorted(parameters),
  };
}
