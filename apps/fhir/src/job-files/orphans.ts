/** Files that are left where their job is not any more. */
import { setTimeout as delay } from 'node:timers/promises';
import type { JobFiles } from '../contract/job-files.ts';

/** Removes the files of jobs that are not there any more: cancelled, over, or lost with their database. @param known those of some jobs that are there */
export async function removeOrphans(
  files: JobFiles,
  known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const found = await files.jobs();
  if (found.length === 0) return;
  const kept = await known(found);
  for (const job of found) if (!kept.has(job)) await files.remove(job);
}

/** Removes the files of a job whose outcome is stored already. Unreachable storage is no failure: the remaining files are orphans. */
export async function removeOrLeave(files: JobFiles | undefined, job: string): Promise<void> {
  await files?.remove(job).catch(() => undefined);
}

/** Milliseconds for which a caller waits until files are removed. */
const patience = 2_000;

/** The same for somebody who waits for an answer: the rest is done behind it. */
export async function removeSoon(files: JobFiles | undefined, job: string): Promise<void> {
  const over = new AbortController();
  const waited = delay(patience, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  await Promise.race([removeOrLeave(files, job), waited]);
  over.abort();
}
