/** The status of a Subscription as the server decides it, in a version of its own. */
import { Budget } from '@dhp/budget';
import type { ResourceStore } from '@dhp/fhir-store';
import type { StandingSubscription } from '@dhp/fhir-store/subscriptions';
import { applyPatch } from '../patch/apply-patch.ts';
import { identifiersWith, requestIn } from './request-identifier.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Stores the status that was decided on, unless the Subscription was changed since: what was decided of another request is not of this one. Whoever fails leaves
 * it to the next look.
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

/** One that is off has none any more: its rights and values are removed. */
function withoutRequest(resource: Json, wanted: string): object[] {
  if (wanted !== 'off' || resource['identifier'] === undefined) return [];
  const value = identifiersWith(resource, undefined);
  return value.length === 0 ? [{ op: 'remove', path: '/identifier' }] : [{ op: 'replace', path: '/identifier', value }];
}
