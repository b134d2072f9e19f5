/** Delivers notifications: takes lanes that are due, beside all other servers of the environment that do, one request in flight in each. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '@dhp/fhir-store/subscriptions';
import { deliver, type DeliverMeans } from './deliver.ts';
import { StandingUnknown } from './owners.ts';

export interface Deliverer {
  /** Waits for what is in flight. */
  close(): Promise<void>;
}

export interface DelivererPace {
  /** Milliseconds between two looks while nothing is due. */
  readonly look: number;
  /** Milliseconds: a holder without a sign of life for as long has lost its lanes. */
  readonly laneLease: number;
  /** Lanes in hand, and among them those that have failed: dead receivers keep no others waiting. */
  readonly lanes: number;
  readonly failing: number;
}

export const usualDelivererPace: DelivererPace = { look: 250, laneLease: 10_000, lanes: 64, failing: 16 };

export function openDeliverer(
  means: DeliverMeans & { readonly onError: (error: unknown) => void },
  pace: DelivererPace,
): Deliverer {
  const { store, onError } = means;
  const holder = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const isClosing = (): boolean => signal.aborted;
  const held = new Map<Lane, Promise<void>>();
  let failing = 0;

  async function work(lane: Lane): Promise<void> {
    try {
      await deliver(lane, means);
    } catch (error) {
      if (!(error instanceof StandingUnknown)) onError(error);
      // Whoever takes it next begins with the same event.
      await store.failLane(lane, 1).catch(() => undefined);
    }
  }

  function take(lane: Lane): void {
    const isFailing = lane.tries > 0;
    if (isFailing) failing += 1;
    const done = work(lane).finally(() => {
      held.delete(lane);
      if (isFailing) failing -= 1;
    });
    held.set(lane, done);
  }

  async function run(): Promise<void> {
    while (!isClosing()) {
      let taken = 0;
      try {
        const most = { all: pace.lanes - held.size, failing: Math.max(0, pace.failing - failing) };
        if (most.all > 0) {
          const lanes = await store.claimLanes(holder, most, pace.laneLease);
          taken = lanes.length;
          if (isClosing()) await Promise.all(lanes.map((lane) => store.leaveLane(lane)));
          else lanes.forEach(take);
        }
      } catch (error) {
        if (!isClosing()) onError(error);
      }
      // Lanes that go on are due again when they are given back.
      const rest = delay(taken > 0 ? 10 : pace.look, undefined, { signal, ref: false }).catch(() => undefined);
      await Promise.race([rest, ...(held.size >= pace.lanes || taken > 0 ? held.values() : [])]);
    }
    await Promise.all(held.values());
  }

  const signs = setInterval(() => {
    if (held.size > 0) store.keepLanes(holder, pace.laneLease).catch(onError);
  }, pace.laneLease / 4).unref();
  const running = run();
  return {
    async close() {
      closing.abort();
      await running;
      clearInterval(signs);
    },
  };
}
