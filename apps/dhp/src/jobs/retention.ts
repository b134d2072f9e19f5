/**
 * A purge by the rules as a job. The job only names the purge: that it was begun is recorded where only the owner may write.
 * docs/operations/retention.md
 */
import { askForJob, openJobOf, operatorKind, type OperatorKind, type Result, type Running } from '@dhp/fhir/jobs';
import type { Archiving } from '@dhp/fhir-store/archive';
import type { JobStore } from '@dhp/fhir-store/jobs';
import { beginPurge, carryOutRun, noteInput, type PurgeOfJob, type PurgeState } from '@dhp/fhir-store/purge-job';
import { TrailActRefused, type LifeMeans } from '@dhp/fhir-store/trail';
import type { Context } from '../context.ts';
import type { EnvironmentName } from '../trail-heads.ts';
import { archiveFile, archivePlace, isIn, writeManifest } from '../version-archive.ts';
import { NotHeld, waitIfNotHeld } from './not-held.ts';

/** Separate kinds with and without archiving: a worker without the folder of the archives takes no job that writes to it. */
export const purges = operatorKind('retention', 'dhp retention', 'retention');
export const archivingPurges = operatorKind('retention-archive', 'dhp retention', 'retention with an archive');

/** The input of a job, as JSON. */
interface PurgeInput {
  /** The purge that was begun. */
  readonly run: string;
  /** Number of versions to check, and the progress; undefined: at the beginning. */
  readonly of?: number;
  readonly state?: PurgeState;
}

/** The outcome: 200, 409 if it was refused, or 500 if it was begun too often. */
export type PurgeOutcome =
  | ({ readonly status: 200 } & PurgeOfJob)
  | { readonly status: 409; readonly reason: string }
  | { readonly status: 500 };

/**
 * Requests a purge by the rules, unless one is under way.
 * @param isLost the file of the open purge is lost: that one ends, and another one begins
 * @throws TrailActRefused if one is under way with another way of archiving
 */
export async function askForPurge(
  jobs: JobStore,
  means: PurgeMeans & LifeMeans,
  { folder, isLost }: { readonly folder: string | undefined; readonly isLost: boolean },
): Promise<{ readonly kind: OperatorKind; readonly id: string }> {
  const [kind, other] = folder === undefined ? [purges, archivingPurges] : [archivingPurges, purges];
  const open = isLost ? undefined : await openJobOf(jobs, kind.kind);
  if (open !== undefined) return { kind, id: open };
  const run = await beginPurge(means, { isLost, ...archivingIn(means, folder) });
  // The purge of such a job has just ended.
  for (const one of isLost ? [kind, other] : [other]) {
    const left = await openJobOf(jobs, one.kind);
    if (left !== undefined) await jobs.stopJob(left);
  }
  return { kind, id: await askForJob(jobs, kind, { input: { run } satisfies PurgeInput }) };
}

/** The login and keys with which it is carried out. */
export interface PurgeMeans extends Pick<LifeMeans, 'sql' | 'keys'> {
  readonly context: Context;
  readonly environment: EnvironmentName;
}

/** @param folder of the archives; undefined: only jobs that do not archive */
export async function runPurge(means: PurgeMeans, folder: string | undefined, running: Running): Promise<Result> {
  const { job, attempt, signal } = running;
  const { run, state: from, of: known = 0 } = job.input as PurgeInput;
  let of = known;
  const ended = (outcome: PurgeOutcome): Result => ({ first: 0, outcome });
  try {
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(run)) throw new TrailActRefused('No purge is named.');
    const done = await carryOutRun(means, run, {
      ...{ signal, from, ...archivingIn(means, folder) },
      onBegin: (versions) => (of = versions),
      async note(session, state) {
        const share = of === 0 ? 1 : Math.min(1, state.looked / of);
        running.reached(share);
        if (!(await noteInput(session, attempt, { run, of, state } satisfies PurgeInput, share))) throw new NotHeld();
      },
    });
    if (folder !== undefined) await writeManifests(folder, means);
    return ended({ status: 200, ...done });
  } catch (error) {
    if (error instanceof TrailActRefused) return ended({ status: 409, reason: error.message });
    await waitIfNotHeld(error, signal);
    throw error;
  }
}

/** The place of archived versions, encrypted if files of exports are. */
function archivingIn(means: PurgeMeans, folder: string | undefined): Pick<Archiving, 'archive'> {
  if (folder === undefined) return {};
  const seals = means.context.settings.DHP_EXPORT_ENCRYPTION ?? false;
  const place = archivePlace(means, folder);
  return { archive: (run) => archiveFile(place, run, seals) };
}

/** Beside each file in the folder: thus a kill between a purge and its manifest leaves none out. */
async function writeManifests(folder: string, { sql, keys }: PurgeMeans): Promise<void> {
  const { archivesOf } = await import('@dhp/fhir-store/archive');
  for (const one of await archivesOf(sql, keys)) if (await isIn(folder, one)) await writeManifest(folder, one);
}
