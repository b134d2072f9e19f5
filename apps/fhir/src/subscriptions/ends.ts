/** Subscriptions whose time is over, whose rights have ended, or whose topic cannot be served any more. */
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Known, KnownSubscription } from './known.ts';
import { endOfRights, ownerIn, type Standing } from './owners.ts';

interface EndMeans {
  readonly store: Pick<SubscriptionStore, 'decide' | 'requests'>;
  readonly standing: Standing;
}

/**
 * Decides on the status of those that end; who has ended gets no further number.
 * @throws StandingUnknown
 */
export async function decideEnds(known: Known, means: EndMeans): Promise<void> {
  const { store, standing } = means;
  const now = standing.clock();
  const unserved = known.unserved();
  for (const subscription of [...known.subscriptions]) {
    const { id, request, ends, status } = subscription;
    const isOver = ends !== undefined && ends <= now;
    const why = isOver ? 'The time that it was requested for is over.' : await endOf(subscription, known, means);
    const failed = unserved.get(id);
    if (why !== undefined) {
      await store.decide({ id, request: request ?? null }, { wanted: 'off', reason: why });
      known.dropSubscription(id);
    } else if (failed !== undefined && status !== 'error')
      await store.decide({ id, request: request ?? null }, { wanted: 'error', reason: failed });
  }
}

/** Rights are read anew where those that are known have ended: the owner may have shown a newer token. */
async function endOf(
  subscription: KnownSubscription,
  known: Known,
  { store, standing }: EndMeans,
): Promise<string | undefined> {
  const { owner, request } = subscription;
  if (owner !== undefined && endOfRights(owner, standing) === undefined) return undefined;
  const [found] = request === undefined ? [] : await store.requests([request]);
  if (found === undefined) return 'Its rights are not known any more. Request it again.';
  const newer = ownerIn(found);
  const why = endOfRights(newer, standing);
  if (why === undefined) known.setSubscription({ ...subscription, owner: newer });
  return why;
}
