/** How a job stands, its result, and its end. https://hl7.org/fhir/R5/async-bundle.html */
import { STATUS_CODES } from 'node:http';
import { formatInstant } from '@dhp/fhir-model/instant';
import type { JobStanding } from '@dhp/fhir-store/jobs';
import type { Answer } from '../contract/answer.ts';
import type { Call, Services } from '../contract/interaction.ts';
import type { Jobs } from '../contract/jobs.ts';
import { fail, failure, type Failure } from '../http/errors.ts';
import { prefersSeparateStatus } from '../http/negotiate.ts';
import { json } from '../http/respond.ts';
import { markOf } from '../search/high-water-mark.ts';
import { jobFile as fileOfJob } from '../operations/export/download.ts';
import { manifest, manifestNumber } from '../operations/export/manifest.ts';
import { seeResult } from '../operations/views-export/result.ts';
import { queryString, readParameters } from '../search/parameters.ts';
import { deletionManifest } from '../operations/bulk-delete/result.ts';
import { importManifest } from '../operations/import/result.ts';
import { submissionManifest, type SubmissionTold } from '../operations/submit/result.ts';
import {
  deletionKind,
  exportKind,
  importKind,
  queriesKind,
  submissionKind,
  tablesKind,
  type KeptRequest,
} from './deferred.ts';
import type { DeletionOutcome } from './run-bulk-delete.ts';
import type { ExportOutcome } from './run-export.ts';
import type { RequestOutcome } from './run-request.ts';
import { removeSoon } from '../job-files/orphans.ts';

/** Least seconds between two requests for the status of a running job; more frequent ones are refused. */
const leastBetween = 0.25;

/** 202 with `X-Progress` while the job is not ended; then a Bundle of type batch-response, or 303 to the result of an export of tables. Fails with `job-unknown` or `too-many-requests`. */
export async function jobStatus(services: Services, call: Call): Promise<Answer> {
  const { jobs, owner } = ownerIn(services, call);
  const standing = await jobs.store.pollJob(call.id, owner);
  if (standing === undefined) throw unknown(call);
  if (standing.state === 'ended' && [tablesKind, queriesKind].includes(standing.kind))
    return seeResult(services, standing, call.id);
  if (standing.kind !== exportKind) return statusOf(services, jobs, call, standing);
  const answer = await statusOf(services, jobs, call, standing);
  // The kick-off is kept without the preference that made it a job.
  return prefersSeparateStatus((standing.input as KeptRequest).headers['prefer']) ? separate(answer) : answer;
}

