import type { Sql } from '@dhp/postgres';
import type { Session } from './session.ts';

export interface IndexStateRow {
  /** Number of the definition that the index holds, or is being built to hold; 0 when there never was one. */
  readonly version: number;
  /** Progress of the pass over all resources, in row numbers. */
  readonly next: number;
  readonly complete: boolean;
  /** Some resources lack values of some search parameters (fhir.index_gap). */
  readonly gaps: boolean;
  /** One more than the highest rid. */
  readonly end: number;
}

export async function readIndexState(sql: Session): Promise<IndexStateRow> {
  const [row] = await sql<{ version: number; next: string; complete: boolean; gaps: boolean; end: string }[]>`
    select coalesce(s.version, 0) as version, coalesce(s.complete, false) as complete,
      coalesce(s.gaps, false) as gaps, r.end, coalesce(j.next_rid - (
        select coalesce(sum(t.behind - t.next_rid), 0) from fhir.index_stretch t where t.kind = j.kind), 0) as next
    from (select coalesce(max(rid) + 1, 0) as end from fhir.resource) r
    left join fhir.index_state s on true
    left join fhir.index_job j on j.kind = 'definition' and j.target = s.version and j.stage is null`;
  const { version, next, complete, gaps, end } = row!;
  return { version, next: Number(next), complete, gaps, end: Number(end) };
}

/** An empty index is complete, whatever earlier definition it has. Does nothing if there are resources. */
export async function completeEmptyIndex(sql: Sql, indexVersion: number): Promise<void> {
  await sql.begin(async (transaction) => {
    const completed = await transaction`
      insert into fhir.index_state as s (version, complete)
      select ${indexVersion}, true where not exists (select 1 from fhir.resource)
      on conflict (single) do update set version = excluded.version, next_rid = 0, complete = true
      where s.version < excluded.version or (s.version = excluded.version and not s.complete)
      returning 1`;
    if (completed.length > 0) await requireDefinition(transaction, indexVersion);
  });
}

/**
 * From the commit on, only programs that make rows of this definition store any. It replaces earlier ones in their tables, and a definition
 * being built beside is discarded.
 */
export async function requireDefinition(sql: Session, indexVersion: number): Promise<void> {
  const changed = await sql`
    with gone as (delete from fhir.index_definition where version <> ${indexVersion} returning 1), added as (
      insert into fhir.index_definition (version) values (${indexVersion}) on conflict do nothing returning 1
    ) select from gone union all select from added`;
  const built = await sql`delete from fhir.index_next returning 1`;
  if (changed.length + built.length > 0)
    await sql`update fhir.own_parameter_state set generation = generation + 1 where single`;
}
