/** Subscriptions that have expired, whose rights have ended, or whose topic can no longer be served. */
import type { SubscriptionStore } from '@dhp/fhir-store/subscriptions';
import type { Known, KnownSubscription } from './known.ts';
import { askStanding, standingOf, StandingUnknown, type Owner, type Standing } from './owners.ts';

interface EndMeans {
  readonly store: Pick<SubscriptionStore, 'decide' | 'requests'>;
  readonly standing: Standing;
}

/**
 * Decides on the status of subscriptions that end; an ended subscription gets no further number.
 * @throws StandingUnknown
 */
export async function decideEnds(known: Known, means: EndMeans): Promise<void> {
  const { store, standing } = means;
  const now = standing.clock();
  const unserved = known.unserved();
  const subscriptions = [...known.subscriptions];
  const owners = new Set(subscriptions.flatMap(({ owner }) => owner ?? []));
  await askStanding([...owners], standing);
  // Once for all subscriptions requested by one token: with ten thousand, the queries took longer than all events.
  const fine = new Set([...owners].filter((owner) => stands(owner, standing)));
  for (const subscription of subscriptions) {
    const { id, request, ends, status, owner } = subscription;
    const isOver = ends !== undefined && ends <= now;
    const failed = unserved.get(id);
    if (!isOver && failed === undefined && owner !== undefined && fine.has(owner)) continue;
    const why = isOver ? 'The time that it was requested for is over.' : await endIfKnown(subscription, known, means);
    if (why !== undefined) {
      await store.decide({ id, request: request ?? null }, { wanted: 'off', reason: why });
      known.dropSubscription(id);
    } else if (failed !== undefined && status !== 'error')
      await store.decide({ id, request: request ?? null }, { wanted: 'error', reason: failed });
  }
}

/** Whether the rights of an owner are valid; otherwise each of its subscriptions is examined. */
function stands(owner: Owner, standing: Standing): boolean {
  try {
    return 'owner' in standingOf(owner, standing);
  } catch (error) {
    if (error instanceof StandingUnknown && error.of === 'one') return false;
    throw error;
  }
}

/** A subscription whose rights are unknown now is left unchanged and checked again. */
async function endIfKnown(subscription: KnownSubscription, known: Known, means: EndMeans): Promise<string | undefined> {
  try {
    return await endOf(subscription, known, means);
  } catch (error) {
    if (error instanceof StandingUnknown && error.of === 'one') return undefined;
    throw error;
  }
}

/** If the known rights have ended, they are read again: the owner may have presented a newer token. */
async function endOf(
  subscription: KnownSubscription,
  known: Known,
  { store, standing }: EndMeans,
): Promise<string | undefined> {
  const { owner, request } = subscription;
  if (owner !== undefined && 'owner' in standingOf(owner, standing)) return undefined;
  const [found] = request === undefined ? [] : await store.requests([request]);
  if (found === undefined) return 'Its rights are not known any more. Request it again.';
  const newer = known.ownerIn(found);
  await askStanding([newer], standing);
  const stands = standingOf(newer, standing);
  if ('ended' in stands) return stands.ended;
  known.setSubscription({ ...subscription, owner: newer });
  return undefined;
}
