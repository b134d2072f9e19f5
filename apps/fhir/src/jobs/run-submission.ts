/** The part of an import that differs for submitted manifests: its input, and its reports. docs/decisions/0134-bulk-submit.md */
import { formatInstant } from '@dhp/fhir-model/instant';
import type { FileHeaders, NewInput } from '../contract/imports.ts';
import { inOrder, type ImportMode } from '../operations/import/asked.ts';
import { filesOfAll } from '../operations/submit/manifest.ts';
import { countOutcomes, type SubmissionTold } from '../operations/submit/result.ts';
import { submissionKind, type KeptRequest } from './deferred.ts';
import type { Running } from './holding.ts';
import type { RunMeans } from './run-request.ts';

interface AskedBySubmission {
  readonly mode: ImportMode;
  readonly inputs: readonly NewInput[];
  /** By the number of the manifest. */
  readonly headers: ReadonlyMap<number, FileHeaders>;
}

/** @param isNoted an attempt before has noted the files: the manifests are not fetched again */
export async function askedBySubmission(
  { services }: RunMeans,
  { job, signal }: Running,
  isNoted: boolean,
): Promise<AskedBySubmission> {
  const { imports, failed } = services;
  const submission = await imports?.store.submissions.read(job.id);
  if (imports === undefined || submission === undefined) throw new Error('a submission runs that is not there');
  const { mode } = submission;
  const manifests = submission.manifests.map((each) => ({ ...each, headers: imports.headers.open(each.headers) }));
  const { headers } = job.input as KeptRequest;
  const outcomeOf = (error: unknown): string => failed(error, { headers }).body;
  const files = isNoted ? [] : await filesOfAll(imports, manifests, { signal, outcomeOf });
  const byNumber = new Map(manifests.map((each) => [each.number, each.headers]));
  return { mode: mode === 'create' ? 'create' : 'upsert', inputs: inOrder(files), headers: byNumber };
}

/** Counts the reports of a submission, and deletes its secrets; does nothing for another job. */
export async function submissionEnded(
  { services: { imports, clock, timeZone } }: RunMeans,
  { job: { id, kind } }: Running,
): Promise<{ readonly told?: SubmissionTold }> {
  if (imports === undefined || kind !== submissionKind) return {};
  await imports.store.submissions.forget(id);
  return { told: { time: formatInstant(clock(), timeZone), counts: await countOutcomes(imports, id) } };
}
