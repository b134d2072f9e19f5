/** Nodes of a database that is spread, or is to be: their settings, and how they are added and removed. */
import type { Sql } from '@dhp/postgres';

/** Address of a node, as the others reach it. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface NodeSettings {
  /** `server_version_num`. */
  readonly postgres: number;
  /** Version of the extension in this database; null if it is not there. */
  readonly citus: string | null;
  /** Version that could be made here; null if its files are not installed. */
  readonly available: string | null;
  /** Whether the server has loaded it at its start. */
  readonly isLoaded: boolean;
  readonly walLevel: string;
  readonly preparedTransactions: number;
  readonly connections: number;
  /** Transactions over nodes that were prepared here more than five minutes ago, and neither committed nor rolled back. */
  readonly leftBehind: number;
}

/** As text, since the node that clients use sends it to other nodes. */
export const settingsQuery = `select jsonb_build_object(
  'postgres', current_setting('server_version_num')::int,
  'citus', (select extversion from pg_extension where extname = 'citus'),
  'available', (select default_version from pg_available_extensions where name = 'citus'),
  'isLoaded', 'citus' = any (string_to_array(replace(replace(current_setting('shared_preload_libraries'), ' ', ''), '"', ''), ',')),
  'walLevel', current_setting('wal_level'),
  'preparedTransactions', current_setting('max_prepared_transactions')::int,
  'connections', current_setting('max_connections')::int,
  'leftBehind', (select count(*) from pg_prepared_xacts
    where database = current_database() and gid like 'citus\\_%' and prepared < now() - interval '5 minutes'))::text`;

/** Settings of one server, in any of its databases. */
export async function nodeSettings(sql: Sql): Promise<NodeSettings> {
  const [row] = await sql.unsafe<{ jsonb_build_object: string }[]>(settingsQuery);
  return JSON.parse(row!.jsonb_build_object) as NodeSettings;
}

/** Of the node that clients speak to, in the database that is to be spread. */
export interface CoordinatorFacts extends NodeSettings {
  readonly database: string;
  readonly isSuperuser: boolean;
  /** Whether a definition of the search index is built beside the active one. */
  readonly buildsIndex: boolean;
  /** Names of other sessions in this database, with their numbers. */
  readonly others: readonly { readonly name: string; readonly count: number }[];
}

/** It only reads. The database has the newest schema. */
export async function coordinatorFacts(sql: Sql): Promise<CoordinatorFacts> {
  const [row] = await sql<{ database: string; isSuperuser: boolean; buildsIndex: boolean }[]>`
    select current_database() as database, (select rolsuper from pg_roles where rolname = current_user) as "isSuperuser",
      exists (select from fhir.index_next) as "buildsIndex"`;
  const others = await sql<{ name: string; count: number }[]>`
    select coalesce(nullif(application_name, ''), usename) as name, count(*)::int as count from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and application_name !~ '^(citus_internal|dhp migrate|dhp setup)' group by 1 order by 1`;
  return { ...(await nodeSettings(sql)), ...row!, others };
}

/** Makes the extension in this database, where its server has its files. */
export async function makeExtension(sql: Sql): Promise<void> {
  await sql.unsafe('create extension if not exists citus');
}

/** Sets the address at which other nodes reach the node that clients use. It need not be set twice. */
export async function nameCoordinator(sql: Sql, { host, port }: Place): Promise<void> {
  const [known] = await sql`select 1 from pg_dist_node where groupid = 0`;
  if (known === undefined) await sql`select citus_set_coordinator_host(${host}, ${port}::int)`;
}

/** Adds a node, whose database has the extension; it has no shards before they are rebalanced. A known node stays. */
export async function addNode(sql: Sql, { host, port }: Place): Promise<void> {
  await sql`select citus_add_node(${host}, ${port}::int)`;
}

/** Removes a node without shards. @throws PostgresError if it has some */
export async function removeNode(sql: Sql, { host, port }: Place): Promise<void> {
  await sql`select citus_remove_node(${host}, ${port}::int)`;
}
