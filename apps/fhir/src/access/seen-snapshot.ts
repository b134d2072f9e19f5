/** Resources as they were stored at a time, as a caller sees it now: an export asks for each page again, so that it follows consents and policies while it runs. */
import type { SnapshotPage, Snapshots, SnapshotTimes } from '@dhp/fhir-store/jobs';
import type { StoredVersion } from '@dhp/fhir-store';
import type { Services } from '../contract/interaction.ts';
import { lastContent } from './resource-authorizer.ts';

/** By the rights to search. */
export async function seenNow(services: Services, versions: readonly StoredVersion[]): Promise<StoredVersion[]> {
  if (versions.length === 0) return [];
  await services.policies.fresh();
  // Services are made for the policies of their moment.
  const now = services.over(services.unguarded).reading('s');
  return (await now.seen(versions)).filter((version) => version !== undefined);
}

/** Pages as they are stored: for nobody's eyes before `seenNow`. */
export function storedPage(
  { unguarded }: Services,
  type: string,
  times: SnapshotTimes,
  of: string | readonly string[],
): Promise<SnapshotPage> {
  const { snapshots } = unguarded;
  return typeof of === 'string' ? snapshots.page(type, times, of) : snapshots.pageOf(type, times, of);
}

/** Versions of one resource as they are stored, the newest first: for nobody's eyes before `seenNow`. */
export async function storedVersions(
  { unguarded }: Services,
  type: string,
  id: string,
  {
    before,
    ...page
  }: Omit<Parameters<Services['unguarded']['history']>[2], 'before'> & { readonly before: number | undefined },
): Promise<StoredVersion[]> {
  const { versions } = await unguarded.history(type, id, { ...page, ...(before !== undefined && { before }) });
  return versions;
}

/** As `Snapshots.changedSince`: only ids, whose rights are then checked. */
export function changedSince(
  { unguarded }: Services,
  ...asked: Parameters<Snapshots['changedSince']>
): Promise<string[] | undefined> {
  return unguarded.snapshots.changedSince(...asked);
}

/** Milliseconds that writes which have begun before get for their end. */
const patience = 60_000;
const between = 250;

/**
 * A time before which nothing will be stored any more, now or a moment ago: every write acknowledged before is included, unless a write
 * that has begun then takes longer than a minute.
 */
export async function settledTime({ unguarded, stopwatch }: Services, signal: AbortSignal): Promise<Date> {
  const { snapshots } = unguarded;
  const first = await snapshots.settleNow();
  const begun = stopwatch();
  for (let { until } = first; ; { until } = await snapshots.settleNow()) {
    if (until >= first.now || stopwatch() - begun > patience) return until;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, between).unref());
  }
}

/** A time before which all is stored that ever will be: as late as writes that have begun permit. */
export async function settledNow({ unguarded }: Pick<Services, 'unguarded'>): Promise<Date> {
  return (await unguarded.snapshots.settleNow()).until;
}

/** The content of a resource before it was deleted; undefined if it was never there. Whether that may be seen, says `seenNow` of the deletion. */
export function contentBefore({ unguarded }: Services, version: StoredVersion): Promise<Buffer | undefined> {
  return lastContent(unguarded, version);
}
