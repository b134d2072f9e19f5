/**
 * The patient whose record a resource is, beside its current version (`pat` and `pat_of` of fhir.resource): with it a read finds the consents of that
 * patient without the row of the index. docs/decisions/0199-consents-by-the-row-that-is-read.md
 */
import { numbers, numberOf, type Column } from './columns.ts';
import type { IndexTables } from '@dhp/search-index/sql';
import type { Fragment } from './index-input.ts';
import { sessionOn } from './index-tables.ts';
import type { Session } from './session.ts';

/**
 * The version of the rule by which patients of resources are determined: a note made by another version is ignored, and made again. It is raised
 * together with `indexVersion` if index rows may have another patient than before.
 */
const way = 1;

/** `pat_of` minus the number of the version: an older server changes only the version, so that the note then belongs to no version. */
const base = String(way * 2 ** 32);

/** The columns that are stored. */
export const patientColumns = 'pat, pat_of';

/** Their values. @param pat the patient of the index row, null if it has none or several @param ver the number of the version */
export function patientValues(sql: Session, pat: Fragment, ver: Fragment): Fragment {
  return sql`${pat}, case when ${pat} is not null then ${sql.unsafe(base)}::bigint + ${ver} end`;
}

/** The same, as the assignments of an update of the row `r`, which has the number of the version before. */
export function patientOfNext(sql: Session, pat: Fragment): Fragment {
  return sql`pat = ${pat}, pat_of = case when ${pat} is not null then ${sql.unsafe(base)}::bigint + r.ver + 1 end`;
}

/** A condition, as text: whether the patient of the row `r` is known. */
export const isPatientKnown = `r.pat is not null and r.pat_of = ${base}::bigint + r.ver`;

/** A part of a statement that reindexes current versions, with its part `changes`: a note of the patient does not outlive the index row. */
export function patientsAnew(sql: Session): Fragment {
  return sql`, patients_anew as (
      update fhir.resource r
      set pat = c.pat, pat_of = case when c.pat is not null then ${sql.unsafe(base)}::bigint + r.ver end
      from changes c
      where not c.gone and r.rid = c.rid and r.shard = c.new_shard and r.pat_of is not null and r.pat is distinct from c.pat
    )`;
}

/** Of current versions, those with another noted patient than in the index, by numbers of rows. */
export async function differingPatients(
  sql: Session,
  rows: readonly { readonly rid: number; readonly shard: number; readonly pat: string | undefined }[],
): Promise<{ rid: number; shard: number }[]> {
  const found = await sql`
    select r.rid, r.shard
    from unnest(${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[],
      ${numbers(rows.map(({ pat }) => pat))}::bigint[]) as i (rid, shard, pat)
    join fhir.resource r on r.rid = i.rid and r.shard = i.shard
    where ${sql.unsafe(isPatientKnown)} and r.pat is distinct from i.pat`.raw();
  return (found as unknown as Column[][]).map(([rid, shard]) => ({ rid: numberOf(rid), shard: numberOf(shard) }));
}

/** A number among the builds of consents, higher than any of them: the progress of noting the patients of resources stored before. */
export const patientBuild = 1_000_000_000 + way;

/** Whether the index has the patients of all stored resources. */
export async function isIndexWhole(sql: Session, version: number): Promise<boolean> {
  const rows = await sql`select 1 from fhir.index_state where single and complete and version = ${version}::int`.raw();
  return rows.length > 0;
}

/**
 * Notes the patients of the next current versions, from the index rows. A writer of a resource notes its patient, so locked and changed resources are
 * skipped.
 * @returns the number of the last row read; undefined: there are no more
 */
export async function notePatients(
  sql: Session,
  { behind, limit }: { readonly behind: number; readonly limit: number },
  { version, tables }: { readonly version: number; readonly tables: IndexTables },
): Promise<number | undefined> {
  const [row] = await sessionOn(sql, tables)`
    with page as materialized (
      select rid, shard, ver, deleted, pat_of from fhir.resource where rid > ${behind}::bigint order by rid fetch first (${limit}) rows with ties
    ), known as materialized (
      select p.rid, p.shard, p.ver, s.pat from page p join fhir.search s on s.rid = p.rid and s.shard = p.shard
      where not p.deleted and s.pat is not null and s.version = ${version}::smallint and p.pat_of is distinct from ${sql.unsafe(base)}::bigint + p.ver
    ), held as materialized (
      select r.rid, r.shard, r.ver, k.pat from known k join fhir.resource r on r.rid = k.rid and r.shard = k.shard and r.ver = k.ver
      order by r.rid for update of r skip locked
    ), noted as (
      update fhir.resource r set pat = h.pat, pat_of = ${sql.unsafe(base)}::bigint + h.ver
      from held h where r.rid = h.rid and r.shard = h.shard and r.ver = h.ver
    )
    select max(rid) from page`.raw();
  const last = (row as unknown as Column[])[0];
  return last === null || last === undefined ? undefined : numberOf(last);
}
