import type { Sql } from '@dhp/postgres';
import { wholeSnapshot } from '../commit-order/several-nodes.ts';
import { distribution } from './distribution.ts';
import { readShardMap } from './shard-map.ts';
import { isSpread } from './spread-facts.ts';

/**
 * `fhir.behind_newest` of migration 0040, carried out in each shard: one statement for the newest of each of many types has no plan over nodes, and a statement for each type
 * asks all shards a thousand times, which a busy machine did not do within a minute.
 */
const behindNewest = `
  create or replace function fhir.behind_newest(types smallint[]) returns bigint language plpgsql volatile as $$
  declare
    newest timestamptz;
  begin
    select max(each.upd::timestamptz) into newest from (
      select fhir.on_shard(h.names, array['resource'],
        'select max(l.upd)::text from unnest(%2$s::smallint[]) as t (ty)
           cross join lateral (select r.upd from %1$s r where r.ty = t.ty order by r.upd desc limit 1) l',
        array[types::text], array['TimeZone', 'UTC', 'DateStyle', 'ISO']) as upd
      from fhir.shard_here h) each;
    return coalesce((date_part('epoch', newest) * 1000)::bigint, 0) + 1;
  end $$`;

/**
 * `fhir.hold_shards` takes the locks that Citus takes for a statement that changes rows of a shard; a move waits for them before it ends. A
 * lock on rows takes none of these, and would remain on the node that the shard leaves. The locks are taken as the owner of the tables,
 * whom Citus allows it.
 */
const holdShards = `
  create or replace function fhir.hold_shards(shards int[]) returns void language plpgsql security definer set search_path = pg_catalog as $$
  declare
    ids bigint[] := array(
      select distinct get_shard_id_for_distribution_column('fhir.resource', s) from unnest(shards) as s order by 1);
  begin
    perform lock_shard_metadata(5, ids); -- ShareLock
  end $$`;

/**
 * `fhir.commit_on_all` changes a table that Citus knows and whose rows are on this node alone. Otherwise, if a transaction changes rows of
 * one other node, that node would commit first and this one afterwards, and this one might be killed in between; with it both prepare.
 */
const commitOnAll = [
  'create table if not exists fhir.own_commit (number int primary key)',
  `do $$ begin
    if not exists (select from pg_dist_partition where logicalrelid = 'fhir.own_commit'::regclass) then
      perform citus_add_local_table_to_metadata('fhir.own_commit');
    end if;
  end $$`,
  `create or replace function fhir.commit_on_all() returns void language plpgsql volatile security definer set search_path = pg_catalog as $$
  begin
    delete from fhir.own_commit where number = 0; -- there is none
  end $$`,
];

/** Until all tables are spread no store opens: some of its statements would meet tables of both kinds. */
const underWay = `
  create or replace function fhir.is_spread() returns boolean language plpgsql stable as $$
  begin
    raise exception 'this database is being moved to several nodes: dhp migrate --distributed goes on with it' using errcode = '57P03';
  end $$`;

const over = `create or replace function fhir.is_spread() returns boolean language sql stable as 'select true'`;

const patientShardsKnown = `
  create or replace function fhir.knows_patient_shards() returns boolean language sql stable as 'select true'`;

/** Tables that are spread, in this order, with whether each node has all of their rows. The others stay on the node that clients speak to. */
const spreadTables: readonly { readonly name: string; readonly isWhole: boolean }[] = [
  ...distribution.byShard.map((name) => ({ name, isWhole: false })),
  ...[...distribution.everywhere, ...distribution.unplaced].map((name) => ({ name, isWhole: true })),
];

export interface MovedTable {
  /** Without its schema. */
  readonly name: string;
  readonly isWhole: boolean;
  readonly isMoved: boolean;
  /** Of the table, its indexes and its long values, on the node that clients speak to. */
  readonly bytes: number;
  /** Estimate from the statistics; undefined without statistics. */
  readonly rows: number | undefined;
}

/** The tables to be spread, in their order, with their sizes. Reads only. */
export async function movedTables(sql: Sql): Promise<readonly MovedTable[]> {
  const moved = await movedNames(sql);
  const rows = await sql<{ name: string; bytes: number; rows: number }[]>`
    select relname as name, pg_total_relation_size(oid)::float8 as bytes, reltuples::float8 as rows
    from pg_class where relnamespace = 'fhir'::regnamespace and relkind in ('r', 'p')`;
  const byName = new Map(rows.map((row) => [row.name, row]));
  return spreadTables.map(({ name, isWhole }) => {
    const { bytes = 0, rows: count = -1 } = byName.get(name) ?? {};
    return { name, isWhole, isMoved: moved.has(name), bytes, rows: count < 0 ? undefined : count };
  });
}

