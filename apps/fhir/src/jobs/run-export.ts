/** Carries out a bulk export: by the pipeline as any request, with files in the place of an answer. docs/decisions/0095-bulk-export.md */
import type { Work } from '../contract/jobs.ts';
import { removeOrLeave, removeOrphans } from '../job-files/orphans.ts';
import type { ExportTold } from '../operations/export/run.ts';
import type { KeptRequest } from './deferred.ts';
import { isFailedStorage } from './failed-storage.ts';
import { readRights } from '../access/rights.ts';
import { carriedOut, type RequestOutcome, type RunMeans } from './run-request.ts';
import type { Running } from './holding.ts';
import type { Result } from './worker.ts';

/** The outcome of an export, beside its files. */
export interface ExportOutcome extends RequestOutcome {
  readonly told: ExportTold;
}

/** Removes the files of exports that failed for good, and leaves those of others to the next attempt. */
export async function runExport(means: RunMeans, running: Running): Promise<Result> {
  const { exports } = means.services;
  const { job, attempt, signal } = running;
  const { rights } = job.input as KeptRequest;
  const kept = readRights(rights);
  const hasBegun = (await exports?.store.timesOf(job.id)) !== undefined;
  // It was begun in time, and nobody takes its files with a token that has ended.
  const begun = { ...kept, expiresAt: Infinity };
  const work: Work = {
    ...{ attempt, signal },
    async made(bytes) {
      await means.goesOn(begun, signal);
      await running.made(bytes);
    },
    reached: (share) => running.reached(share),
  };
  const result = await carriedOut(means, running, {
    // It reads all that there is, a page at a time.
    allowance: Infinity,
    access: hasBegun ? begun : kept,
    work,
    ended: (answer) => {
      const told = JSON.parse(String(answer.body)) as ExportTold;
      const outcome: ExportOutcome = { status: 200, isRefused: false, labels: [], first: 0, parts: 0, told };
      return Promise.resolve({ bytes: 0, result: { first: 0, outcome, minutes: exports?.minutes } });
    },
    isFinal: (error) => isFailedStorage(error, running),
  });
  if ('outcome' in result && (result.outcome as RequestOutcome).isRefused) await removeOrLeave(exports?.files, job.id);
  return result;
}

/** Removes the files of an export; without one, those of all that are not there any more. */
export async function withoutFiles({ services: { exports } }: Pick<RunMeans, 'services'>, id?: string): Promise<void> {
  if (exports === undefined) return;
  if (id === undefined) await removeOrphans(exports.files, (ids) => exports.store.known(ids));
  else await removeOrLeave(exports.files, id);
}
