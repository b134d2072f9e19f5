/**
 * Facts that PostgreSQL itself reports about a database, read with its owner's login: servers may not see what others do. Each check uses a
 * separate connection, one after the other, so that no connection budget grows.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import { connect } from '@dhp/postgres';

/** @returns the values of the gauges below by their names; undefined if the database did not answer in time */
export type LookAtDatabase = () => Promise<Readonly<Record<string, number | null>> | undefined>;

/** Milliseconds for the connection and the statement. */
const patience = 2_000;

const gauges: Readonly<Record<string, string>> = {
  dhp_database_up: 'Whether the database answered.',
  dhp_database_oldest_transaction_seconds:
    'Age of the oldest transaction that is open: it holds up vacuum and the change feed.',
  dhp_database_longest_statement_seconds: 'Age of the oldest statement that is being carried out.',
  dhp_database_longest_wait_seconds: 'Longest wait of a session for a lock.',
  dhp_database_connections: 'Sessions of the whole server.',
  dhp_database_connections_limit: 'Its max_connections.',
  dhp_database_size_bytes: 'Size of the database.',
  dhp_database_commits_total: 'Transactions that were committed, since the statistics were reset.',
  dhp_database_rollbacks_total: 'Transactions that were rolled back.',
  dhp_database_deadlocks_total: 'Deadlocks.',
  dhp_database_wraparound_ratio:
    'Age of the oldest transaction number that is not frozen, in multiples of autovacuum_freeze_max_age: far above 1, vacuum does not keep up.',
  dhp_database_replication_lag_bytes: 'The furthest that a standby is behind; absent without one.',
  dhp_database_standbys: 'Standbys that are connected.',
  dhp_database_archive_failing:
    'Whether the last segment of the log could not be archived; absent where nothing is archived.',
};

export function lookAt(url: () => Promise<string>): LookAtDatabase {
  return async () => {
    const sql = connect(await url(), {
      ...{ max: 1, applicationName: 'dhp metrics', direct: true, statementTimeout: patience },
      ...{ readOnly: true, connectTimeout: patience / 1000 },
    });
    try {
      const [row] = await sql<Record<string, number | null>[]>`
        select 1 as dhp_database_up,
          (select coalesce(extract(epoch from max(clock_timestamp() - xact_start)), 0)::float8 from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()) as dhp_database_oldest_transaction_seconds,
          (select coalesce(extract(epoch from max(clock_timestamp() - query_start)), 0)::float8 from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and backend_type = 'client backend')
            as dhp_database_longest_statement_seconds,
          (select coalesce(extract(epoch from max(clock_timestamp() - waitstart)), 0)::float8 from pg_locks
            where not granted) as dhp_database_longest_wait_seconds,
          (select count(*)::float8 from pg_stat_activity where backend_type = 'client backend') as dhp_database_connections,
          current_setting('max_connections')::float8 as dhp_database_connections_limit,
          pg_database_size(current_database())::float8 as dhp_database_size_bytes,
          d.xact_commit::float8 as dhp_database_commits_total,
          d.xact_rollback::float8 as dhp_database_rollbacks_total,
          d.deadlocks::float8 as dhp_database_deadlocks_total,
          (select (age(datfrozenxid) / current_setting('autovacuum_freeze_max_age')::float8)::float8 from pg_database
            where datname = current_database()) as dhp_database_wraparound_ratio,
          (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::float8 from pg_stat_replication)
            as dhp_database_replication_lag_bytes,
          (select count(*)::float8 from pg_stat_replication) as dhp_database_standbys,
          (select case when current_setting('archive_mode') <> 'off'
            then (coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false))::int::float8 end
            from pg_stat_archiver a) as dhp_database_archive_failing
        from pg_stat_database d where d.datname = current_database()`;
      return row;
    } catch {
      return undefined; // reported as a database that is not up
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
}

/** @returns a function that checks all of them, one after the other */
export function databaseGauges(
  registry: Registry,
  databases: ReadonlyMap<string, LookAtDatabase>,
): () => Promise<void> {
  const all = Object.entries(gauges).map(([name, help]) => {
    const gauge = new Gauge({ name, help, labelNames: ['database'], registers: [registry] });
    return [name, gauge] as const;
  });
  return async () => {
    const rows = new Map<string, Awaited<ReturnType<LookAtDatabase>>>();
    for (const [database, look] of databases) {
      const late = delay(2 * patience, undefined, { ref: false });
      rows.set(database, await Promise.race([look(), late]));
    }
    for (const [name, gauge] of all) {
      gauge.reset();
      for (const [database, row] of rows) {
        const value = row?.[name] ?? (name === 'dhp_database_up' ? 0 : undefined);
        if (typeof value === 'number') gauge.set({ database }, value);
      }
    }
  };
}