/** The tables that are spread already; empty if the database has no Citus. */
async function movedNames(sql: Sql): Promise<ReadonlySet<string>> {
  const [there] = await sql<{ is: boolean }[]>`select to_regclass('pg_dist_partition') is not null as is`;
  if (there?.is !== true) return new Set();
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_dist_partition p join pg_class c on c.oid = p.logicalrelid
    where c.relnamespace = 'fhir'::regnamespace`;
  return new Set(rows.map(({ name }) => name));
}

interface DistributeOptions {
  /** Parts of each table: at most so many nodes can share it. More of them later means that all rows move. */
  readonly shards?: number;
  /** Called before each table is spread, and with undefined at the end. */
  readonly onTable?: (table: string | undefined) => void;
  /** Whether no server writes meanwhile, not even to a database that was spread before (default: one may). */
  readonly isAlone?: boolean;
}

/**
 * Spreads the tables of a database over its nodes, by the extension Citus, as `distribution` says, with their rows. Each table has its own
 * transaction: an aborted run can be continued, and a table that is already spread is unchanged, so it may be called again, as after
 * migrations that add tables. There must be no writes meanwhile, unless the database was spread before. While it runs no store can be
 * opened in the database, unless it was spread before.
 * @param sql of one connection of the owner
 * @throws PostgresError if the database has no Citus, or a table cannot be spread
 */
export async function distribute(
  sql: Sql,
  { shards = 32, onTable, isAlone = false }: DistributeOptions = {},
): Promise<void> {
  // Another run at the same time is waited for, also one whose program was killed and whose statement runs on.
  await sql`select pg_advisory_lock(hashtext('dhp distribute'))`;
  try {
    const wasSpread = await isSpread(sql);
    if (wasSpread !== true) await sql.unsafe(underWay);
    const done = await movedNames(sql);
    const first = `fhir.${distribution.byShard[0]}`;
    for (const { name: table, isWhole } of spreadTables) {
      onTable?.(table);
      const name = `fhir.${table}`;
      if (!done.has(table)) await spread(sql, { name, isWhole, first, shards });
      await removeLeft(sql, name);
    }
    await tellFunctions(sql);
    await nameShards(sql);
    if ((wasSpread !== true || isAlone) && !(await knowsPatientShards(sql))) {
      // It loads the keys of the index, which commands that spread nothing do not need.
      const { noteStoredPatientShards } = await import('./patient-shards.ts');
      await noteStoredPatientShards(sql, await readShardMap(sql));
      await sql.unsafe(patientShardsKnown);
    }
    for (const each of [behindNewest, wholeSnapshot, holdShards, ...commitOnAll, over]) await sql.unsafe(each);
    onTable?.(undefined);
  } finally {
    await sql`select pg_advisory_unlock(hashtext('dhp distribute'))`;
  }
}

/** Whether resources outside of their patient's shard are noted, so that a search by a patient does not ask all shards. */
export async function knowsPatientShards(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ knows: boolean }[]>`select fhir.knows_patient_shards() as knows`;
  return row!.knows;
}

async function spread(
  sql: Sql,
  { name, isWhole, first, shards }: { name: string; isWhole: boolean; first: string; shards: number },
): Promise<void> {
  // While a shard is moved, changes of its rows follow by logical replication, which identifies rows without a key by all of their values.
  const [keyless] = await sql`
    select 1 from pg_class c where c.oid = ${name}::regclass and c.relreplident = 'd'
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`;
  if (keyless !== undefined) await sql.unsafe(`alter table ${name} replica identity full`);
  if (isWhole) await sql`select create_reference_table(${name}::regclass)`;
  else if (name === first)
    await sql`select create_distributed_table(${name}::regclass, 'shard', colocate_with => 'none', shard_count => ${shards}::int)`;
  else await sql`select create_distributed_table(${name}::regclass, 'shard', colocate_with => ${first})`;
}

/**
 * Functions created before the extension are on this node alone, unless a table needs them: `fhir.on_shard` would be missing on the nodes
 * that run it. Citus creates a replaced function on the other nodes, too.
 */
async function tellFunctions(sql: Sql): Promise<void> {
  const functions = await sql<{ definition: string }[]>`
    select pg_get_functiondef(p.oid) as definition from pg_proc p
    where p.pronamespace = 'fhir'::regnamespace and p.prokind = 'f'
      and not exists (select from pg_dist_object d where d.classid = 'pg_proc'::regclass and d.objid = p.oid)
    order by p.oid`;
  for (const { definition } of functions) await sql.unsafe(definition);
}

/** A row of `fhir.shard_here` for each shard, with the names of its parts of the tables: the parts have their own numbers. */
async function nameShards(sql: Sql): Promise<void> {
  const shards = await sql<{ shard: number; names: string }[]>`
    with lies as (
      select c.relname as name, s.shardid, s.shardminvalue, shard_name(s.logicalrelid, s.shardid) as part
      from pg_dist_shard s join pg_class c on c.oid = s.logicalrelid where c.relnamespace = 'fhir'::regnamespace
    ), here as (
      select distinct on (l.shardid) l.shardid, l.shardminvalue, v.shard
      from generate_series(0, 20000) as v (shard)
      join lies l on l.name = 'shard_here' and l.shardid = get_shard_id_for_distribution_column('fhir.shard_here', v.shard)
      order by l.shardid, v.shard
    )
    select h.shard, jsonb_object_agg(l.name, l.part)::text as names
    from here h join lies l on l.shardminvalue is null or l.shardminvalue = h.shardminvalue group by h.shard order by h.shard`;
  for (const { shard, names } of shards)
    await sql`
      insert into fhir.shard_here as s (shard, names) values (${shard}::int, ${names}::text::jsonb)
      on conflict (shard) do update set names = excluded.names where s.names <> excluded.names`;
}

/** Rows that were copied to the nodes are still in the local file of the table, where they are invisible. */
async function removeLeft(sql: Sql, name: string): Promise<void> {
  const [left] = await sql<{ is: boolean }[]>`select pg_relation_size(${name}::regclass) > 0 as is`;
  if (left!.is) await sql`select truncate_local_data_after_distributing_table(${name}::regclass)`;
}

/** Bytes of the current table that have been copied to the nodes, as seen by another session. */
export async function bytesCopied(sql: Sql): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(result::float8), 0)::float8 as bytes from run_command_on_workers(
      'select coalesce(sum(bytes_processed), 0)::text from pg_stat_progress_copy where datname = current_database()') where success`;
  return row!.bytes;
}
