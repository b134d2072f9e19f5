/** Bulk submissions as fhir.submission and fhir.submission_manifest have them. */
import type { Sql } from '@dhp/postgres';
import { hint } from './hints.ts';
import { insertHeldJob, lockJobsOf, type MostJobs, type NewJob } from './jobs.ts';
import type { Session } from './session.ts';

export type SubmissionState = 'in-progress' | 'completed' | 'stopped';

export interface NewManifest {
  readonly url: string;
  /** The base URL of relative references in its resources. */
  readonly base: string;
  /** Header fields, encrypted: sent with each fetch of the manifest and of its files. Empty if there are none, or they were deleted. */
  readonly headers: string;
}

export interface SubmittedManifest extends NewManifest {
  /** From 0, in the order of submission. */
  readonly number: number;
  /** It was replaced by another one: it is not imported. */
  readonly replaced: boolean;
}

/** The words of a client about a submission. */
export interface SubmissionRequest {
  readonly submitter: string;
  readonly submission: string;
  readonly state: SubmissionState;
  readonly mode: string;
  readonly manifest: NewManifest | undefined;
  /** URL of an earlier manifest that is not to be imported. */
  readonly replaces: string | undefined;
  /** SHA-256 of the whole request: a repetition of the last one changes nothing. */
  readonly digest: Buffer;
}

/** The end of a stopped submission. */
export interface SubmissionStop {
  readonly outcome: unknown;
  /** Minutes for which it is kept. */
  readonly minutes: number;
}

/** `taken`, with the id of the job; else why not. */
export type Submitted =
  | { readonly kind: 'taken'; readonly job: string }
  | { readonly kind: 'too-many' | 'unknown' | 'same-url' | 'nothing-replaced' | 'other-mode' }
  | { readonly kind: 'over'; readonly state: SubmissionState };

export interface Submission {
  readonly submission: string;
  readonly state: SubmissionState;
  readonly mode: string;
  readonly manifests: readonly SubmittedManifest[];
}

interface Known {
  readonly job: string;
  readonly state: SubmissionState;
  readonly digest: Buffer;
  readonly mode: string;
  readonly isOver: boolean;
}

/**
 * Begins a submission, or continues it, all or nothing: two requests of a client run one after the other. Its job is begun when the submission is
 * complete.
 * @param days after which an incomplete one is removed
 */
export function submit(
  sql: Sql,
  job: NewJob,
  asked: SubmissionRequest,
  { most, days, stop }: { readonly most: MostJobs; readonly days: number; readonly stop: SubmissionStop },
): Promise<Submitted> {
  return sql
    .begin(async (session): Promise<Submitted> => {
      await lockJobsOf(session, job.client);
      const known = await knownSubmission(session, job.owner, asked);
      if (known !== undefined && known.digest.equals(asked.digest)) return { kind: 'taken', job: known.job };
      if (known !== undefined && (known.isOver || known.state !== 'in-progress'))
        return { kind: 'over', state: known.state };
      const isFirst = known === undefined;
      if (isFirst && asked.manifest === undefined) return { kind: 'unknown' };
      if (!isFirst && asked.manifest !== undefined && known.mode !== asked.mode) return { kind: 'other-mode' };
      const id = known?.job ?? job.id;
      if (isFirst) {
        if (asked.replaces !== undefined) return { kind: 'nothing-replaced' };
        if (!(await insertHeldJob(session, job, days, most))) return { kind: 'too-many' };
        await session`
        insert into fhir.submission (job, owner, submitter, submission, mode, digest)
        values (${id}::uuid, ${job.owner}::bytea, ${asked.submitter}, ${asked.submission}, ${asked.mode}, ${asked.digest}::bytea)`;
      }
      const fault = await changeManifests(session, id, asked);
      if (fault !== undefined) throw new Undone(fault);
      await session`
      update fhir.submission set state = ${asked.state}, digest = ${asked.digest}::bytea where job = ${id}::uuid`;
      await setJob(session, id, job, asked.state, { days, stop });
      return { kind: 'taken', job: id };
    })
    .catch((error: unknown): Submitted => {
      if (error instanceof Undone) return { kind: error.kind };
      throw error;
    });
}

/** Rolls back the whole request. */
class Undone extends Error {
  readonly kind: 'same-url' | 'nothing-replaced';
  constructor(kind: Undone['kind']) {
    super(kind);
    this.kind = kind;
  }
}

