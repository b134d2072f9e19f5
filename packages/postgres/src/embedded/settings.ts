import { totalmem } from 'node:os';

export type Settings = Record<string, string>;

const mebibyte = 1024 * 1024;

/**
 * Settings of the embedded server: an acknowledged commit is on the disk, and the rest suits one machine that also runs the platform
 * itself. https://www.postgresql.org/docs/current/runtime-config.html
 */
export function defaultSettings(): Settings {
  const memory = availableMemory() / mebibyte;
  const megabytes = (share: number, least: number, most: number): string =>
    `${Math.round(Math.min(most, Math.max(least, memory * share)))}MB`;
  return {
    listen_addresses: '127.0.0.1',
    max_connections: '200',
    // Durable.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // Memory: the system's page cache holds the rest.
    shared_buffers: megabytes(1 / 8, 32, 1024),
    effective_cache_size: megabytes(1 / 2, 128, 16384),
    maintenance_work_mem: megabytes(1 / 32, 32, 256),
    work_mem: '8MB',
    // Checkpoints by time rather than by size; after each one, the next change of every page writes the whole page.
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    // The planner: solid-state disks, short statements. This build has no JIT, another might.
    random_page_cost: '1.1',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // The log is for the operator. The program reports failed statements, which may contain health data: they stay out of the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_line_prefix: '%m [%p] ',
    cluster_name: 'dhp',
  };
}

/** Physical memory, or the limit of the container. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** `-c name=value` for each, as arguments of `postgres`. */
export function settingArguments(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
