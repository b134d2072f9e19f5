/** Asks the server, on a connection of its own, what it does for connections that are silent. That one can be made is a part of the answer. */
import type { Login } from './handshake.ts';
import type { Link } from './link.ts';
import { openAny, openLink, seekLater, type Places } from './places.ts';
import { Query, type Row } from './query.ts';
import type { Value } from './values.ts';
import type { Activity, Probe } from './watch.ts';

/** Milliseconds within which a host that is there lets somebody in and answers. */
const probeTimeout = 3_000;

/** Runs one statement on a connection of its own. */
async function ask(places: Places, login: Login, text: string, parameters: readonly Value[]): Promise<Row[]> {
  const settings = { application_name: 'dhp watch', statement_timeout: String(probeTimeout) };
  const callbacks = { onIdle: () => undefined, onProgress: () => undefined, onClose: () => undefined };
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
    return { of: activitiesOf(links, (backend) => byProcess.get(backend)) };
  };
}

/** With `track_activities` off nothing is known of a process that is there, and it is taken for one that works. */
const activityStatement = `
  select pid, case when wait_event = 'SyncRep' then 'waits for standby' else 'works' end as activity,
    case when wait_event = 'SyncRep' and pid = any($2::int[]) then pg_cancel_backend(pid) end as cancelled
  from pg_stat_activity where pid = any($1::int[]) and state in ('active', 'fastpath function call', 'disabled')`;

export interface PooledProbeOptions {
  readonly direct: Places;
  readonly poolers: Places;
  readonly login: Login;
  readonly pooledLogin: Login;
}

/**
 * For connections through a pooler. The server is asked past it: behind it the question would wait for the very sessions that are asked for.
 * The pooler has to let somebody in, which it does by itself.
 *
 * Which process works for a connection is known in a transaction alone. Elsewhere a statement may be waiting in the pooler, so it is taken for
 * one that works, and its own limit decides. Who waits for a standby is known of the role as a whole; what has waited since a question some
 * seconds before is cancelled.
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
    const statements = rows.filter(({ waits }) => waits === true).map(({ statement }) => statement as string);
    waiting = new Map(statements.map((statement) => [statement, waiting.get(statement) ?? now]));
    const working = new Set(rows.map(({ pid }) => pid as number));
    const of = activitiesOf(links, (backend) => (working.has(backend) ? 'works' : undefined), 'works');
    return { of, wasInVain: rows.some(({ cancelled }) => cancelled === true) };
  };
}

/** Milliseconds: questions about other connections come in between, and a standby that is slow must not be taken for one that is away. */
const leastWait = 3_500;

/** A process with the time at which its statement began is one statement. */
const roleStatement = `
  select pid, statement, waits, case when waits and statement in (select jsonb_array_elements_text($2::text::jsonb)) then pg_cancel_backend(pid) end as cancelled
  from (
    select pid, pid || ' ' || query_start as statement, wait_event is not distinct from 'SyncRep' as waits
    from pg_stat_activity
    where datname = current_database() and usename = current_user and state in ('active', 'fastpath function call', 'disabled')
  ) a where waits or pid = any($1::int[])`;

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
