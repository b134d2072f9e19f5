/**
 * Opens pools of connections with the settings of this platform. All SQL of the platform uses these pools, so that sessions are alike
 * everywhere.
 */
import { parseDatabaseUrl, type DatabaseAddress } from './address.ts';
import { createCommits, type Commits } from './driver/commits.ts';
import type { PostgresError } from './driver/errors.ts';
import type { Login } from './driver/handshake.ts';
import type { Pooled } from './driver/link.ts';
import { createPool, type Pool } from './driver/pool.ts';
import { openLink, placesOf, poolersOf } from './driver/places.ts';
import { pooledOf } from './driver/pooled.ts';
import { pooledProbe, probeOf } from './driver/probe.ts';
import { repeating } from './driver/repeats.ts';
import { createSql, type Sql } from './driver/sql.ts';
import { pools, type MeasuredPool } from './measured.ts';

export interface ConnectOptions {
  /** Most connections of this pool (default 10). They are opened when first needed. */
  max?: number;
  /**
   * Number of further connections, named `… reads`, for read-only transactions and for single statements whose text shows that they only
   * read or do not wait for their commit: none of them waits behind a commit. Default: all share the connections.
   */
  reads?: number;
  /** Value of `pg_stat_activity.application_name` (default `dhp`). */
  applicationName?: string;
  /** Seconds after which an idle connection is closed (default 300; 0: never). The last one stays, to keep its prepared statements. */
  idleTimeout?: number;
  /** Most statements in flight on one connection (default 100); 1 switches pipelining off. */
  maxPipeline?: number;
  /**
   * The most statements in flight on one connection that were all answered quickly on it before (default: as `maxPipeline`). They are sent
   * there if no connection is idle: their messages share writes and wake-ups.
   */
  briefPipeline?: number;
  /** Seconds to wait for a connection (default 5). */
  connectTimeout?: number;
  /**
   * Milliseconds after which the server cancels a statement; five seconds later the connection is given up. Default: the server's own
   * setting, and no limit here.
   */
  statementTimeout?: number;
  /** Nothing is written on this pool, so the outcome of a statement that fails with its connection is known. */
  readOnly?: boolean;
  /** Further settings of each session, such as `{ synchronous_commit: 'off' }`. */
  settings?: Record<string, string | number | boolean>;
  /**
   * Connections are sessions of the server, for uses that need a session, such as its advisory locks: they bypass a pooler that the URL
   * names. Default: false; then no connection can be reserved behind a pooler.
   */
  direct?: boolean;
  /**
   * Shared by the pools of one server: once a commit of one of them has waited in vain for the synchronous standby or for a disk that does
   * not respond, all refuse writes until a commit is confirmed (`commitsOf`). Default: the pool detects this alone. `unwatched`: nothing is
   * refused, and a wait for the disk is not given up.
   */
  commits?: Commits | 'unwatched';
  /**
   * A statement outside a transaction that fails with such an error is sent once more: nothing of it was executed. The same always holds
   * for statements that PostgreSQL has ended because two of them conflicted (deadlock_detected, serialization_failure), at most three
   * times, and for prepared ones that it no longer accepts.
   */
  repeats?: (error: PostgresError) => boolean;
}

/** Shared by pools that write to this server; see `ConnectOptions.commits`. */
export function commitsOf(url: string): Commits {
  return createCommits(() =>
    connect(url, { max: 1, applicationName: 'dhp commits', direct: true, commits: 'unwatched' }),
  );
}

