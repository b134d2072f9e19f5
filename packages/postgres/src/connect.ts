/**
 * Opens pools of connections with the settings this platform wants. Every part of the platform that speaks SQL gets its pool here, so
 * that a session looks the same everywhere.
 */
import { parseDatabaseUrl, type DatabaseAddress, type SessionKind } from './address.ts';
import { ConnectionError } from './driver/errors.ts';
import { open, type Login, type Opened, type Place } from './driver/handshake.ts';
import { Link } from './driver/link.ts';
import { createPool, type LinkCallbacks } from './driver/pool.ts';
import { Query, type Row } from './driver/query.ts';
import { createSql, type Sql } from './driver/sql.ts';
import type { Activity, Probe } from './driver/watch.ts';
import { tlsOf } from './tls.ts';

export interface ConnectOptions {
  /** Most connections of this pool (default 10). They are opened when first needed. */
  max?: number;
  /** What `pg_stat_activity.application_name` shows (default `dhp`). */
  applicationName?: string;
  /** Seconds after which an idle connection is closed. Default: never, so that prepared statements stay warm. */
  idleTimeout?: number;
  /** Most statements in flight on one connection (default 100); 1 switches pipelining off. */
  maxPipeline?: number;
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
}

/**
 * Opens a pool. Nothing is connected until the first statement; end it with `await sql.end()`, which waits five seconds
 * at most for running statements (`{ timeout: seconds }` for another limit).
 *
 * Sessions run in UTC with ISO dates whatever the server's default is: the offset that users see is made by the program.
 * `bigint` (int8) arrives as a string, `timestamptz` as a Date.
 *
 * @param url `postgres://user:password@host:port/database?…`; see `parseDatabaseUrl`. Parameters that libpq does not have become
 *   settings of the session. Without `sslmode`, connections to another machine are encrypted and the server is verified; without a
 *   password the one of PGPASSWORD is used.
 * @throws DatabaseUrlError when the URL, or a file that it names, cannot be read. A server that cannot be reached rejects the first
 *   statement.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const address = parseDatabaseUrl(url);
  const places = placesOf(address);
  const login = loginOf(address, options);
  const timeout = 1000 * (options.connectTimeout ?? address.connectTimeout ?? 5);
  const pool = createPool({
    max: options.max ?? 10,
    maxPipeline: options.maxPipeline ?? 100,
    idleTimeout: 1000 * (options.idleTimeout ?? 0),
    statementTimeout: options.statementTimeout ?? 0,
    readOnly: options.readOnly ?? false,
    open: (callbacks) => openLink(places, login, timeout, callbacks),
    probe: probeOf(places, login),
  });
  return createSql(pool, { beginWith: undefined, noReservation: undefined });
}

function loginOf({ user, password, database, parameters }: DatabaseAddress, options: ConnectOptions): Login {
  const settings = {
    application_name: options.applicationName ?? 'dhp',
    ...parameters,
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'iso_8601',
    bytea_output: 'hex',
    // An open transaction keeps what is deleted from being removed, and the readers of the commit order waiting.
    idle_in_transaction_session_timeout: '60000',
    ...(options.statementTimeout === undefined ? {} : { statement_timeout: String(options.statementTimeout) }),
    ...Object.fromEntries(Object.entries(options.settings ?? {}).map(([name, value]) => [name, String(value)])),
  };
  return { user, password, database, settings };
}

/** The hosts of an address. */
interface Places {
  readonly all: readonly Place[];
  readonly kind: SessionKind;
  /** The one that had a session of the kind last: it is tried first. */
  best: number;
}

function placesOf(address: DatabaseAddress): Places {
  const all = address.hosts.map((one) => ({ ...one, tls: tlsOf({ ...address, ...one }) }));
  return { all, kind: address.sessionKind, best: 0 };
}

/** Whether a session is of a kind, by what the server reports when it begins (PostgreSQL 14). */
function isOfKind(kind: SessionKind, settings: ReadonlyMap<string, string>): boolean {
  const isStandby = settings.get('in_hot_standby') === 'on';
  const isReadOnly = isStandby || settings.get('default_transaction_read_only') === 'on';
  const suits = {
    any: true,
    primary: !isStandby,
    standby: isStandby,
    'read-write': !isReadOnly,
    'read-only': isReadOnly,
  };
  return suits[kind];
}

/**
 * Opens a connection to the first host that has a session of the kind that is wanted.
 * @throws as the last host failed
 */
async function openAny(places: Places, login: Login, timeout: number): Promise<Opened> {
  let failure: unknown;
  for (let tried = 0; tried < places.all.length; tried += 1) {
    const at = (places.best + tried) % places.all.length;
    const place = places.all[at]!;
    try {
      const opened = await open(place, login, timeout);
      if (isOfKind(places.kind, opened.settings)) {
        places.best = at;
        return opened;
      }
      opened.socket.destroy();
      const text = `${place.host}:${String(place.port)} has no session of the kind ${places.kind}`;
      failure = new ConnectionError('WRONG_SESSION_KIND', text, 'none');
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function openLink(places: Places, login: Login, timeout: number, callbacks: LinkCallbacks): Promise<Link> {
  const { socket, pid, settings, attach } = await openAny(places, login, timeout);
  const link = new Link({ socket, pid, settings, localSettings: undefined, ...callbacks });
  attach(
    (...read) => link.receive(...read),
    (cause) => link.closed(cause),
  );
  return link;
}

/** Milliseconds within which a host that is there lets somebody in and answers. */
const probeTimeout = 3_000;

/** Asks on a connection of its own: whether new ones can be made is a part of the question. */
function probeOf(places: Places, login: Login): Probe {
  const settings = { application_name: 'dhp watch', statement_timeout: String(probeTimeout) };
  return async (pids, cancel) => {
    const link = await openLink(places, { ...login, settings }, probeTimeout, {
      onIdle: () => undefined,
      onProgress: () => undefined,
      onClose: () => undefined,
    });
    const timer = setTimeout(() => {
      link.destroy('STATEMENT_DEADLINE', `No answer within ${String(probeTimeout)} ms`);
    }, probeTimeout);
    try {
      const run = (query: Query): void => link.send(query, { mayCommit: false, isLocal: false });
      const rows = await new Query<Row[]>(run, [activityStatement], [pids, cancel]);
      return new Map(rows.map(({ pid, activity }) => [pid as number, activity as Activity]));
    } finally {
      clearTimeout(timer);
      link.end();
    }
  };
}

/** With `track_activities` off nothing is known of a process that is there, and it is taken for one that works. */
const activityStatement = `
  select pid, case when wait_event = 'SyncRep' then 'waits for standby' else 'works' end as activity,
    case when wait_event = 'SyncRep' and pid = any($2::int[]) then pg_cancel_backend(pid) end as cancelled
  from pg_stat_activity where pid = any($1::int[]) and state in ('active', 'fastpath function call', 'disabled')`;
