/** Answers of an environment about its subscriptions, as its server gives them (apps/fhir/src/administration/subscriptions.ts). Times are texts. */

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
  /** Of the receiver; null if nothing is sent to one. */
  readonly origin: string | null;
  readonly numbered: number;
  /** The last number that its receiver has taken; null if nothing is sent to one. */
  readonly acknowledged: number | null;
  /** When the oldest event was stored that waits. */
  readonly behindSince: string | null;
  /** Deliveries that failed since the last that did not, since when, and with what the last. */
  readonly tries: number;
  readonly failing: string | null;
  readonly failure: string | null;
  readonly paused: string | null;
  readonly changed: string;
}

export interface SubscriptionsAt {
  /** Those first whose events wait longest. */
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

/** Events that its receiver has not taken. */
export const behindOf = ({ numbered, acknowledged }: SubscriptionAt): number =>
  acknowledged === null ? 0 : Math.max(0, numbered - acknowledged);

/** Whether the act can be done to it now. What is held back can be held back once more, which changes nothing. */
export function canBe(act: SubscriptionActName, { acknowledged, status }: SubscriptionAt): boolean {
  return act === 'turn-off' ? ['requested', 'active', 'error'].includes(status) : acknowledged !== null;
}

/** Acts that change something. */
export const offered = (one: SubscriptionAt): SubscriptionActName[] =>
  subscriptionActNames.filter((act) => canBe(act, one) && act !== (one.paused === null ? 'resume' : 'pause'));
