/**
 * The pool of connections: postgres.js (https://github.com/porsager/postgres) with the settings this platform wants.
 * Every part of the platform that speaks SQL gets its pool here, so that a session looks the same everywhere.
 */
import type { ISql, Sql as DriverSql, TransactionSql } from 'postgres';
import { parseDatabaseUrl, type DatabaseAddress } from './address.ts';
import { postgres } from './driver/driver.ts';
import { tlsOf } from './tls.ts';

/** A pool of postgres.js: a tag for statements, with `begin`, `unsafe`, `end` and the rest. */
export type Sql = DriverSql;

/** What `sql.begin` hands to its function. */
export type Transaction = TransactionSql;

/** A pool or a transaction: what a function takes that only runs statements. */
export type Statements = ISql;

export interface ConnectOptions {
  /** Most connections of this pool (default 10). They are opened when first needed. */
  max?: number;
  /** What `pg_stat_activity.application_name` shows (default `dhp`). */
  applicationName?: string;
  /** Seconds after which an idle connection is closed. Default: never, so that prepared statements stay warm. */
  idleTimeout?: number;
  /** Most statements in flight on one connection (default 100, of postgres.js); 1 switches pipelining off. */
  maxPipeline?: number;
  /** Seconds to wait for a connection (default 10). */
  connectTimeout?: number;
  /** Named prepared statements (default true). False for a pgbouncer in transaction mode that does not support them. */
  prepare?: boolean;
  /** Milliseconds after which the server cancels a statement. Default: the server's own setting. */
  statementTimeout?: number;
  /** Further settings of each session, such as `{ synchronous_commit: 'off' }`. */
  settings?: Record<string, string | number | boolean>;
}

/**
 * Opens a pool. Nothing is connected until the first statement; end it with `await sql.end()`, which waits five seconds
 * at most for running statements (`{ timeout: seconds }` for another limit).
 *
 * Sessions run in UTC with ISO dates whatever the server's default is: the offset that users see is made by the program.
 * `bigint` (int8) arrives as a string, `timestamptz` as a Date, as postgres.js has it.
 *
 * @param url `postgres://user:password@host:port/database?…`; see `parseDatabaseUrl`. Parameters that libpq does not have become
 *   settings of the session. Without `sslmode`, connections to another machine are encrypted and the server is verified; without a
 *   password the one of PGPASSWORD is used.
 * @throws DatabaseUrlError when the URL, or a file that it names, cannot be read. A server that cannot be reached rejects the first
 *   statement.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const address = parseDatabaseUrl(url);
  const sql = postgres({
    ...placeOf(address),
    max: options.max ?? 10,
    prepare: options.prepare ?? true,
    connect_timeout: options.connectTimeout ?? address.connectTimeout ?? 10,
    ...(options.idleTimeout === undefined ? {} : { idle_timeout: options.idleTimeout }),
    ...pipelineOf(options),
    // Without a cap the wait between attempts grows to 20 s: far longer than PostgreSQL takes to come back.
    backoff: (attempt) => Math.min(0.05 * 2 ** attempt, 1),
    onnotice: ignore,
    types: { date },
    connection: {
      application_name: options.applicationName ?? 'dhp',
      ...address.parameters,
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      IntervalStyle: 'iso_8601',
      ...(options.statementTimeout === undefined ? {} : { statement_timeout: options.statementTimeout }),
      ...asTexts(options.settings ?? {}),
    },
  });
  return withBoundedEnd(sql);
}

/** The driver leaves out what is false or 0. */
function asTexts(settings: NonNullable<ConnectOptions['settings']>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

/** As postgres.js has it, but a text goes as it is: a Date has no infinity, no year before Christ of six digits, no microseconds. */
const date = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: Date | string | number) => (typeof value === 'string' ? value : new Date(value).toISOString()),
  parse: (text: string) => new Date(text),
};

/**
 * `sql.end()` waits for running statements; here for five seconds unless told otherwise, so that no shutdown hangs.
 */
function withBoundedEnd(sql: Sql): Sql {
  const end = sql.end.bind(sql);
  sql.end = (options) => end({ timeout: 5, ...options });
  return sql;
}

/**
 * True when an error says that the connection, not the statement, failed: the server is not reachable, is starting or
 * shutting down, or the link broke. Whether a write in flight was committed is then unknown.
 */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string') return false;
  return connectionCodes.has(error.code) || error.code.startsWith('08') || error.code.startsWith('57P0');
}

// Codes of postgres.js and of Node's sockets; the SQLSTATE classes 08 (connection) and 57P0x (shutdown) are above.
const connectionCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Of the address, as options of postgres.js. Its own reading of a URL knows no IPv6 address, no Unix socket and no file of certificates. */
function placeOf(address: DatabaseAddress): object {
  const { host, port, user, password, database, targetSessionAttributes } = address;
  return {
    // A list keeps the driver from looking for a port in an IPv6 address; a text with a slash is a directory to it.
    host: host.startsWith('/') ? host : [host],
    port: host.startsWith('/') ? port : [port],
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    ...(targetSessionAttributes !== undefined && { target_session_attrs: targetSessionAttributes }),
    ssl: tlsOf(address),
  };
}

/** `max_pipeline` is an option of postgres.js that its types do not know. */
function pipelineOf(options: ConnectOptions): object {
  return options.maxPipeline === undefined ? {} : { max_pipeline: options.maxPipeline };
}

function ignore(): void {
  // Notices ("relation already exists, skipping") are for a person at a prompt; errors are thrown.
}
