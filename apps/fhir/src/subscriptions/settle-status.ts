/** Stores the status of a Subscription that the server decided on, as a new version. */
import { Budget } from '@dhp/budget';
import type { ResourceStore } from '@dhp/fhir-store';
import type { StandingSubscription } from '@dhp/fhir-store/subscriptions';
import { applyPatch } from '../patch/apply-patch.ts';
import { identifiersWith, requestIn } from './request-identifier.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Stores the decided status, unless the Subscription was changed meanwhile: a decision about another request does not apply to it. After a
 * failure the next check tries again.
 */
export async function settleStatus(
  store: Pick<ResourceStore, 'read' | 'update'>,
  { id, request, wanted }: Pick<StandingSubscription, 'id' | 'request' | 'wanted'>,
): Promise<void> {
  const current = await store.read('Subscription', id);
  if (current?.deleted !== false || wanted === null) return;
  const resource = JSON.parse(current.content.toString('utf8')) as Json;
  if ((requestIn(resource) ?? null) !== request || resource['status'] === wanted) return;
  const operations = [{ op: 'replace', path: '/status', value: wanted }, ...withoutRequest(resource, wanted)];
  const patch = { kind: 'json-patch' as const, text: JSON.stringify(operations) };
  const made = applyPatch(patch, current.content, { type: 'Subscription', budget: new Budget() });
  if (made === undefined) return;
  const pinned = { ifMatch: [current.versionId], requireMatch: true, createAllowed: false };
  await store.update({ type: 'Subscription', id, ...made, ...pinned, writer: { kind: 'internal' } });
}

/** A subscription that is off has no request any more: its rights and values are removed. */
function withoutRequest(resource: Json, wanted: string): object[] {
  if (wanted !== 'off' || resource['identifier'] === undefined) return [];
  const value = identifiersWith(resource, undefined);
  return value.length === 0 ? [{ op: 'remove', path: '/identifier' }] : [{ op: 'replace', path: '/identifier', value }];
}
