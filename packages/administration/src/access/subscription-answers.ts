/** Answers of an environment's server about its subscriptions (apps/fhir/src/administration/subscriptions.ts). Times are texts. */

export const subscriptionActNames = ['pause', 'resume', 'turn-off'] as const;
export type SubscriptionActName = (typeof subscriptionActNames)[number];

/** A Subscription of an environment. It names no patient. */
export interface SubscriptionAt {
  readonly id: string;
  readonly status: string;
  /** Of an error, and of an end. */
  readonly reason: string | null;
  readonly client: string | null;
  /** Null if the client acts for itself. */
  readonly person: string | null;
  readonly topic: string | null;
  /** Origin of the receiver; null if the subscription has no receiver. */
  readonly origin: string | null;
  readonly numbered: number;
  /** The last event number that its receiver has accepted; null if the subscription has no receiver. */
  readonly acknowledged: number | null;
  /** When the oldest event was stored that waits. */
  readonly behindSince: string | null;
  /** Deliveries that failed since the last success, the time of the first one, and the error of the last one. */
  readonly tries: number;
  readonly failing: string | null;
  readonly failure: string | null;
  readonly paused: string | null;
  readonly changed: string;
}

export interface SubscriptionsAt {
  /** Ordered by how long their events wait, the longest first. */
  readonly subscriptions: readonly SubscriptionAt[];
  readonly figures: {
    readonly live: number;
    readonly failed: number;
    readonly behind: number;
    readonly failing: number;
    /** Seconds. */
    readonly oldest: number;
    readonly isRead: boolean;
  };
  readonly hasMore: boolean;
}

/** The number of events that the receiver has not accepted; 0 if there is no receiver. */
export const behindOf = ({ numbered, acknowledged }: SubscriptionAt): number =>
  acknowledged === null ? 0 : Math.max(0, numbered - acknowledged);

/** Whether the act is possible now. Pausing a paused subscription is possible and changes nothing. */
export function canBe(act: SubscriptionActName, { acknowledged, status }: SubscriptionAt): boolean {
  return act === 'turn-off' ? ['requested', 'active', 'error'].includes(status) : acknowledged !== null;
}

/** Acts that change something. */
export const offered = (one: SubscriptionAt): SubscriptionActName[] =>
  subscriptionActNames.filter((act) => canBe(act, one) && act !== (one.paused === null ? 'resume' : 'pause'));
