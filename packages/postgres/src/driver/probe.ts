/**
 * Asks the server, on a separate connection, about the processes of silent connections. Whether the connection can be made is part of the
 * answer.
 */
import type { Login } from './handshake.ts';
import type { Link } from './link.ts';
import { openAny, openLink, seekLater, type Places } from './places.ts';
import { Query, type Row } from './query.ts';
import type { Value } from './values.ts';
import type { Activity, Probe } from './watch.ts';

/** Milliseconds within which a live host accepts a connection and answers. */
const probeTimeout = 3_000;

/** Runs one statement on a separate connection. */
async function ask(places: Places, login: Login, text: string, parameters: readonly Value[]): Promise<Row[]> {
  const settings = { application_name: 'dhp watch', statement_timeout: String(probeTimeout) };
  const callbacks = {
    onIdle: () => undefined,
    onProgress: () => undefined,
    onClose: () => undefined,
    onAbandoned: () => undefined,
  };
  const link = await openLink(places, { ...login, settings }, { timeout: probeTimeout, callbacks });
  const timer = setTimeout(() => {
    link.destroy('STATEMENT_DEADLINE', `No answer within ${String(probeTimeout)} ms`);
  }, probeTimeout);
  try {
    const run = (query: Query): void => link.send(query, { mayCommit: false, isLocal: false });
    return await new Query<Row[]>(run, [text], parameters);
  } finally {
    clearTimeout(timer);
    link.end();
  }
}

/** For connections to the server itself: each has a process there. */
export function probeOf(places: Places, login: Login): Probe {
  return async (links, cancel) => {
    const pids = (of: readonly Link[]): number[] =>
      of.flatMap(({ backend }) => (backend === undefined ? [] : [backend]));
    const rows = await ask(places, login, activityStatement, [
      pids(links),
      pids(links.filter((link) => cancel.has(link))),
    ]);
    // The standby may be the primary by now.
    if (rows.some(({ activity }) => activity === ('waits for standby' satisfies Activity)))
      await seekLater(places, login, probeTimeout);
    const byProcess = new Map(rows.map(({ pid, activity }) => [pid as number, activity as Activity]));
    return { of: activitiesOf(links, (backend) => byProcess.get(backend)), flushed: flushedIn(rows) };
  };
}

/** Position up to which the server's log is on its disk. */
function flushedIn([row]: readonly Row[]): string | undefined {
  return (row?.['flushed'] ?? undefined) as string | undefined;
}

/**
 * Waits of a process while the disk accepts no writes: for the log, a file, or another process that waits for it. Names differ in case by
 * version, and reads are not included. https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-TABLE
 */
const diskWait = `(
    (wait_event_type = 'IO' and wait_event ~* '^(wal(?!.*read)|(datafile|slru|controlfile)(write|extend|sync|flush|immediatesync))')
    or (wait_event_type = 'LWLock' and wait_event ~* '^(wal|buffercontent)') or (wait_event_type = 'IPC' and wait_event ~* '^bufferio')
    or (wait_event_type = 'Lock' and wait_event = 'extend'))`;
const flushed = `case when pg_is_in_recovery() then null else pg_current_wal_flush_lsn()::text end as flushed`;

/** With `track_activities` off nothing is known about an existing process, and it is assumed to work. */
const activityStatement = `
  select pid, ${flushed},
    case when wait_event = 'SyncRep' then 'waits for standby' when ${diskWait} then 'waits for disk'
      when wait_event_type = 'IO' then 'reads from disk' else 'works' end as activity,
    case when wait_event = 'SyncRep' and pid = any($2::int[]) then pg_cancel_backend(pid) end as cancelled
  from pg_stat_activity where pid = any($1::int[]) and state in ('active', 'fastpath function call', 'disabled')`;

export interface PooledProbeOptions {
  readonly direct: Places;
  readonly poolers: Places;
  readonly login: Login;
  readonly pooledLogin: Login;
}

/**
 * For connections through a pooler. The server is asked directly: behind the pooler the query would wait for the very sessions in question.
 * The pooler must also accept a connection, which it does by itself.
 *
 * The process of a connection is known only within a transaction. Otherwise a statement may be waiting in the pooler, so it is assumed to
 * work, and its own limit decides, unless a session of the role waits for the disk: then it may be that one. Waits for a standby are known
 * only for the role as a whole; a wait that lasts since a check some seconds before is cancelled.
 */
export function pooledProbe({ direct, poolers, login, pooledLogin }: PooledProbeOptions): Probe {
  /** When a statement was first seen to wait for a standby. */
  let waiting = new Map<string, number>();
  return async (links) => {
    const pids = links.flatMap(({ backend }) => (backend === undefined ? [] : [backend]));
    const inVain = [...waiting].flatMap(([statement, since]) =>
      performance.now() - since < leastWait ? [] : [statement],
    );
    const [rows] = await Promise.all([
      ask(direct, login, roleStatement, [pids, JSON.stringify(inVain)]),
      openAny(poolers, pooledLogin, probeTimeout).then(({ socket }) => socket.destroy()),
    ]);
    const now = performance.now();
    const statements = rows.filter(({ waits }) => waits === 'standby').map(({ statement }) => statement as string);
    waiting = new Map(statements.map((statement) => [statement, waiting.get(statement) ?? now]));
    const working = new Map(
      rows.map(({ pid, waits }) => [pid as number, waits === 'disk' ? 'waits for disk' : 'works'] as const),
    );
    const isOnDisk = rows.some(({ waits }) => waits === 'disk');
    const of = activitiesOf(links, (backend) => working.get(backend), isOnDisk ? 'waits for disk' : 'works');
    return { of, flushed: flushedIn(rows), wasInVain: rows.some(({ cancelled }) => cancelled === true) };
  };
}

/** Milliseconds: checks of other connections come in between, and a slow standby must not be taken for an unavailable one. */
const leastWait = 3_500;

/** A process with the time at which its statement began is one statement. */
const roleStatement = `
  select pid, statement, waits, flushed, case when waits = 'standby' and statement in (select jsonb_array_elements_text($2::text::jsonb)) then pg_cancel_backend(pid) end as cancelled
  from (
    select pid, pid || ' ' || query_start as statement, ${flushed},
      case when wait_event = 'SyncRep' then 'standby' when ${diskWait} then 'disk' end as waits
    from pg_stat_activity
    where datname = current_database() and usename = current_user and state in ('active', 'fastpath function call', 'disabled')
  ) a where waits is not null or pid = any($1::int[])`;

function activitiesOf(
  links: readonly Link[],
  of: (backend: number) => Activity | undefined,
  unknown?: Activity,
): Map<Link, Activity> {
  const activities = new Map<Link, Activity>();
  for (const link of links) {
    const activity = link.backend === undefined ? unknown : of(link.backend);
    if (activity !== undefined) activities.set(link, activity);
  }
  return activities;
}
