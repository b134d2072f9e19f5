/** What the node that clients speak to tells of the order of commits, for statements that are carried out on other nodes. */
import type { Sql } from '@dhp/postgres';
import { textOf, type Column } from '@dhp/search-index/sql';

/** As statements ask for the snapshot: on another node it would be that of its own transactions. */
export const currentSnapshotText = 'pg_current_snapshot()';

/** The snapshot, and the server that it is of. */
export async function snapshotOf(sql: Pick<Sql, 'unsafe'>): Promise<[string, string]> {
  const [row] = (await sql
    .unsafe(`select ${currentSnapshotText}::text, fhir.server_name()`, [], { prepare: true })
    .raw()) as Column[][];
  return [textOf(row![0]), textOf(row![1])];
}
