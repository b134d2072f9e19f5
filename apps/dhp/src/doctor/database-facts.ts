/** Facts about a database server and one database of the platform, in two statements that only read. */
import type { Sql } from '@dhp/postgres';

export interface ServerFacts {
  /** As PostgreSQL has it: 180004. */
  readonly version: number;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly checksums: string;
  readonly autovacuum: string;
  readonly synchronousStandbys: string;
  readonly confirmingStandbys: number;
  /** Whether the login may see the sessions of others. */
  readonly seesAll: boolean;
  /** Milliseconds by which its clock is ahead of this node's, and half of the time that the question took. */
  readonly clockAhead: number;
  readonly clockDoubt: number;
  /** Bytes that the furthest standby is behind; null without one. */
  readonly lag: number | null;
  /** Slots that nobody reads, with the bytes of the log that they keep. */
  readonly idleSlots: readonly { readonly name: string; readonly bytes: number }[];
  readonly archiveMode: string;
  readonly archivedSeconds: number | null;
  readonly failedFile: string | null;
  readonly failedSince: number | null;
}

export interface DatabaseFacts {
  /** Age in seconds of the oldest transaction, and its process. */
  readonly oldest: { readonly seconds: number; readonly pid: number; readonly name: string } | null;
  /** Hours since the oldest transaction was prepared and neither committed nor rolled back. */
  readonly preparedHours: number | null;
  readonly invalidIndexes: readonly string[];
  /** Tables of which a third or more, and at least 50,000 rows, are dead. */
  readonly bloated: readonly { readonly table: string; readonly percent: number }[];
  /** Age of the oldest transaction number, in multiples of autovacuum_freeze_max_age. */
  readonly wraparound: number;
  readonly bytes: number;
  readonly connections: number;
}

export async function serverFacts(sql: Sql): Promise<ServerFacts> {
  const asked = Date.now();
  const [clock] = await sql<{ now: number }[]>`
    select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;
  const answered = Date.now();
  const [row] = await sql<Omit<ServerFacts, 'clockAhead' | 'clockDoubt'>[]>`
    select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
      current_setting('full_page_writes') as "fullPageWrites", current_setting('synchronous_commit') as "synchronousCommit",
      current_setting('data_checksums') as checksums, current_setting('autovacuum') as autovacuum,
      current_setting('synchronous_standby_names') as "synchronousStandbys",
      (select count(*)::int from pg_stat_replication where sync_state in ('sync', 'quorum')) as "confirmingStandbys",
      pg_has_role(current_user, 'pg_read_all_stats', 'usage') as "seesAll",
      (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::float8 from pg_stat_replication
        where not pg_is_in_recovery()) as lag,
      coalesce((select jsonb_agg(jsonb_build_object('name', slot_name, 'bytes',
          coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)) order by slot_name)
        from pg_replication_slots where not active and not temporary and not pg_is_in_recovery()), '[]') as "idleSlots",
      current_setting('archive_mode') as "archiveMode",
      extract(epoch from clock_timestamp() - a.last_archived_time)::float8 as "archivedSeconds",
      case when a.last_failed_time > coalesce(a.last_archived_time, '-infinity') then a.last_failed_wal end as "failedFile",
      case when a.last_failed_time > coalesce(a.last_archived_time, '-infinity')
        then extract(epoch from clock_timestamp() - coalesce(a.last_archived_time, a.stats_reset))::float8 end as "failedSince"
    from pg_stat_archiver a`;
  return { ...row!, clockAhead: clock!.now - (asked + answered) / 2, clockDoubt: (answered - asked) / 2 };
}

export async function databaseFacts(sql: Sql): Promise<DatabaseFacts> {
  const [row] = await sql<DatabaseFacts[]>`
    select
      (select jsonb_build_object('seconds', extract(epoch from clock_timestamp() - xact_start), 'pid', pid, 'name', application_name)
        from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'
        order by xact_start limit 1) as oldest,
      (select (extract(epoch from max(clock_timestamp() - prepared)) / 3600)::float8 from pg_prepared_xacts
        where database = current_database()) as "preparedHours",
      -- That of a partitioned table is valid when each partition has one: it stands for none itself.
      coalesce((select jsonb_agg(i.indexrelid::regclass::text order by 1) from pg_index i
          join pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
        where (not i.indisvalid or not i.indisready) and not exists (
          select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)), '[]') as "invalidIndexes",
      coalesce((select jsonb_agg(jsonb_build_object('table', format('%I.%I', schemaname, relname),
          'percent', (100 * n_dead_tup / (n_dead_tup + n_live_tup))) order by n_dead_tup desc)
        from pg_stat_user_tables where n_dead_tup >= 50000 and n_dead_tup * 2 >= n_live_tup), '[]') as bloated,
      (select (age(datfrozenxid) / current_setting('autovacuum_freeze_max_age')::float8)::float8 from pg_database
        where datname = current_database()) as wraparound,
      pg_database_size(current_database())::float8 as bytes,
      (select count(*)::int from pg_stat_activity where datname = current_database()) as connections`;
  return row!;
}
