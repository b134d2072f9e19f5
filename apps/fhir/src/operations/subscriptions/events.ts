import { reportType, type NumberedEvent } from '@dhp/fhir-store/subscriptions';
import { seenChanges, storedVersion } from '../../access/seen-changes.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Change } from '../../contract/changes.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { joined } from '../../http/join.ts';
import { json } from '../../http/respond.ts';
import { fromStore } from '../../http/store-failure.ts';
import { channelOf, mostEvents, type ContentKind } from '../../subscriptions/channel.ts';
import { besides, notificationParts, type ToldEvent } from '../../subscriptions/notification.ts';
import { confidentialityOf } from '../../search/high-water-mark.ts';
import { invalid } from '../input.ts';
import { withAdditional } from './additional.ts';
import type { Input } from '../operation.ts';
import { failOthers, renew, standingOfOwn, subscriptionAt } from './of-owner.ts';
import { numberOf, sinceOf } from './since.ts';

const scope = { path: '/Subscription/$events', interaction: '$events', of: '*' };

/**
 * `$events`: numbers are those with which the events were, or will be, sent. Fails with `parameter-invalid`, `subscription-of-others`, and
 * as a read of the Subscription.
 */
export async function events(services: Services, call: Call, input: Input): Promise<Answer> {
  const { subscriptions } = services;
  const resource = await subscriptionAt(services, call);
  const asked = sinceOf(services, input);
  const until = numberOf(input, 'eventsUntilNumber') ?? Number.MAX_SAFE_INTEGER;
  const content = contentOf(input) ?? channelOf(resource).content;
  if (subscriptions === undefined) return failOthers(call.id);
  const [standing, topic] = await Promise.all([
    standingOfOwn(services, call),
    content === 'empty' ? undefined : subscriptions.topicOf(String(resource['topic'])),
  ]);
  if (standing === undefined) return failOthers(call.id);
  const first = asked instanceof Date ? await subscriptions.store.firstSince(call.id, asked) : undefined;
  // After the last number if no event is that late.
  const since = asked instanceof Date ? (first?.number ?? standing.numbered + 1) : (asked ?? 1);
  const found = await subscriptions.store.events(call.id, { since, until, most: mostEvents });
  call.budget.take(found.length, '$events');
  const [seen] = await Promise.all([toldTo(services, found), renew(subscriptions, standing, call)]);
  const told = await withAdditional(services, call, topic, seen);
  const { numbered } = standing;
  const gone = Math.min(found[0]?.number ?? numbered + 1, until + 1, numbered + 1);
  const reason =
    gone > (first?.isOldest === true ? 1 : Math.max(since, 1))
      ? `Events before ${gone} are not kept any more.`
      : standing.reason;
  const status = {
    id: call.id,
    status: String(resource['status']),
    topic: content === 'empty' ? undefined : String(resource['topic']),
    numbered,
    reason,
  };
  const place = { ...services, now: services.clock() };
  // A query-event must contain at least one event (sst-1).
  const kind = told.length === 0 ? 'query-status' : 'query-event';
  const parts = notificationParts(status, kind, place, told, content);
  const shown =
    content === 'full-resource' ? [...told.flatMap(({ version }) => version ?? []), ...besides(told).sent] : [];
  const body = await joined(parts, call.budget, 'the events');
  return { ...json(body, { 'cache-control': 'private, no-store' }), confidentiality: confidentialityOf(shown) };
}

/** The events with the versions that the caller sees now; no version for reported events that are no longer stored. */
async function toldTo(services: Services, found: readonly NumberedEvent[]): Promise<ToldEvent[]> {
  const versions = await Promise.all(
    found.map(async ({ type, id, ver }) => (type === reportType ? undefined : storedVersion(services, type, id, ver))),
  );
  const changes = versions.flatMap((version, n): Change[] =>
    version === undefined ? [] : [{ ...version, position: String(n) }],
  );
  const seen = await fromStore(() => seenChanges(services, changes), scope);
  const byPosition = new Map(seen.map((version) => [version.position, version]));
  return found.map((event, n) => ({ ...event, version: byPosition.get(String(n)) }));
}

function contentOf(input: Input): ContentKind | undefined {
  const text = input.get('content')?.map(String)[0];
  if (text === undefined || text === 'empty' || text === 'id-only' || text === 'full-resource') return text;
  const shown = JSON.stringify(text.slice(0, 100));
  return invalid('content', `content is empty, id-only or full-resource, not ${shown}.`, 'http.content');
}
