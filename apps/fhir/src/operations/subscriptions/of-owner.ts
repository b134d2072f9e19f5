/** A Subscription that the caller may read, with further data about it. */
import type { Delivery, StandingSubscription } from '@dhp/fhir-store/subscriptions';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Subscriptions } from '../../contract/subscriptions.ts';
import { fail } from '../../http/errors.ts';
import { read } from '../../interactions/read.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OwnSubscription {
  readonly id: string;
  readonly resource: Json;
  /** Undefined if nothing is known about it yet, or the caller is not the client and person to whom the events belong. */
  readonly standing: StandingSubscription | undefined;
  /** Only for the owner; undefined if nothing is sent to a receiver. */
  readonly delivery: Delivery | undefined;
}

/** The Subscription at the address. Fails as a read of it. */
export async function subscriptionAt(services: Services, call: Call): Promise<Json> {
  const { version } = await read(services, { ...call, headers: {} });
  return JSON.parse(version!.content.toString('utf8')) as Json;
}

/** Of a Subscription of the caller; undefined of others. */
export async function standingOfOwn(services: Services, call: Call): Promise<StandingSubscription | undefined> {
  const { subscriptions } = services;
  const [known] = (await subscriptions?.store.standing([call.id])) ?? [];
  return known?.owner === subscriptions?.ownerOf(call.access!) ? known : undefined;
}

export async function ownSubscriptions(
  services: Services,
  call: Call,
  resources: readonly Json[],
): Promise<OwnSubscription[]> {
  const { subscriptions } = services;
  const ids = resources.map(({ id }) => String(id));
  if (subscriptions === undefined || ids.length === 0) return resources.map((resource) => unknownOf(resource));
  const own = subscriptions.ownerOf(call.access!);
  const known = (await subscriptions.store.standing(ids)).filter(({ owner }) => owner === own);
  const byId = new Map(known.map((one) => [one.id, one]));
  const sent = known.length === 0 ? [] : await subscriptions.store.deliveries(known.map(({ id }) => id));
  const deliveries = new Map(sent.map((one) => [one.id, one]));
  return resources.map((resource) => {
    const id = String(resource['id']);
    return { ...unknownOf(resource), standing: byId.get(id), delivery: deliveries.get(id) };
  });
}

const unknownOf = (resource: Json): OwnSubscription => ({
  ...{ id: String(resource['id']), resource },
  ...{ standing: undefined, delivery: undefined },
});

/** Makes a subscription depend on the token of the caller from now on, if that has the same rights and lives longer. */
export async function renew(
  subscriptions: Subscriptions,
  { request }: StandingSubscription,
  { access }: Call,
): Promise<void> {
  if (request !== null && access !== undefined) await subscriptions.renew(request, access);
}

/** Whether the caller has requested a Subscription, even if nothing else is known about it yet. */
export async function ownsOf(subscriptions: Subscriptions, { access }: Call, resource: Json): Promise<boolean> {
  const own = subscriptions.ownerOf(access!);
  const [standing] = await subscriptions.store.standing([String(resource['id'])]);
  if (standing !== undefined && standing.owner !== null && standing.owner !== own) return false;
  const request = subscriptions.requestIn(resource);
  return request !== undefined && (await subscriptions.ownersOf([request])).get(request) === own;
}

export function failOthers(id: string): never {
  const diagnostics =
    `Subscription/${id} has no events for you: they are for the client and person who requested it, and one that was never requested has none. ` +
    'Make a Subscription of your own.';
  fail('subscription-of-others', {}, { diagnostics, expression: 'Subscription' });
}