/**
 * Opens a pool. Nothing is connected until the first statement; end it with `await sql.end()`, which waits at most five seconds for running
 * statements (`{ timeout: seconds }` for another limit).
 *
 * Sessions run in UTC with ISO dates whatever the server's default is: the program adds the offset that users see. `bigint` (int8) arrives
 * as a string, `timestamptz` as a Date.
 *
 * @param url `postgres://user:password@host:port/database?…`; see `parseDatabaseUrl`. Parameters that libpq does not have become settings
 * of the session. Without `sslmode`, connections to another machine are encrypted and the server is verified; without a password the one of
 * PGPASSWORD is used.
 * @throws DatabaseUrlError if the URL, or a file that it names, cannot be read. If the server cannot be reached, the first statement
 * rejects.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const address = parseDatabaseUrl(url);
  const settings = settingsOf(address, options);
  const pooled = options.direct === true || poolersOf(address) === undefined ? undefined : pooledOf(settings);
  const open = (given: ConnectOptions): Pool =>
    openPool(address, {
      ...{ ...given, settings, pooled },
      ...{ isPatient: given.commits === 'unwatched', commits: watchedCommits(url, given) },
    });
  const { reads, ...alike } = options;
  return createSql(open(options), {
    reads:
      reads === undefined
        ? undefined
        : open({
            ...options,
            max: reads,
            readOnly: true,
            applicationName: `${options.applicationName ?? 'dhp'} reads`,
          }),
    beginWith: pooled?.settings,
    noReservation: pooled === undefined ? undefined : 'A connection through a pooler cannot be reserved; use `direct`',
    apart: () => connect(url, { ...alike, max: 1, direct: true }),
  });
}

type PoolSettings = Omit<ConnectOptions, 'settings' | 'commits'> & {
  readonly isPatient: boolean;
  readonly settings: Record<string, string>;
  readonly pooled: Pooled | undefined;
  readonly commits: Commits | undefined;
};

function openPool(address: DatabaseAddress, options: PoolSettings): Pool {
  const direct = placesOf(address);
  const { pooled, settings } = options;
  const poolers = pooled === undefined ? undefined : poolersOf(address);
  const timeout = 1000 * (options.connectTimeout ?? address.connectTimeout ?? 5);
  const name = options.applicationName ?? 'dhp';
  const login = loginOf(address, { application_name: name, ...named(address), ...began, ...settings });
  // One name for all, since PgBouncer sets it again for each connection that has another one, which is a round trip.
  const pooledLogin = loginOf(address, { application_name: 'dhp', ...began });
  const pool = createPool({
    max: options.max ?? 10,
    maxPipeline: options.maxPipeline ?? 100,
    briefPipeline: options.briefPipeline ?? 0,
    isPooled: poolers !== undefined,
    idleTimeout: 1000 * (options.idleTimeout ?? 300),
    statementTimeout: options.statementTimeout ?? 0,
    readOnly: options.readOnly ?? false,
    ...{ commits: options.commits, isPatient: options.isPatient },
    repeats: repeating(options.repeats),
    lead: poolers === undefined ? direct.lead : undefined,
    open: (callbacks) =>
      poolers === undefined
        ? openLink(direct, login, { timeout, callbacks })
        : openLink(poolers, pooledLogin, { timeout, callbacks, pooled }),
    probe: poolers === undefined ? probeOf(direct, login) : pooledProbe({ direct, poolers, login, pooledLogin }),
  });
  pools.publish({ name, state: () => pool.state() } satisfies MeasuredPool);
  return pool;
}

function watchedCommits(
  url: string,
  { commits = commitsOf(url), readOnly, settings }: ConnectOptions,
): Commits | undefined {
  const waits = readOnly !== true && settings?.['synchronous_commit'] !== 'off';
  return commits === 'unwatched' || !waits ? undefined : commits;
}

/** Settings with which a session begins; a pooler keeps them for each of its clients, too. */
const began = { TimeZone: 'UTC', DateStyle: 'ISO, YMD' };

/** Further settings: a session begins with them, or behind a pooler each transaction. */
function settingsOf({ parameters }: DatabaseAddress, options: ConnectOptions): Record<string, string> {
  const given = Object.entries(parameters).filter(
    ([name]) => !/^(application_name|timezone|datestyle|client_min_messages)$/i.test(name),
  );
  return {
    ...Object.fromEntries(given),
    IntervalStyle: 'iso_8601',
    bytea_output: 'hex',
    // An open transaction prevents deleted rows from being removed, and makes the readers of the commit order wait.
    idle_in_transaction_session_timeout: '60000',
    ...(options.statementTimeout === undefined ? {} : { statement_timeout: String(options.statementTimeout) }),
    ...Object.fromEntries(Object.entries(options.settings ?? {}).map(([name, value]) => [name, String(value)])),
    // A warning shows that a commit did not take place, whatever an operator has set for the role or the database.
    client_min_messages: 'warning',
  };
}

function named({ parameters: { application_name: name } }: DatabaseAddress): Record<string, string> {
  return name === undefined ? {} : { application_name: name };
}

function loginOf({ user, password, database }: DatabaseAddress, settings: Record<string, string>): Login {
  return { user, password, database, settings };
}
