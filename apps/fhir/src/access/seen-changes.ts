/**
 * The feed of changes as a caller sees it now: rights are checked again for each page, so that a reader of the feed is subject to changes
 * of consents, care and policies.
 */
import type { ChangeFeed } from '@dhp/fhir-store';
import type { Change, FeedPage, FeedPlace } from '../contract/changes.ts';
import type { Services } from '../contract/interaction.ts';

/** As they are stored: for nobody's eyes before `seenChanges`. */
export function storedChanges(
  { unguarded }: Services,
  page: Parameters<ChangeFeed['feedPage']>[0],
): Promise<FeedPage | undefined> {
  return unguarded.feedPage(page);
}

/** A version as it is stored: for nobody's eyes before `seenChanges`. */
export function storedVersion(
  { unguarded }: Services,
  ...[type, id, versionId]: Parameters<Services['unguarded']['vread']>
): ReturnType<Services['unguarded']['vread']> {
  return unguarded.vread(type, id, versionId);
}

/** Behind all that is stored. */
export function placeNow({ unguarded }: Services): Promise<FeedPlace> {
  return unguarded.feedEnd();
}

/** Waits until something may be new, the time is over, or the server closes. */
export async function changesGrow(
  { unguarded, isClosing }: Services,
  awaited: Omit<Parameters<ChangeFeed['feedGrows']>[0], 'signal'>,
): Promise<void> {
  const stop = new AbortController();
  const timer = setInterval(() => {
    if (isClosing()) stop.abort();
  }, lookEvery).unref();
  try {
    await unguarded.feedGrows({ ...awaited, signal: stop.signal });
  } finally {
    clearInterval(timer);
  }
}

const lookEvery = 250;

/**
 * The changes that the caller sees at this moment, by the rights to search, in their order. Omitted changes are not noted.
 * @throws as `ResourceStore.find` does; BudgetSpent
 */
export async function seenChanges(services: Services, changes: readonly Change[]): Promise<Change[]> {
  if (changes.length === 0) return [];
  const seen = await (await asSearching(services)).seen(changes);
  return changes.flatMap(({ position }, n) => (seen[n] === undefined ? [] : { ...seen[n], position }));
}

/** The same caller with the rights to search at this moment: services are bound to the policies for which they were made. */
export async function asSearching(services: Services): Promise<Services> {
  await services.policies.fresh();
  return services.over(services.unguarded).reading('s');
}
