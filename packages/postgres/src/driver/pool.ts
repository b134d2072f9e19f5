/** The connections of a pool: choosing the connection of a statement, and the queue of those that wait. */
import { refusal, type Commits } from './commits.ts';
import { ConnectionError, PostgresError } from './errors.ts';
import type { Lead } from './lead.ts';
import type { PoolState } from '../measured.ts';
import type { Link } from './link.ts';
import type { Query } from './query.ts';
import type { Repeats } from './repeats.ts';
import { settle, writes, type Failure, type Waiting } from './waiting.ts';
import { watch, type Probe, type Watch } from './watch.ts';

export interface PoolOptions {
  readonly max: number;
  /** The most statements in flight on one connection. */
  readonly maxPipeline: number;
  /** The same for statements that are known to be brief on it; 0: as for others. */
  readonly briefPipeline: number;
  /**
   * A pooler is in front of the server. It gives a session of the server to another connection only when all statements of the previous one
   * are answered, so a connection with `maxPipeline` sent accepts no more until then.
   */
  readonly isPooled: boolean;
  /** Milliseconds after which an idle connection is closed, except for the last one; 0: never. */
  readonly idleTimeout: number;
  /** Milliseconds that the server gives a statement; 0: no known limit. */
  readonly statementTimeout: number;
  /** Nothing is written. */
  readonly readOnly: boolean;
  readonly open: (callbacks: LinkCallbacks) => Promise<Link>;
  readonly probe: Probe;
  /** Which host is the primary; undefined behind a pooler. */
  readonly lead: Lead | undefined;
  /** Whether a statement waits for the disk as long as necessary, instead of being given up. */
  readonly isPatient: boolean;
  /** Knowledge about the commits of this server; undefined: none of this pool waits for a standby, or each must find out by itself. */
  readonly commits: Commits | undefined;
  /** Milliseconds after which a statement that failed so is sent once more; undefined: it has failed. */
  readonly repeats: Repeats;
}

export type LinkCallbacks = Pick<
  ConstructorParameters<typeof Link>[0],
  'onIdle' | 'onProgress' | 'onClose' | 'onAbandoned'
>;

export interface Pool {
  run(query: Query): void;
  /**
   * A connection on which no others send statements until it is released. Statements of others may still be in flight.
   * @param writes whether it is for a transaction whose commit must be waited for; it is refused while commits are blocked
   */
  reserve(writes: boolean): Promise<Link>;
  /** Whether commits are known to wait in vain. */
  areCommitsBlocked(): boolean;
  state(): PoolState;
  release(link: Link): void;
  end(seconds: number): Promise<void>;
  readonly watch: Watch;
}

/**
 * The longest pause in milliseconds between attempts to connect: pauses grow after each failure, but not beyond the time in which
 * PostgreSQL comes back.
 */
const longestBackoff = 1000;

const diskIsSilent = (): ConnectionError =>
  new ConnectionError('DISK_SILENT', 'The disk of the database does not answer', 'none');

/** Whether the server, its database, the role or a pooler accepts no more connections; open ones continue. */
function isFullServer(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  return error.code === '53300' || (error.code === '08P01' && error.message.startsWith('no more connections allowed'));
}

/** Sends a statement once more instead of settling it, if it has failed with such an error. */
function repeatBehind(
  query: Query,
  { repeats, isEnding, again }: { repeats: Repeats; isEnding: () => boolean; again: () => void },
): void {
  const { settle: end } = query;
  let tries = 1;
  query.settle = (error, result) => {
    const pause = error instanceof PostgresError ? repeats(error, tries) : undefined;
    tries += 1;
    const goOn = (): void => {
      if (pause !== undefined && !isEnding()) {
        again();
        return;
      }
      query.settle = end;
      end(error, result);
    };
    if (pause === undefined || pause === 0) goOn();
    else setTimeout(goOn, pause);
  };
}

/** Closes the idle connections of each pool of this process: if one was found dead, others may be, and this costs little. */
const distrustIdle = new Set<() => void>();