async function knownSubmission(
  session: Session,
  owner: Buffer,
  { submitter, submission }: SubmissionRequest,
): Promise<Known | undefined> {
  const [row] = await session<Known[]>`
    select s.job, s.state, s.digest, s.mode, j.stops or j.expires <= clock_timestamp() as "isOver"
    from fhir.submission s join fhir.job j on j.id = s.job
    where s.owner = ${owner}::bytea and s.submitter = ${submitter} and s.submission = ${submission}
    for update`;
  return row;
}

async function changeManifests(
  session: Session,
  job: string,
  { manifest, replaces }: SubmissionRequest,
): Promise<Undone['kind'] | undefined> {
  if (replaces !== undefined) {
    const gone = await session`
      update fhir.submission_manifest set replaced = true, headers = ''
      where job = ${job}::uuid and url = ${replaces} and not replaced returning 1`;
    if (gone.length === 0) return 'nothing-replaced';
  }
  if (manifest === undefined) return undefined;
  const added = await session`
    insert into fhir.submission_manifest (job, number, url, base, headers)
    select ${job}::uuid, (select count(*) from fhir.submission_manifest where job = ${job}::uuid)::int,
      ${manifest.url}, ${manifest.base}, ${manifest.headers}
    on conflict do nothing returning 1`;
  return added.length === 0 ? 'same-url' : undefined;
}

/** The job waits for more, is to be begun, or has ended. Its rights are those of the last request. */
async function setJob(
  session: Session,
  id: string,
  { input }: NewJob,
  state: SubmissionState,
  { days, stop }: { readonly days: number; readonly stop: SubmissionStop },
): Promise<void> {
  if (state === 'stopped') {
    await session`update fhir.submission_manifest set headers = '' where job = ${id}::uuid`;
    await session`
      update fhir.job set state = 'ended', outcome = ${session.json(stop.outcome)},
        expires = clock_timestamp() + ${stop.minutes}::int * interval '1 minute'
      where id = ${id}::uuid`;
    return;
  }
  const isHeld = state === 'in-progress';
  await session`
    update fhir.job set input = ${JSON.stringify(input)}::text, expires = clock_timestamp() + ${days}::int * interval '1 day',
      due = clock_timestamp() + case when ${isHeld}::boolean then ${days + 1}::int else 0 end * interval '1 day'
    where id = ${id}::uuid`;
  if (!isHeld) await hint(session, 'dhp jobs');
}

/** Id of the job of an owner's submission, while it is kept. */
export async function findSubmission(
  sql: Session,
  owner: Buffer,
  { submitter, submission }: Pick<SubmissionRequest, 'submitter' | 'submission'>,
): Promise<string | undefined> {
  const [row] = await sql<{ job: string }[]>`
    select s.job from fhir.submission s join fhir.job j on j.id = s.job
    where s.owner = ${owner}::bytea and s.submitter = ${submitter} and s.submission = ${submission}
      and not j.stops and j.expires > clock_timestamp()`;
  return row?.job;
}

/** Undefined if the job is not one of a submission. */
export async function readSubmission(sql: Session, job: string): Promise<Submission | undefined> {
  const [row] = await sql<Omit<Submission, 'manifests'>[]>`
    select submission, state, mode from fhir.submission where job = ${job}::uuid`;
  if (row === undefined) return undefined;
  const manifests = await sql<SubmittedManifest[]>`
    select number, url, base, headers, replaced from fhir.submission_manifest where job = ${job}::uuid order by number`;
  return { ...row, manifests };
}

/** Deletes the header fields, since nothing more is fetched. */
export async function forgetHeaders(sql: Session, job: string): Promise<void> {
  await sql`update fhir.submission_manifest set headers = '' where job = ${job}::uuid and headers <> ''`;
}

/** Whether a job is a submission that has ended, of an owner. */
export async function ownsSubmission(sql: Session, job: string, owner: Buffer): Promise<boolean> {
  const [row] = await sql<{ owned: boolean }[]>`
    select exists (
      select from fhir.submission s join fhir.job j on j.id = s.job
      where s.job = ${job}::uuid and s.owner = ${owner}::bytea and j.state = 'ended' and not j.stops
        and j.expires > clock_timestamp()) as owned`;
  return row?.owned === true;
}
