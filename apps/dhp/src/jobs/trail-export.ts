/** An export of the trail of requests to a file as a job. A job says which export, and no more: that one was begun stands where only the owner writes. docs/decisions/0205-exports-of-the-trail.md */
import { askForJob, openJobOf, operatorKind, type Result, type Running } from '@dhp/fhir/jobs';
import type { JobStore } from '@dhp/fhir-store/jobs';
import { TrailActRefused, type LifeMeans } from '@dhp/fhir-store/trail';
import {
  beginTrailExport,
  carryOutTrailExport,
  givenUpOf,
  noteInput,
  whileBeginning,
  type ExportReport,
} from '@dhp/fhir-store/trail-export';
import { publicUrls } from '../addresses.ts';
import { exportName, removeGivenUp, trailExportFile } from '../trail-export-file.ts';
import type { PurgeMeans } from './retention.ts';
import { NotHeld, waitIfNotHeld } from './not-held.ts';

export const trailExports = operatorKind('trail-export', 'dhp audit export', 'trail of requests');

/** The input of a job, as JSON. */
interface TrailExportInput {
  /** The export that was begun. */
  readonly export: string;
}

/** The outcome: 200, 409 where it was refused, or 500 where it was begun too often. */
export type TrailExportOutcome =
  | ({ readonly status: 200; readonly file: string } & Omit<ExportReport, 'month'>)
  | { readonly status: 409; readonly reason: string }
  | { readonly status: 500 };

/**
 * Asks for an export, unless the same one is under way.
 * @param month its first day; undefined: all periods
 * @returns the job
 * @throws TrailActRefused while another one is under way
 */
export function askForTrailExport(jobs: JobStore, means: LifeMeans, month: string | undefined): Promise<string> {
  return whileBeginning(means.sql, async () => {
    const open = await openJobOf(jobs, trailExports.kind);
    const { id, isNew } = await beginTrailExport(means, month, open !== undefined);
    if (open !== undefined && !isNew) return open;
    // The export of such a job has ended just now.
    if (open !== undefined) await jobs.stopJob(open);
    return askForJob(jobs, trailExports, { input: { export: id } satisfies TrailExportInput });
  });
}

/** Removes the files of cancelled exports that killed processes have left in a folder. */
export function sweepExports(
  { sql, environment }: Pick<PurgeMeans, 'sql' | 'environment'>,
  folder: string,
): Promise<void> {
  return removeGivenUp(folder, environment, (ids) => givenUpOf(sql, ids));
}

/** @param folder of the files of exports, as whoever carries it out was told */
export async function runTrailExport(means: PurgeMeans, folder: string, running: Running): Promise<Result> {
  const { job, attempt, signal } = running;
  const { export: id } = job.input as TrailExportInput;
  const { context, environment } = means;
  const { settings, data } = context;
  const server = {
    baseUrl: publicUrls(settings, data.ports())[environment] ?? `urn:dhp:${environment}`,
    timeZone: settings.DHP_TIME_ZONE ?? 'Asia/Tashkent',
  };
  const { auditEventOf } = await import('@dhp/fhir');
  const ended = (outcome: TrailExportOutcome): Result => ({ first: 0, outcome });
  try {
    if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) throw new TrailActRefused('No export is named.');
    const { month, ...done } = await carryOutTrailExport(means, id, {
      signal,
      file: ({ month }) =>
        trailExportFile({
          ...{ folder, name: exportName(environment, month, id) },
          line: (record) => JSON.stringify(auditEventOf(record, server)),
        }),
      async note(session, share) {
        running.reached(share);
        if (!(await noteInput(session, attempt, job.input, share))) throw new NotHeld();
      },
    });
    return ended({ status: 200, file: exportName(environment, month, id), ...done });
  } catch (error) {
    if (error instanceof TrailActRefused) return ended({ status: 409, reason: error.message });
    await waitIfNotHeld(error, signal);
    throw error;
  }
}
