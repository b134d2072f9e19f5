import type { Session } from './session.ts';
import { bodies, ids, numberOf, numbers, separator, type Column } from './columns.ts';
import type { ResourceKey } from './read-current.ts';

/** A first version. */
export interface FirstVersion extends ResourceKey {
  readonly rid: number;
  readonly shard: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly content: string;
}

/**
 * Stores first versions under ids that are new for sure. @throws unique_violation (23505) when one is not; nothing is
 * stored.
 */
export async function insertNew(sql: Session, rows: readonly FirstVersion[]): Promise<void> {
  await sql`
    with input as (
      select * from unnest(${numbers(rows.map((row) => row.ty))}::smallint[],
                           string_to_array(${ids(rows.map((row) => row.id))}, ','),
                           ${numbers(rows.map((row) => row.rid))}::bigint[],
                           ${numbers(rows.map((row) => row.shard))}::int[],
                           ${numbers(rows.map((row) => row.upd))}::bigint[],
                           string_to_array(${bodies(rows.map((row) => row.content))}, ${separator}))
                      as i (ty, id, rid, shard, upd, content)
    ), named as (
      insert into fhir.identity (ty, id, rid, shard) select ty, id, rid, shard from input
    )
    insert into fhir.resource (rid, shard, ty, ver, upd, id, content)
    select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content from input`.raw();
}

/**
 * Stores first versions under ids of which some may exist, or be stored by somebody else at this moment.
 * @returns the rids of those that were stored; the others are left alone
 */
export async function insertAbsent(sql: Session, rows: readonly FirstVersion[]): Promise<Set<number>> {
  // Names are taken in sorted order: of two servers that store the same ids, one waits for the other and never both.
  const stored = await sql`
    with input as (
      select * from unnest(${numbers(rows.map((row) => row.ty))}::smallint[],
                           string_to_array(${ids(rows.map((row) => row.id))}, ','),
                           ${numbers(rows.map((row) => row.rid))}::bigint[],
                           ${numbers(rows.map((row) => row.shard))}::int[],
                           ${numbers(rows.map((row) => row.upd))}::bigint[],
                           string_to_array(${bodies(rows.map((row) => row.content))}, ${separator}))
                      as i (ty, id, rid, shard, upd, content)
    ), named as (
      insert into fhir.identity (ty, id, rid, shard) select ty, id, rid, shard from input order by ty, id collate "C"
      on conflict (ty, id) do nothing
      returning rid
    )
    insert into fhir.resource (rid, shard, ty, ver, upd, id, content)
    select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content from input join named using (rid)
    returning rid`.raw();
  return new Set((stored as unknown as Column[][]).map(([rid]) => numberOf(rid)));
}
