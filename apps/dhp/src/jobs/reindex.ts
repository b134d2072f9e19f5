/** The search index made complete as a job, beside servers that make it by themselves. docs/jobs.md */
import { setTimeout as delay } from 'node:timers/promises';
import { askForJob, openJobOf, operatorKind, type Result, type Running } from '@dhp/fhir/jobs';
import type { FhirStore } from '@dhp/fhir-store';
import { IndexOfNewerProgram, type JobStore } from '@dhp/fhir-store/job-store';
import { publicUrls } from '../addresses.ts';
import type { Context } from '../context.ts';
import { indexWorkOf } from '../indexing.ts';
import type { EnvironmentName } from '../environment.ts';

export const reindexing = operatorKind('reindex', 'dhp reindex', 'search index');

/** The input of a job, as JSON. It gives no right: servers index too. */
interface ReindexInput {
  /** Resources that earlier attempts have indexed, but for those of a process that was killed. */
  readonly indexed?: number;
}

/** The outcome: 200, 409 where the database has the index of a newer program, or 500 where it was begun too often. */
export type ReindexOutcome =
  | { readonly status: 200; readonly indexed: number }
  | { readonly status: 409; readonly reason: string }
  | { readonly status: 500 };

/** Asks for the job, unless it is under way. @returns its id */
export const askForIndex = (jobs: JobStore): Promise<string> =>
  askForJob(jobs, reindexing, { input: {} satisfies ReindexInput });

/** Opens the store of an environment as indexing needs it, for the length of one piece of work. */
export async function withIndexedStore<T>(
  { settings, data }: Context,
  environment: EnvironmentName,
  url: string,
  work: (store: FhirStore) => Promise<T>,
): Promise<T> {
  const baseUrl = publicUrls(settings, data.ports())[environment];
  const { openStore } = await import('@dhp/fhir-store');
  const store = await openStore({
    ...{ url, timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent', indexWork: indexWorkOf(settings) },
    ownBases: baseUrl === undefined ? [] : [baseUrl],
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Indexes until nothing is left, where the attempt before it stopped: the stretches of all who index stand in tables of their own. */
export async function runReindex(
  store: Pick<FhirStore, 'registerSearchParameters' | 'reindex' | 'jobs'>,
  running: Running,
): Promise<Result> {
  const { job, attempt, signal } = running;
  const { indexed: before = 0 } = job.input as ReindexInput;
  const ended = (outcome: ReindexOutcome): Result => ({ first: 0, outcome });
  try {
    await store.registerSearchParameters();
    const onProgress = ({ done, total }: { done: number; total: number }): void =>
      running.reached(total === 0 ? 1 : Math.min(1, done / total));
    const indexed = before + (await store.reindex({ signal, onProgress }));
    if (signal.aborted) await store.jobs.noteInput(attempt, { indexed } satisfies ReindexInput);
    signal.throwIfAborted();
    return ended({ status: 200, indexed });
  } catch (error) {
    if (error instanceof IndexOfNewerProgram) return ended({ status: 409, reason: error.message });
    throw error;
  }
}

/** Milliseconds between two looks at whether a cancelled job has ended. */
const lookEvery = 100;

/** Cancels the job that is open and waits for its end: whoever holds it indexes until it notices. */
export async function cancelIndexJob(jobs: JobStore): Promise<void> {
  const open = await openJobOf(jobs, reindexing.kind);
  if (open === undefined) return;
  await jobs.stopJob(open);
  while ((await jobs.listJobs(1, open)).length > 0) {
    await jobs.sweepJobs(); // a holder that was killed never notices
    await delay(lookEvery);
  }
}
