import { indexVersion } from '@dhp/fhir-search';
import { serverName, type Basis } from './server.ts';
import type { Session } from './session.ts';

export interface IndexStateRow {
  /** Of what the index holds, or is being made to hold; 0 when nothing ever was. */
  readonly version: number;
  /** Every resource with a lower rid is indexed, or was found to be by an earlier pass. */
  readonly next: number;
  readonly complete: boolean;
  /** One more than the highest rid. */
  readonly end: number;
}

export async function readIndexState(sql: Session): Promise<IndexStateRow> {
  const [row] = await sql<{ version: number; next: string; complete: boolean; end: string }[]>`
    select coalesce(s.version, 0) as version, coalesce(s.next_rid, 0) as next, coalesce(s.complete, false) as complete, r.end
    from (select coalesce(max(rid) + 1, 0) as end from fhir.resource) r
    left join fhir.index_state s on true`;
  const { version, next, complete, end } = row!;
  return { version, next: Number(next), complete, end: Number(end) };
}

/** An index of nothing is complete, whatever definition it follows. Does nothing when there are resources. */
export async function completeEmptyIndex(sql: Session): Promise<void> {
  await sql`
    insert into fhir.index_state as s (version, complete)
    select ${indexVersion}, true where not exists (select from fhir.resource)
    on conflict (single) do update set version = excluded.version, next_rid = 0, complete = true
    where not s.complete or s.version <> excluded.version`;
}

/** Begins with this program's definition of the index, unless the index follows it, or a later one, already. */
export async function beginIndex(sql: Session): Promise<void> {
  await sql`
    insert into fhir.index_state as s (version) values (${indexVersion})
    on conflict (single) do update set version = excluded.version, next_rid = 0, complete = false
    where s.version < excluded.version`;
}

/** What was found out on one server is noted there alone. @returns whether it was: not on another server, nor of another definition */
export async function noteIndexed(
  sql: Session,
  { next, complete }: { next: number; complete: boolean },
  { server }: Basis,
): Promise<boolean> {
  const rows = await sql`
    update fhir.index_state set next_rid = ${next}, complete = ${complete}
    where version = ${indexVersion} and ${serverName(sql)} = ${server}::text
    returning 1`;
  return rows.length > 0;
}