/** The status of the request is its own, and that of the export is beside it. https://hl7.org/fhir/uv/bulkdata/export.html#separate-export-status */
function separate(answer: Answer): Answer {
  const told = `${String(answer.status)} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  return { ...answer, status: 200, headers: { ...answer.headers, 'x-export-status': told } };
}

async function statusOf(services: Services, jobs: Jobs, call: Call, standing: JobStanding): Promise<Answer> {
  if (standing.state === 'ended')
    return [exportKind, importKind, submissionKind, deletionKind].includes(standing.kind)
      ? withManifest(services, jobs, call, standing)
      : complete(services, jobs, call, standing);
  if (standing.sincePoll !== null && standing.sincePoll < leastBetween) {
    const diagnostics = `The job was asked for ${standing.sincePoll.toFixed(2)} seconds ago. Retry-After says when to come.`;
    fail('too-many-requests', { seconds: 1 }, { diagnostics, headers: { 'retry-after': '1' } });
  }
  const headers = {
    'x-progress': progressOf(standing),
    'retry-after': patienceWith(standing),
    'cache-control': 'no-store',
  };
  const early = standing.kind === exportKind ? await manifestOf(services, call, standing, 0) : undefined;
  return early === undefined
    ? { status: 202, headers }
    : { ...early, status: 202, headers: { ...early.headers, ...headers } };
}

/** A manifest of an export behind the first one, or a file. Fails with `job-unknown`. */
export async function jobFile(services: Services, call: Call): Promise<Answer> {
  const number = manifestNumber(call.versionId);
  if (number === undefined) return fileOfJob(services, call);
  const { jobs, owner } = ownerIn(services, call);
  const standing = await jobs.store.pollJob(call.id, owner);
  if (standing?.kind !== exportKind) throw unknown(call);
  if (standing.state === 'ended' && (standing.outcome as ExportOutcome).isRefused)
    return withManifest(services, jobs, call, standing);
  const found = await manifestOf(services, call, standing, number);
  if (found === undefined) throw unknown(call);
  return found;
}

/** Undefined while it has not all of its files, and where there are not so many. */
function manifestOf(
  services: Services,
  { id }: Call,
  { outcome, input, expires, state }: JobStanding,
  number: number,
): Promise<Answer | undefined> {
  const ended = state === 'ended' ? { expires, told: (outcome as ExportOutcome).told } : undefined;
  const { method } = input as KeptRequest;
  return manifest(services, { id, request: requestOf(services, input), isPosted: method === 'POST', ended, number });
}

/** The URL of the kick-off, without the body of a POST. */
function requestOf({ baseUrl }: Services, input: unknown): string {
  const { path, query = {} } = input as KeptRequest;
  const asked = queryString(readParameters(query).searched);
  return `${baseUrl}${path}${asked === '' ? '' : `?${asked}`}`;
}

/** Ends the job, or removes its result: nobody finds it from here on. Fails with `job-unknown`. */
export async function jobCancel(services: Services, call: Call): Promise<Answer> {
  const { jobs, owner } = ownerIn(services, call);
  if (!(await jobs.store.stopJob(call.id, owner))) throw unknown(call);
  jobs.stopped(call.id);
  // The files of a running job are removed by its holder, when it has ended.
  await removeSoon(services.exports?.files, call.id);
  return { status: 202, headers: {} };
}

const wellFormed = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function ownerIn({ jobs }: Services, call: Call): { jobs: Jobs; owner: Buffer } {
  if (call.access === undefined) throw new Error('a job was asked for without access');
  if (jobs === undefined || !wellFormed.test(call.id)) throw unknown(call);
  return { jobs, owner: jobs.ownerOf(call.access) };
}

/** The same for a job of others as for none. */
function unknown({ id }: Call): Failure {
  const diagnostics = `There is no job ${id} of this client, person and set of rights. What came of a job is kept for a time only.`;
  return failure('job-unknown', {}, { diagnostics });
}

/** At most 100 characters. */
function progressOf({ kind, state, attempt, done }: JobStanding): string {
  if (state === 'waiting') return attempt === 0 ? 'waiting' : `waiting for attempt ${String(attempt + 1)}`;
  const again = attempt > 1 ? `, attempt ${String(attempt)}` : '';
  if (kind === deletionKind) return `running, ${String(done)} tried${again}`;
  return `running, ${(done / 1e6).toFixed(1)} MB made${again}`;
}

/** Longer the longer it takes. */
function patienceWith({ age }: JobStanding): string {
  return String(Math.min(10, Math.max(1, Math.round(age / 10))));
}

/** The manifest; if the export has failed, its failure, under its own status. */
async function withManifest(services: Services, jobs: Jobs, call: Call, standing: JobStanding): Promise<Answer> {
  const { id } = call;
  const { outcome: ended, input, expires, attempt } = standing;
  const outcome = ended as ExportOutcome;
  if (outcome.isRefused) {
    const body = await inOnePiece(jobs.store.partsOf({ id, attempt }, outcome.first));
    // 401 is about the job's own token: that of the caller is valid.
    const status = outcome.status === 401 ? 403 : outcome.status;
    return { ...json(body, { expires: expires.toUTCString(), 'cache-control': 'private, no-cache' }), status };
  }
  const request = requestOf(services, input);
  if (standing.kind === submissionKind)
    return submissionManifest(services, { id, expires, told: (ended as { readonly told: SubmissionTold }).told });
  if (standing.kind === importKind) return importManifest(services, { id, request, expires });
  if (standing.kind === deletionKind)
    return deletionManifest(services, { id, request, expires, mode: (ended as DeletionOutcome).mode });
  const first = await manifestOf(services, call, standing, 0);
  if (first === undefined) throw unknown(call);
  return first;
}

async function complete(services: Services, jobs: Jobs, { id }: Call, standing: JobStanding): Promise<Answer> {
  const outcome = standing.outcome as RequestOutcome;
  const more = { expires: standing.expires.toUTCString(), 'cache-control': 'private, no-cache' };
  const answer = json('', more);
  const stream = bundleOf(services, outcome, jobs.store.partsOf({ id, attempt: standing.attempt }, outcome.first));
  return outcome.parts > 1
    ? { status: 200, headers: answer.headers, stream }
    : { ...answer, body: await inOnePiece(stream) };
}

/** A small answer has one record, and is compressed as a whole. */
async function inOnePiece(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** @throws Error where parts are gone meanwhile: nobody is to take some for all */
async function* bundleOf(
  { timeZone }: Services,
  { status, etag, lastModified, isRefused, labels, parts }: RequestOutcome,
  body: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const response = JSON.stringify({
    status: `${String(status)} ${STATUS_CODES[status] ?? ''}`.trim(),
    etag,
    lastModified: lastModified === undefined ? undefined : formatInstant(new Date(lastModified), timeZone),
  });
  const mark = markOf(labels);
  yield Buffer.from(`{"resourceType":"Bundle",${mark === '' ? '' : `${mark},`}"type":"batch-response","entry":[{`);
  if (isRefused) yield Buffer.from(`"response":${response.slice(0, -1)},"outcome":`);
  else if (parts > 0) yield Buffer.from('"resource":');
  let read = 0;
  for await (const part of body) {
    read += 1;
    yield part;
  }
  if (read !== parts) throw new Error(`a job has ${String(read)} of ${String(parts)} parts`);
  if (isRefused) yield Buffer.from('}}]}');
  else yield Buffer.from(`${parts > 0 ? ',' : ''}"response":${response}}]}`);
}
