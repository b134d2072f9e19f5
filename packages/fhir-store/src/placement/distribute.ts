import type { Sql } from '@dhp/postgres';
import { wholeSnapshot } from '../commit-order/several-nodes.ts';
import { distribution } from './distribution.ts';

/**
 * `fhir.behind_newest` of migration 0040 in statements of their own: one that asks for the newest of each of many types cannot be carried out over
 * several nodes, nor can a function in SQL that has parameters.
 */
const behindNewest = `
  create or replace function fhir.behind_newest(types smallint[]) returns bigint language plpgsql volatile as $$
  declare
    each   smallint;
    found  timestamptz;
    newest timestamptz;
  begin
    foreach each in array types loop
      select r.upd into found from fhir.resource r where r.ty = each order by r.upd desc limit 1;
      newest := greatest(newest, found);
    end loop;
    return coalesce((date_part('epoch', newest) * 1000)::bigint, 0) + 1;
  end $$`;

/**
 * Spreads the tables of a database over its nodes, by the extension Citus, as `distribution` says: once, after it was migrated and before anything
 * is stored. A table that has been spread stays as it is, so it may be done again.
 * @param shards parts of each table: at most so many nodes can share it. More of them later means that all rows move
 * @throws PostgresError where the database has no Citus, or a table cannot be spread
 */
export async function distribute(sql: Sql, { shards = 32 } = {}): Promise<void> {
  const rows = await sql<{ name: string }[]>`select logicalrelid::text as name from pg_dist_partition`;
  const done = new Set(rows.map(({ name }) => name));
  const left = (tables: readonly string[]): string[] =>
    tables.map((table) => `fhir.${table}`).filter((name) => !done.has(name));
  const first = `fhir.${distribution.byShard[0]}`;
  for (const name of left(distribution.byShard)) {
    await (name === first
      ? sql`select create_distributed_table(${name}::regclass, 'shard', colocate_with => 'none', shard_count => ${shards}::int)`
      : sql`select create_distributed_table(${name}::regclass, 'shard', colocate_with => ${first})`);
  }
  for (const name of left([...distribution.everywhere, ...distribution.unplaced]))
    await sql`select create_reference_table(${name}::regclass)`;
  for (const each of [behindNewest, wholeSnapshot]) await sql.unsafe(each);
  await sql`create or replace function fhir.is_spread() returns boolean language sql stable as 'select true'`;
}
