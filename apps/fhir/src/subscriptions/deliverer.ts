/**
 * Delivers notifications: claims lanes that are due, concurrently with all other servers of the environment, with one request in flight per
 * lane.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '@dhp/fhir-store/subscriptions';
import { atMost } from './at-most.ts';
import { deliver } from './deliver.ts';
import { StandingUnknown } from './owners.ts';
import type { DeliverMeans } from './turn.ts';

export interface Deliverer {
  /** Waits for requests in flight. */
  close(): Promise<void>;
}

export interface DelivererPace {
  /** Milliseconds between two checks while nothing is due and no hints arrive, or lanes that are due cannot be claimed. */
  readonly look: number;
  /** The maximum of these milliseconds while hints arrive. */
  readonly listening: number;
  /** Milliseconds after which a holder without a renewal loses its lanes. */
  readonly laneLease: number;
  /** Lanes being processed, and the maximum of failing ones among them: dead receivers must not delay others. */
  readonly lanes: number;
  readonly failing: number;
}

/** Milliseconds; lanes due at nearly the same time are claimed by one statement. */
const least = 20;

export const usualDelivererPace: DelivererPace = {
  look: 250,
  listening: 5_000,
  laneLease: 10_000,
  lanes: 64,
  failing: 16,
};

type DelivererMeans = DeliverMeans & { readonly onError: (error: unknown) => void };

export function openDeliverer(means: DelivererMeans, pace: DelivererPace): Deliverer {
  const { store, onError } = means;
  const holder = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const isClosing = (): boolean => signal.aborted;
  const held = new Map<Lane, Promise<void>>();
  let failing = 0;
  /** Whether more lanes could be due than were claimed. */
  let isMore = false;
  let woken = Promise.withResolvers<undefined>();
  const wake = (): void => {
    woken.resolve(undefined);
  };
  const listener = store.listenForLanes(wake);

  function take(lane: Lane): void {
    const isFailing = lane.tries > 0;
    if (isFailing) failing += 1;
    const done = work(lane, means).then((mayBeDue) => {
      held.delete(lane);
      if (isFailing) failing -= 1;
      if (mayBeDue || isMore || isFailing) wake();
    });
    held.set(lane, done);
  }

  /** Claims due lanes. @returns whether there were any */
  async function look(): Promise<boolean> {
    const most = { all: pace.lanes - held.size, failing: Math.max(0, pace.failing - failing) };
    isMore = true;
    if (most.all <= 0) return false;
    const lanes = await store.claimLanes(holder, most, pace.laneLease);
    if (isClosing()) await Promise.all(lanes.map((lane) => store.leaveLane(lane)));
    else lanes.forEach(take);
    isMore = lanes.length >= most.all;
    return lanes.length > 0;
  }

  /** Until there may be something to take. */
  async function rest(): Promise<void> {
    const due = held.size >= pace.lanes ? Infinity : ((await store.nextLaneDue()) ?? Infinity);
    await atMost(restOf(due, listener.isListening, pace), woken.promise, signal);
  }

  async function run(): Promise<void> {
    while (!isClosing()) {
      // Hints that arrive from here on are noticed.
      woken = Promise.withResolvers();
      try {
        if (!(await look())) await rest();
        await delay(least, undefined, { ref: false });
      } catch (error) {
        if (!isClosing()) onError(error);
        await delay(pace.look, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    await Promise.all(held.values());
    // Other servers claim the lanes of this one.
    await store.tellLanes().catch(() => undefined);
  }

  const signs = setInterval(() => {
    if (held.size > 0) store.keepLanes([...held.keys()], pace.laneLease).catch(onError);
  }, pace.laneLease / 4).unref();
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
      listener.close();
      clearInterval(signs);
    },
  };
}

/** @returns whether the lane may be due before the next hint about it */
async function work(lane: Lane, means: DelivererMeans): Promise<boolean> {
  try {
    return await deliver(lane, means);
  } catch (error) {
    if (!(error instanceof StandingUnknown)) means.onError(error);
    // The next server to claim it starts with the same event.
    await means.store.failLane(lane, 1).catch(() => undefined);
    return true;
  }
}

/**
 * Milliseconds until the next check. @param due seconds until a lane may be claimed; a lane that is due but was not claimed cannot be
 * claimed now
 */
function restOf(due: number, isListening: boolean, { listening, look }: DelivererPace): number {
  return Math.min(isListening ? listening : look, Math.max(due > 0 ? least : look, 1000 * due));
}