export function createPool(options: PoolOptions): Pool {
  const links = new Set<Link>();
  /** Connections that occupy a place at the server and accept no statement: the disk does not respond. */
  const abandoned = new Set<Link>();
  /** The most recently used one is used next: its plans and caches are warm. */
  const idle: Link[] = [];
  let waiting: Waiting[] = [];
  let opening = 0;
  /** An attempt is under way during which no other one is begun. */
  let isLone = false;
  let failures = 0;
  let failedAt = 0;
  let isEnding = false;
  /** Released by their owners, with statements of theirs still in flight. */
  const givenBack = new Set<Link>();
  /** When each idle connection was last used. One timer checks all: a timer for each statement costs more than passing it on. */
  const idleSince = new Map<Link, number>();
  let idleTimer: NodeJS.Timeout | undefined;
  const ended = Promise.withResolvers<undefined>();

  const watched = watch({
    ...{ links, abandoned, isPatient: options.isPatient },
    deadline: options.statementTimeout,
    probe: options.probe,
    commits: options.commits,
    hostIsAway: (error) => rejectWaiting(error),
    distrust() {
      for (const close of distrustIdle) close();
    },
  });

  const closeIdle = (): void => {
    for (const link of [...idle]) link.end();
  };
  distrustIdle.add(closeIdle);

  const unfollow = options.lead?.watch(() => {
    for (const link of [...links, ...abandoned])
      if (link.at !== options.lead!.best)
        link.destroy('CONNECTION_CLOSED', 'The host was given up: there is a primary of a later timeline');
  });

  const unwatch = options.commits?.watch((reason) => reject(reason, writes));

  /** @param atLeast milliseconds for which it has waited */
  function rejectWaiting(error: Failure, atLeast = 0): void {
    const until = performance.now() - atLeast;
    reject(error, ({ since }) => since <= until);
  }

  function reject(error: Failure, which: (one: Waiting) => boolean): void {
    const all = Map.groupBy(waiting, which);
    waiting = all.get(false) ?? [];
    for (const one of all.get(true) ?? []) settle(one, error);
  }

  /** The unreserved connection with the fewest statements in flight. */
  function leastBusy(most: number): Link | undefined {
    let best: Link | undefined;
    for (const link of links) {
      if (link.isReserved || !takesMore(link) || link.inFlight >= (best?.inFlight ?? most)) continue;
      best = link;
    }
    return best;
  }

  function takesMore(link: Link): boolean {
    return !link.isRetired && !(options.isPooled && link.burst >= options.maxPipeline);
  }

  function send(link: Link, query: Query, isRetry = false): void {
    watched.start();
    const again = isRetry ? undefined : (): void => sendAgain(query);
    // A text of several statements may have ended a transaction before the statement that failed.
    if (again !== undefined && !query.isSimple)
      repeatBehind(query, { repeats: options.repeats, isEnding: () => isEnding, again });
    link.send(query, { mayCommit: !options.readOnly, isLocal: true, again });
  }

  /** Repeats a statement that a connection refused before it began; that connection may be reserved by now. */
  function sendAgain(query: Query): void {
    submit({ query, isRetry: true, since: performance.now() });
  }

  /** The connection with the fewest statements in flight among those with only brief ones, if this statement is brief, too. */
  function leastBusyWithBrief({ query }: Waiting): Link | undefined {
    if (options.briefPipeline === 0 || query === undefined) return undefined;
    let best: Link | undefined;
    for (const link of links) if (takesBrief(link, query) && link.inFlight < (best?.inFlight ?? Infinity)) best = link;
    return best;
  }

  function takesBrief(link: Link, query: Query): boolean {
    const { briefPipeline } = options;
    return link.inFlight < briefPipeline && !link.isReserved && takesMore(link) && link.takesBrief(query);
  }

  function place(one: Waiting): boolean {
    const link = idle.pop();
    if (link !== undefined) {
      give(link, one);
      // A parameter could not be sent.
      if (link.inFlight === 0 && !link.isReserved && !link.isLost) becomeIdle(link);
      return true;
    }
    if (links.size + abandoned.size + opening < options.max) return false;
    const busy = leastBusy(one.query === undefined ? Infinity : options.maxPipeline) ?? leastBusyWithBrief(one);
    return busy === undefined ? false : give(busy, one);
  }

  function give(link: Link, one: Waiting): true {
    if (one.query === undefined) {
      link.isReserved = true;
      one.reserve(link);
    } else send(link, one.query, one.isRetry);
    return true;
  }

  function submit(one: Waiting): void {
    if (isEnding && one.isRetry !== true) {
      settle(one, new ConnectionError('CONNECTION_ENDED', 'The pool of connections is closed', 'none'));
      return;
    }
    if (options.commits?.areBlocked === true && writes(one)) {
      settle(one, refusal());
      return;
    }
    if (hasNoPlace()) {
      settle(one, diskIsSilent());
      return;
    }
    if (waiting.length === 0 && place(one)) return;
    waiting.push(one);
    openFurther();
  }

  function openFurther(): void {
    if (!isLone && links.size + abandoned.size + opening < options.max && opening < waiting.length) void openOne();
  }

  async function openOne(): Promise<void> {
    opening += 1;
    const isLast = isLone;
    try {
      const pause = failures === 0 ? 0 : failedAt + Math.min(25 * 2 ** failures, longestBackoff) - performance.now();
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      const link = await options.open({ onIdle, onProgress: serve, onClose, onAbandoned });
      opening -= 1;
      isLone = false;
      failures = 0;
      links.add(link);
      if (options.lead !== undefined && link.at !== options.lead.best)
        link.destroy('CONNECTION_CLOSED', 'The host was given up while the connection was opened');
      if (isEnding && waiting.length === 0) link.end();
      else if (!link.isLost) onIdle(link);
    } catch (error) {
      opening -= 1;
      failures += 1;
      failedAt = performance.now();
      // Waiting statements are rejected, or they would wait for one attempt after another; new ones get a new attempt.
      const isTimeout = (error as Failure).code === 'CONNECT_TIMEOUT';
      const isFull = isFullServer(error);
      // A full server counts concurrent attempts, so it may refuse all of them even if there is a place for one.
      isLone = isFull && !isLast && links.size === 0 && opening === 0 && waiting.length > 0;
      // The other attempts may still succeed, and existing connections continue.
      const mayGoOn = links.size > 0 || (isFull && (opening > 0 || isLone));
      if (isFull ? !mayGoOn : links.size === 0 || !(error instanceof ConnectionError))
        rejectWaiting(error as Failure, isTimeout ? 1000 : 0);
      if (isFull && mayGoOn && !isLone) for (const link of links) serve(link);
      else if (waiting.length > opening) void openOne();
      finish();
    }
  }

  function onIdle(link: Link): void {
    if (givenBack.delete(link)) release(link);
    else serve(link);
    if (link.inFlight === 0 && !link.isReserved && !link.isLost) becomeIdle(link);
  }

  /** Statements that the owner has sent are answered first: only then is it known whether a transaction is still open. */
  function release(link: Link): void {
    if (link.isLost) return;
    if (link.inFlight > 0) {
      givenBack.add(link);
      return;
    }
    if (link.status !== 'I') {
      link.destroy('CONNECTION_CLOSED', 'The connection was given back in a transaction');
      return;
    }
    link.isReserved = false;
    onIdle(link);
  }

  /** Gives waiting work to a connection, as long as it accepts more. */
  function serve(link: Link): void {
    while (!link.isReserved && !link.isLost && takesMore(link)) {
      const [next] = waiting;
      if (next === undefined) return;
      const isFree = link.inFlight < options.maxPipeline;
      if (!isFree && (next.query === undefined || !takesBrief(link, next.query))) return;
      waiting.shift();
      give(link, next);
    }
  }

  function becomeIdle(link: Link): void {
    if (isEnding || link.isRetired) {
      link.end();
      return;
    }
    if (idle.includes(link)) return;
    idle.push(link);
    if (options.idleTimeout === 0) return;
    idleSince.set(link, performance.now());
    idleTimer ??= setTimeout(closeUnused, options.idleTimeout).unref();
  }

  /** One stays, to keep its prepared statements. */
  function closeUnused(): void {
    idleTimer = undefined;
    const before = performance.now() - options.idleTimeout + 1;
    for (const link of [...idle]) if (links.size > 1 && idleSince.get(link)! <= before) link.end();
    const oldest = Math.min(...idle.map((link) => idleSince.get(link)!));
    if (links.size > 1 && idle.length > 0) idleTimer = setTimeout(closeUnused, oldest - before).unref();
  }

  /** Nothing waits for a place if nobody knows when one will be free. */
  const hasNoPlace = (): boolean => abandoned.size >= options.max;

  function onAbandoned(link: Link): void {
    links.delete(link);
    givenBack.delete(link);
    abandoned.add(link);
    if (hasNoPlace()) rejectWaiting(diskIsSilent());
    finish();
  }

  function onClose(link: Link): void {
    links.delete(link);
    abandoned.delete(link);
    givenBack.delete(link);
    const at = idle.indexOf(link);
    if (at !== -1) idle.splice(at, 1);
    idleSince.delete(link);
    openFurther();
    finish();
  }

  function finish(): void {
    if (!isEnding || links.size > 0 || opening > 0) return;
    watched.stop();
    for (const link of [...abandoned]) link.destroy('CONNECTION_DESTROYED', 'The pool of connections was closed');
    clearTimeout(idleTimer);
    ended.resolve(undefined);
  }

  return {
    run: (query) => submit({ query, since: performance.now() }),
    reserve: (writes) =>
      new Promise((reserve, reject) => {
        submit({ reserve, reject, writes, since: performance.now() });
      }),
    areCommitsBlocked: () => options.commits?.areBlocked === true,
    state: () => ({
      open: links.size + abandoned.size,
      busy: links.size + abandoned.size - idle.length,
      abandoned: abandoned.size,
      waiting: waiting.length,
      waitedFor: waiting.length === 0 ? 0 : performance.now() - waiting[0]!.since,
      max: options.max,
      hasEnded: isEnding,
    }),
    release,
    async end(seconds) {
      isEnding = true;
      distrustIdle.delete(closeIdle);
      closeIdle();
      finish();
      const timer = setTimeout(() => {
        rejectWaiting(new ConnectionError('CONNECTION_DESTROYED', 'The pool of connections was closed', 'none'));
        for (const link of [...links, ...abandoned])
          link.destroy('CONNECTION_DESTROYED', 'The pool of connections was closed');
        ended.resolve(undefined);
      }, seconds * 1000);
      await ended.promise;
      unfollow?.();
      await unwatch?.();
      clearTimeout(timer);
    },
    watch: watched,
  };
}
