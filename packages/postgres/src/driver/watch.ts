/**
 * Notices that a host or a connection has died in silence. TCP says nothing of it for many minutes, and a statement that runs for long
 * looks the same from here; so who has heard nothing for some seconds asks the server, on a new connection, what its process does.
 */
import type { Commits } from './commits.ts';
import { ConnectionError } from './errors.ts';
import type { Link } from './link.ts';

/** Work of the server for a connection; an idle connection has no entry. */
export type Activity = 'works' | 'waits for standby';

/** Answer of the server about connections. */
export interface Activities {
  readonly of: ReadonlyMap<Link, Activity>;
  /** Whether the probe itself has ended a wait for the standby that was long enough to be in vain. */
  readonly wasInVain?: boolean;
}

/**
 * Asks the server, on a connection of its own, what it does for these connections.
 * @param cancel those that are to stop waiting for a synchronous standby
 */
export type Probe = (links: readonly Link[], cancel: ReadonlySet<Link>) => Promise<Activities>;

export interface WatchOptions {
  readonly links: ReadonlySet<Link>;
  /** Milliseconds that the server gives a statement; 0: unknown. */
  readonly deadline: number;
  readonly probe: Probe;
  /** Is told of waits for a standby that were in vain, and says whether all are; undefined: nothing shortens them. */
  readonly commits: Commits | undefined;
  /** No new connection can be made either. */
  readonly hostIsAway: (error: ConnectionError) => void;
  /** A connection was found dead, so those that nobody waits on may be dead too. */
  readonly distrust: () => void;
}

export interface Watch {
  /** Something was sent. */
  start(): void;
  stop(): void;
  /** Milliseconds for which a statement has waited without a sign of life of the server. */
  silence(): number;
}

/** Milliseconds without an answer after which the server is asked what it does. */
const patience = 4_000;
/** The same while commits are blocked: of those that were sent before, one waits behind the other, each for so long. */
const patienceWhileBlocked = 1_000;
/** The same for a connection that has not yet taken all bytes of the statement. */
const sendingPatience = 12_000;
/** Milliseconds beyond the statement's own limit, at which the server itself should have ended it. */
export const margin = 5_000;
const interval = 500;

export function watch({ links, deadline, probe, commits, hostIsAway, distrust }: WatchOptions): Watch {
  let timer: NodeJS.Timeout | undefined;
  let isAsking = false;
  /** When a process was last known to be at work, by its connection. */
  const confirmed = new Map<Link, number>();
  /** Since when a statement was waited for whose process waited for a standby when it was last asked for, by its connection. */
  const withStandby = new Map<Link, number>();
  const areBlocked = (): boolean => commits?.areBlocked === true;

  const silenceOf = (link: Link, now: number): number =>
    link.inFlight === 0 ? 0 : now - Math.max(link.heardAt, link.waitingSince, confirmed.get(link) ?? 0);

  function look(): void {
    const now = performance.now();
    const suspects: Link[] = [];
    let isBusy = false;
    const usual = areBlocked() ? patienceWhileBlocked : patience;
    for (const link of links) {
      if (link.inFlight === 0) continue;
      isBusy = true;
      if (deadline > 0 && now - link.waitingSince > deadline + margin) {
        link.destroy(
          'STATEMENT_DEADLINE',
          `The database did not answer within ${String(deadline + margin)} ms, the limit of a statement and ${String(margin)} ms more`,
        );
      } else if (silenceOf(link, now) > (link.unsent > 0 ? sendingPatience : usual)) suspects.push(link);
    }
    for (const known of [confirmed, withStandby])
      for (const link of known.keys()) if (!links.has(link)) known.delete(link);
    if (!isBusy) stop();
    else if (suspects.length > 0 && !isAsking) void ask(suspects);
  }

  async function ask(suspects: readonly Link[]): Promise<void> {
    isAsking = true;
    const asked = performance.now();
    try {
      const again = suspects.filter((link) => withStandby.get(link) === link.waitingSince);
      const inVain = areBlocked() ? suspects : again;
      const since = new Map(suspects.map((link) => [link, link.waitingSince]));
      const { of: activities, wasInVain = false } = await probe(suspects, new Set(inVain));
      for (const link of suspects) {
        if (activities.get(link) !== 'waits for standby') withStandby.delete(link);
        else withStandby.set(link, since.get(link)!);
      }
      // Waits that were cut short do not count: a standby that is back and slow would be taken for one that is gone for ever.
      if (wasInVain || again.some((link) => withStandby.has(link))) commits?.block();
      for (const link of suspects) {
        if (activities.has(link)) confirmed.set(link, performance.now());
        else if (link.heardAt < asked) {
          link.destroy('HOST_SILENT', 'The database is no longer at work on the statement and its answer is lost');
          distrust();
        }
      }
    } catch (error) {
      if (!(error instanceof ConnectionError)) {
        // It answers, if only to refuse one more session: the statement's own limit decides.
        for (const link of suspects) confirmed.set(link, performance.now());
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
