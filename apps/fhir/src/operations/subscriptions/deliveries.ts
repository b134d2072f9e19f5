/**
 * Operations on deliveries for the owner of a rest-hook: repeating events from a number on, and a handshake that tests the receiver.
 * docs/notifications.md
 */
import type { StandingSubscription } from '@dhp/fhir-store/subscriptions';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import type { Subscriptions } from '../../contract/subscriptions.ts';
import { fail } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import { channelOf } from '../../subscriptions/channel.ts';
import { live } from '../../subscriptions/known.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';
import { failureConcept } from './delivery-told.ts';
import { failOthers, ownSubscriptions, subscriptionAt } from './of-owner.ts';
import { sinceOf } from './since.ts';
import { status } from './status.ts';

type Json = Readonly<Record<string, unknown>>;

/** `$resend`: events under the same numbers, to the receiver. Fails with `parameter-invalid`, `subscription-of-others`, and as a read of the Subscription. */
export async function resend(services: Services, call: Call, input: Input): Promise<Answer> {
  const { subscriptions } = await hookOf(services, call);
  const asked = sinceOf(services, input);
  const name = asked instanceof Date ? 'eventsSinceTime' : 'eventsSinceNumber';
  const place = `http.${name}`;
  if (asked === undefined || asked === 0)
    invalid(name, 'Say from which event on: eventsSinceNumber, a number from 1, or eventsSinceTime.', place);
  const done = await subscriptions.store.replay(call.id, asked);
  if (done === 'none') return invalid(name, 'There is no event of that time or later.', place);
  if (done === undefined || done === 'unknown')
    return invalid(name, 'Its receiver has taken no event that is still kept: there is none to be sent again.', place);
  if ('first' in done)
    invalid(name, `Events can be sent again from a number from ${done.first} to ${done.last} on.`, place);
  return status(services, call, new Map());
}

/**
 * `$handshake`: Parameters with `ok`, `milliseconds` and `error`. Fails with `too-many-requests`, `subscription-of-others`, and as a read
 * of the Subscription.
 */
export async function handshake(services: Services, call: Call): Promise<Answer> {
  const { subscriptions, standing, resource } = await hookOf(services, call);
  const answered = await subscriptions.handshake(standing, resource);
  if (answered === undefined) return failTooMany();
  const { failure, milliseconds } = answered;
  const parameter = [
    { name: 'ok', valueBoolean: failure === undefined },
    { name: 'milliseconds', valueInteger: milliseconds },
    ...(failure === undefined ? [] : [{ name: 'error', valueCodeableConcept: failureConcept(failure) }]),
  ];
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), { 'cache-control': 'no-store' });
}

/** A rest-hook of the caller that is not off. */
async function hookOf(
  services: Services,
  call: Call,
): Promise<{
  readonly subscriptions: Subscriptions;
  readonly standing: StandingSubscription;
  readonly resource: Json;
}> {
  const resource = await subscriptionAt(services, call);
  const [own] = await ownSubscriptions(services, call, [resource]);
  const { subscriptions } = services;
  if (subscriptions === undefined || own?.standing === undefined) return failOthers(call.id);
  if (channelOf(resource).kind !== 'rest-hook')
    invalid(
      'id',
      `Subscription/${call.id} has another channel than rest-hook: nothing is sent to a receiver.`,
      'http.id',
    );
  if (!live.has(String(resource['status'])))
    invalid('id', `Subscription/${call.id} is ${String(resource['status'])}: request it again.`, 'http.id');
  return { subscriptions, standing: own.standing, resource };
}

function failTooMany(): never {
  const diagnostics =
    'A handshake that you have asked for is on its way, or too many of others are: come again when it has ended.';
  fail('too-many-requests', { seconds: 10 }, { diagnostics, headers: { 'retry-after': '10' } });
}
