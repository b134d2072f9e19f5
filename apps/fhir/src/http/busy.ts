/**
 * While more requests come than can be answered, the rest is refused (503), fairly by client, so that those let in get their answers in
 * time. Reads and writes have gates of their own: a commit that waits for the standby must not block reads.
 */
import { createFairGate, type FairGate } from '@dhp/rate-limit';
import { mayWrite, type Route } from '../contract/route.ts';
import { failure, Failure } from './errors.ts';

/** Requests of each kind that a process works on at once, at most; 0 for all that come. */
export const defaultConcurrency = 256;

export interface BusyGates {
  /** Undefined if all are let in. */
  readonly reads: FairGate | undefined;
  readonly writes: FairGate | undefined;
  /** The gate of the route; undefined for routes that are never refused: public addresses, and those that wait for events. */
  readonly of: (route: Route | undefined) => FairGate | undefined;
}

export function openGates(most: number): BusyGates {
  if (most === 0) return { reads: undefined, writes: undefined, of: () => undefined };
  const [reads, writes] = [createFairGate({ most }), createFairGate({ most })];
  return {
    ...{ reads, writes },
    of: (route) => {
      if (route === undefined || route.permission === 'public' || route.isLive === true) return undefined;
      // A search by a form writes nothing, although its method is POST.
      return mayWrite(route) && !route.path.endsWith('/_search') ? writes : reads;
    },
  };
}

/** Seconds after which who is refused last may come again: not all at the same time. */
export const latest = 3;

export function serverBusy(seconds = 1 + Math.floor(Math.random() * latest)): Failure {
  const diagnostics = `More requests come than this process can answer in time; nothing was done. Come again in ${String(seconds)} s.`;
  return failure('server-busy', {}, { diagnostics, headers: { 'retry-after': String(seconds) } });
}

/** Of such a request nothing was done, and a flood of them must not become one of records. */
export function isBusy(error: unknown): boolean {
  return error instanceof Failure && error.code === 'server-busy';
}
