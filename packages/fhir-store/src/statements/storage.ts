/** The sizes of the parts of an environment's database. It only reads, and needs statistics only for the number of resources. */
import type { Sql } from '@dhp/postgres';
import { readPacked, type PackedState } from './packed-versions.ts';

/** A table with all its partitions. */
export interface StoredTable {
  readonly schema: string;
  readonly name: string;
  /** Bytes of its rows, with the maps of free and visible pages. */
  readonly rows: number;
  /** Bytes of values that are too long for a row. */
  readonly longValues: number;
  /** Bytes of its indexes. */
  readonly indexes: number;
}

export interface StoredIndex {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly bytes: number;
}

export interface Storage {
  /** Bytes of the whole database, as `pg_database_size` has them. */
  readonly database: number;
  /** Bytes of the trail of requests, which grows with the requests and not with the resources. */
  readonly trail: number;
  readonly resources: number;
  /** Whether the resources were counted one by one; else the number is from PostgreSQL's statistics. */
  readonly isCounted: boolean;
  /** Bytes of the database without the trail, for each resource; undefined if there are no resources. */
  readonly bytesPerResource: number | undefined;
  /** The largest first. */
  readonly tables: readonly StoredTable[];
  /** The largest first. */
  readonly indexes: readonly StoredIndex[];
  /** Replaced versions, plain and packed. */
  readonly versions: PackedState;
}

/** Rows up to which resources are counted: more take long. */
const mostCounted = 2_000_000;

/** @param mostRows more resources than this are not counted */
export async function readStorage(sql: Sql, mostRows = mostCounted): Promise<Storage> {
  const [facts] = await sql<{ database: number; estimate: number }[]>`
    select pg_database_size(current_database())::float8 as database,
      (select coalesce(sum(greatest(c.reltuples, 0)), 0)::float8 from pg_class c
       where c.relkind = 'r' and (c.oid = 'fhir.resource'::regclass or c.oid in (select relid from pg_partition_tree('fhir.resource')))
      ) as estimate`;
  const { database, estimate } = facts!;
  const tables = await readTables(sql);
  const isCounted = estimate <= mostRows;
  const resources = isCounted ? await countResources(sql) : estimate;
  const trail = tables
    .filter(isTrail)
    .reduce((sum, { rows, longValues, indexes }) => sum + rows + longValues + indexes, 0);
  return {
    ...{ database, trail, resources, isCounted, tables },
    bytesPerResource: resources === 0 ? undefined : (database - trail) / resources,
    indexes: await readIndexes(sql),
    versions: await readPacked(sql, mostRows),
  };
}

function isTrail({ schema, name }: StoredTable): boolean {
  return schema === 'fhir_audit' || (schema === 'fhir' && name.startsWith('audit_'));
}

async function countResources(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::float8 as count from fhir.resource where not deleted`;
  return row!.count;
}

function readTables(sql: Sql): Promise<StoredTable[]> {
  return sql<StoredTable[]>`
    select n.nspname as schema, w.relname as name, sum(p.rows)::float8 as rows, sum(p.long)::float8 as "longValues",
      sum(pg_indexes_size(c.oid))::float8 as indexes
    from pg_class c
    join pg_class w on w.oid = coalesce(pg_partition_root(c.oid)::oid, c.oid)
    join pg_namespace n on n.oid = w.relnamespace
    cross join lateral (
      select coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) as long, pg_table_size(c.oid) as whole
    ) t
    cross join lateral (select t.long, t.whole - t.long as rows) p
    where c.relkind in ('r', 'm') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
    group by 1, 2
    order by sum(t.whole + pg_indexes_size(c.oid)) desc, 1, 2`;
}

function readIndexes(sql: Sql): Promise<StoredIndex[]> {
  return sql<StoredIndex[]>`
    select n.nspname as schema, w.relname as table, r.relname as name, sum(pg_relation_size(c.oid))::float8 as bytes
    from pg_class c
    join pg_index i on i.indexrelid = c.oid
    join pg_class w on w.oid = coalesce(pg_partition_root(i.indrelid)::oid, i.indrelid)
    join pg_class r on r.oid = coalesce(pg_partition_root(c.oid)::oid, c.oid)
    join pg_namespace n on n.oid = w.relnamespace
    where c.relkind = 'i' and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
    group by 1, 2, 3
    order by 4 desc, 1, 2, 3`;
}
