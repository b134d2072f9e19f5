/**
 * Detects that a host or a connection has died silently. TCP does not report it for many minutes, and a long-running statement looks the
 * same from here; so after some seconds of silence the server is asked, on a new connection, about its process.
 *
 * A process that waits for the disk cannot be interrupted. If it does so at two checks, and the log has not advanced on the disk in
 * between, the disk is assumed to hang: waiting callers get an error, and the connection keeps its place until the server answers on it.
 */
import type { Commits } from './commits.ts';
import { ConnectionError } from './errors.ts';
import type { Link } from './link.ts';

/** Work of the server for a connection; an idle connection has no entry. */
export type Activity = 'works' | 'reads from disk' | 'waits for standby' | 'waits for disk';

/** Answer of the server about connections. */
export interface Activities {
  readonly of: ReadonlyMap<Link, Activity>;
  /** Position of the log on the server's disk; undefined if unknown. */
  readonly flushed?: string | undefined;
  /** Whether the probe itself has ended a wait for the standby that was long enough to be in vain. */
  readonly wasInVain?: boolean;
}

/**
 * Asks the server, on a separate connection, what it does for these connections.
 * @param cancel those that must stop waiting for a synchronous standby
 */
export type Probe = (links: readonly Link[], cancel: ReadonlySet<Link>) => Promise<Activities>;

export interface WatchOptions {
  readonly links: ReadonlySet<Link>;
  /** Those whose statements were given up while the server still executes them. */
  readonly abandoned: ReadonlySet<Link>;
  /** Whether a statement waits for the disk as long as necessary. */
  readonly isPatient: boolean;
  /** Milliseconds that the server gives a statement; 0: unknown. */
  readonly deadline: number;
  readonly probe: Probe;
  /** Notified of waits for a standby that were in vain, and knows whether all are; undefined: waits are not shortened. */
  readonly commits: Commits | undefined;
  /** No new connection can be made either. */
  readonly hostIsAway: (error: ConnectionError) => void;
  /** Called when a connection was found dead: idle ones may be dead too. */
  readonly distrust: () => void;
}

export interface Watch {
  /** Something was sent. */
  start(): void;
  stop(): void;
  /** Milliseconds for which a statement has waited without a sign of life of the server. */
  silence(): number;
}

/** Milliseconds without an answer after which the server is asked. */
const patience = 4_000;
/** The same while commits are blocked: statements sent before wait one after the other, each for this long. */
const patienceWhileBlocked = 1_000;
/** The same for a connection that has not yet accepted all bytes of the statement. */
const sendingPatience = 12_000;
/** Milliseconds beyond the statement's own limit, at which the server itself should have ended it. */
export const margin = 5_000;
const interval = 500;

export function watch(options: WatchOptions): Watch {
  const { links, abandoned, deadline, probe, commits, hostIsAway, distrust } = options;
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;
  /** When a process was last known to be working, and its activity, by its connection. */
  const confirmed = new Map<Link, { readonly at: number; readonly activity: Activity | undefined }>();
  /** Since when a statement has been waiting whose process waited for a standby at the last check, by its connection. */
  const withStandby = new Map<Link, number>();
  /** The same for the disk, with the position of the log at that time. */
  const withDisk = new Map<Link, string>();
  const areBlocked = (): boolean => commits?.areBlocked === true;

  const silenceOf = (link: Link, now: number): number =>
    link.inFlight === 0 && !link.isAbandoned
      ? 0
      : now - Math.max(link.heardAt, link.waitingSince, confirmed.get(link)?.at ?? 0);

  function look(): void {
    const now = performance.now();
    const suspects: Link[] = [];
    let isBusy = abandoned.size > 0;
    const usual = areBlocked() ? patienceWhileBlocked : patience;
    for (const link of links) {
      if (link.inFlight === 0) continue;
      isBusy = true;
      if (deadline > 0 && now - link.waitingSince > deadline + margin) giveUp(link);
      else if (silenceOf(link, now) > (link.unsent > 0 ? sendingPatience : usual)) suspects.push(link);
    }
    for (const link of abandoned) if (silenceOf(link, now) > patience) suspects.push(link);
    for (const known of [confirmed, withStandby, withDisk])
      for (const link of known.keys()) if (!links.has(link) && !abandoned.has(link)) known.delete(link);
    if (!isBusy) stop();
    else if (suspects.length > 0 && !isAsking) void ask(suspects);
  }

  /** The server itself should have ended it by now, which it cannot while the disk is silent. */
  function giveUp(link: Link): void {
    const said = `The database did not answer within ${String(deadline + margin)} ms, the limit of a statement and ${String(margin)} ms more`;
    const activity = confirmed.get(link)?.activity;
    if (activity === 'reads from disk' || activity === 'waits for disk') link.abandon('STATEMENT_DEADLINE', said);
    else link.destroy('STATEMENT_DEADLINE', said);
  }

  async function ask(suspects: readonly Link[]): Promise<void> {
    isAsking = true;
    const asked = performance.now();
    try {
      const again = suspects.filter((link) => withStandby.get(link) === link.waitingSince);
      const inVain = areBlocked() ? suspects : again;
      const since = new Map(suspects.map((link) => [link, link.waitingSince]));
      const { of: activities, flushed, wasInVain = false } = await probe(suspects, new Set(inVain));
      for (const link of suspects) {
        if (activities.get(link) !== 'waits for standby') withStandby.delete(link);
        else withStandby.set(link, since.get(link)!);
      }
      const onDisk = suspects.filter((link) => activities.get(link) === 'waits for disk');
      const hanging = onDisk.filter((link) => withDisk.get(link) === `${String(since.get(link))} ${String(flushed)}`);
      for (const link of suspects) withDisk.delete(link);
      for (const link of onDisk) withDisk.set(link, `${String(since.get(link))} ${String(flushed)}`);
      // Waits that were cut short do not count: a standby that is back but slow would be taken for one that is gone.
      const areInVain = wasInVain || again.some((link) => withStandby.has(link));
      if (areInVain || (hanging.length > 0 && !options.isPatient)) commits?.block();
      for (const link of suspects) {
        const activity = activities.get(link);
        if (activity !== undefined) confirmed.set(link, { at: performance.now(), activity });
        if (link.isAbandoned) {
          // A connection through a pooler is known to be working only while some session waits for the disk.
          if (activity === undefined || (link.backend === undefined && activity === 'works'))
            link.destroy('HOST_SILENT', 'The database is no longer at work on it');
        } else if (activity === undefined && link.heardAt < asked) {
          link.destroy('HOST_SILENT', 'The database is no longer at work on the statement and its answer is lost');
          distrust();
        }
      }
      if (!options.isPatient)
        for (const link of hanging)
          if (link.heardAt < asked) link.abandon('DISK_SILENT', 'The disk of the database does not answer');
    } catch (error) {
      if (!(error instanceof ConnectionError)) {
        // The server answers, if only to refuse one more session: the statement's own limit decides.
        for (const link of suspects)
          confirmed.set(link, { at: performance.now(), activity: confirmed.get(link)?.activity });
        return;
      }
      for (const link of suspects)
        if (link.heardAt < asked) link.destroy('HOST_SILENT', `The database host does not answer: ${error.message}`);
      distrust();
      hostIsAway(error);
    } finally {
      isAsking = false;
    }
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    start() {
      timer ??= setInterval(look, interval).unref();
    },
    stop,
    silence() {
      const now = performance.now();
      return Math.max(0, ...[...links].map((link) => silenceOf(link, now)));
    },
  };
}
