import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { formatInstant } from '@dhp/fhir-model/instant';
import { fail } from '../../http/errors.ts';
import { json } from '../../http/respond.ts';
import { channelOf } from '../../subscriptions/channel.ts';
import { live } from '../../subscriptions/known.ts';
import { invalid } from '../input.ts';
import type { Input } from '../operation.ts';
import { failOthers, ownsOf, subscriptionAt } from './of-owner.ts';

type Json = Readonly<Record<string, unknown>>;

/** Subscriptions of one token. */
const mostIds = 100;

/**
 * `$get-ws-binding-token`: a short-lived token with which a websocket is bound once. Fails with `parameter-invalid`,
 * `subscription-of-others`, `too-many-requests`, and as a read of each Subscription.
 * https://hl7.org/fhir/R5/subscription-operation-get-ws-binding-token.html
 */
export async function bindingToken(services: Services, call: Call, input: Input): Promise<Answer> {
  const { subscriptions, timeZone } = services;
  const ids = call.id === '' ? [...new Set((input.get('id') ?? []).map(String))] : [call.id];
  if (ids.length === 0)
    invalid('id', 'id names the Subscriptions with the channel websocket that the token is for.', 'http.id');
  if (ids.length > mostIds) invalid('id', `A token is for ${mostIds} Subscriptions at most.`, 'http.id');
  call.budget.take(ids.length, '$get-ws-binding-token');
  for (const id of ids) {
    const resource = await subscriptionAt(services, { ...call, id });
    requireSocket(id, resource);
    if (subscriptions === undefined || !(await ownsOf(subscriptions, call, resource))) failOthers(id);
  }
  const made = await subscriptions?.bindingToken(call.access!, ids);
  if (made === undefined) return failTooMany();
  const parameter = [
    { name: 'token', valueString: made.token },
    { name: 'expiration', valueDateTime: formatInstant(made.expires, timeZone) },
    ...ids.map((id) => ({ name: 'subscription', valueString: id })),
    { name: 'websocket-url', valueUrl: made.url },
  ];
  return json(JSON.stringify({ resourceType: 'Parameters', parameter }), { 'cache-control': 'no-store' });
}

function requireSocket(id: string, resource: Json): void {
  const status = String(resource['status']);
  if (channelOf(resource).kind === 'websocket' && live.has(status)) return;
  const why = live.has(status) ? 'has another channel than websocket' : `is ${status}: request it again`;
  invalid('id', `Subscription/${id} ${why}.`, 'http.id');
}

function failTooMany(): never {
  const diagnostics =
    'You have as many binding tokens that were not used as you may: use one, or come again in half a minute.';
  fail('too-many-requests', { seconds: 30 }, { diagnostics, headers: { 'retry-after': '30' } });
}
