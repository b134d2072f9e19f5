/** Turns of a lane, independent of what is sent: their means, their Subscription, and the handling of their result. */
import type { LRUCache } from 'lru-cache';
import type { Outbound } from '@dhp/outbound';
import type { ResourceStore } from '@dhp/fhir-store';
import type { Lane, SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { AskMeans } from './ask-events.ts';
import type { Mails } from './mails.ts';
import type { Owner, Standing } from './owners.ts';
import type { ValueSeal } from './sealed-values.ts';
import type { Hook, SendFailure } from './send.ts';
import { settleStatus } from './settle-status.ts';

type Json = Readonly<Record<string, unknown>>;

export interface DeliverMeans extends AskMeans {
  readonly unguarded: Pick<ResourceStore, 'find' | 'read' | 'update'>;
  readonly store: SubscriptionStore;
  readonly standing: Standing;
  readonly values: ValueSeal;
  /** By the id of the Subscription. */
  readonly kept: Pick<LRUCache<string, KeptHook>, 'get' | 'set'>;
  readonly outbound: Outbound;
  /** Undefined if no mails are sent. */
  readonly mails: Mails | undefined;
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly backoff: Backoff;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Seconds. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
  /** Seconds of failures after which the lane is given up. */
  readonly until: number;
}

/** The parts of a turn that are the same for one version of a Subscription and its request. */
export interface KeptHook extends Pick<Hook, 'channel' | 'values'> {
  /** Of which they are: a version, when it was stored, and the request. */
  readonly version: string;
  /** With the stored rights. */
  readonly owner: Owner;
  readonly resource: Json;
  readonly room: Room;
}

/** The number of events that the receiver accepted last, if it was sent fewer than its Subscription allows. */
export interface Room {
  most: number;
}

/** All that a turn works with. */
export interface Hooked extends Hook {
  readonly lane: Lane;
  readonly owner: Owner;
  readonly resource: Json;
  readonly room: Room;
}

/** Leaves a lane until there is something to send or the Subscription is requested again. @returns as `SubscriptionStore.passLane` */
export function pass(lane: Lane, { store }: DeliverMeans): Promise<boolean> {
  return store.passLane(lane, { acknowledged: lane.acknowledged, seconds: undefined, isSent: false });
}

/** Decides on a status on behalf of the server and stores it, unless the subscription has another request by now. */
export async function settle(
  { lane }: Pick<Hooked, 'lane'>,
  { store, unguarded }: Pick<DeliverMeans, 'store' | 'unguarded'>,
  decided: { readonly wanted: 'active' | 'error' | 'off'; readonly reason: string | null },
): Promise<void> {
  const of = { id: lane.subscription, request: lane.request };
  if (await store.decide(of, decided)) await settleStatus(unguarded, { ...of, wanted: decided.wanted });
}

/**
 * Ends a turn whose notification was accepted or refused. @param failure undefined if it was accepted @returns as
 * `SubscriptionStore.passLane`
 */
export async function ended(
  hooked: Hooked,
  means: DeliverMeans,
  failure: SendFailure | undefined,
  acknowledged: number,
): Promise<boolean> {
  const { lane, channel } = hooked;
  if (failure === undefined) return means.store.passLane(lane, { acknowledged, seconds: channel.heartbeat });
  await failed(hooked, means, failure);
  return true;
}

/** Maximum of the seconds for which a receiver can ask for a pause (Retry-After). */
const longestAsked = 3600;

/** Schedules another attempt, or ends a lane that has failed for too long or whose receiver reports that it is gone (410). */
export async function failed(hooked: Hooked, means: DeliverMeans, { after, ...failure }: SendFailure): Promise<void> {
  const { lane } = hooked;
  const { store, backoff, random } = means;
  const isGone = failure.code === 'answered-410';
  const isOver = isGone || (lane.failing ?? 0) >= backoff.until;
  // A quarter of jitter: receivers that recover are not all called at once.
  const usual = Math.min(backoff.longest, backoff.first * 2 ** Math.min(lane.tries, 30)) * (1 - random() / 4);
  const seconds = Math.max(usual, Math.min(longestAsked, after ?? 0) * (1 + random() / 20));
  if (!(await store.failLane(lane, isOver ? undefined : seconds, failure)) || !isOver) return;
  const hours = String(Math.round(backoff.until / 3600));
  const reason = isGone
    ? `Notifications ended: ${failure.text}, which says that it is gone. Request it again when it takes them.`
    : `Notifications failed for ${hours} hours: ${failure.text}. Mend it, and request it again.`;
  await settle(hooked, means, { wanted: 'error', reason });
}
