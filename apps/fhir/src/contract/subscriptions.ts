/** Subscriptions, for those who write them and ask for their events. https://hl7.org/fhir/R5/subscriptions.html */
import type { ResourceStore } from '@dhp/fhir-store';
import type { DeliveryFailure, StandingSubscription, SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Access } from './access.ts';
import type { Partly } from './partly.ts';
import type { Rules } from './rules.ts';

/** The writer of a Subscription: the owner of its events. */
export interface Requester {
  readonly access: Access;
  readonly rules: Rules;
  readonly partly: Partly | undefined;
}

/** The right of a system to see Subscriptions of others whole, and to turn them off; no wildcard contains it. */
const rightScope = 'dhp.subscriptions';

export function seesSubscriptions({ authority, claimed }: Pick<Access, 'authority' | 'claimed'>): boolean {
  return authority === 'system' && claimed?.scopes.includes(rightScope) === true;
}

export interface Subscriptions {
  readonly store: Pick<
    SubscriptionStore,
    'standing' | 'owned' | 'events' | 'firstSince' | 'report' | 'recentReports' | 'requests' | 'deliveries' | 'replay'
  >;
  /** The store of a caller, by which a Subscription is stored only as it will be served, with the rights of the caller kept for it. */
  readonly accepting: <Store extends ResourceStore>(store: Store, requester: Requester) => Store;
  /** Name of a client and person, independent of their rights. */
  readonly ownerOf: (access: Access) => string;
  /** The active topic with a canonical, as it is stored now; undefined if it does not exist. */
  readonly topicOf: (canonical: string) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** A token that binds a websocket by the rights of the caller, once and soon; undefined if the caller has too many that were not used. */
  readonly bindingToken: (
    access: Access,
    ids: readonly string[],
  ) => Promise<{ readonly token: string; readonly expires: Date; readonly url: string } | undefined>;
  /** A handshake that decides on nothing: how the receiver answers now. Undefined if one for the same owner is on its way, or too many are. */
  readonly handshake: (
    standing: StandingSubscription,
    resource: Readonly<Record<string, unknown>>,
  ) => Promise<{ readonly failure: DeliveryFailure | undefined; readonly milliseconds: number } | undefined>;
  /** Base address of the receivers of developers; undefined if there are none. */
  readonly receivers: string | undefined;
  /** The request that a stored Subscription names; undefined if it names none. */
  readonly requestIn: (resource: Readonly<Record<string, unknown>>) => string | undefined;
  /** Owners by the ids of requests; those that are not stored are left out. */
  readonly ownersOf: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Has a request stand by the token of a caller from now on, where that has the same rights and lives longer. */
  readonly renew: (request: string, access: Access) => Promise<void>;
}
