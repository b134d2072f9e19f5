/** Jobs as fhir.job and fhir.job_part have them. All times are by the clock of the database, which all nodes share. */
import type { Sql } from '@dhp/postgres';
import { hint } from './hints.ts';
import type { Session } from './session.ts';

/** A job to be stored. */
export interface NewJob {
  readonly id: string;
  readonly kind: string;
  /** Hash of the requester and of the rights used. */
  readonly owner: Buffer;
  readonly client: string;
  /** In words for operators; it names no patient. */
  readonly about: string;
  readonly input: unknown;
  readonly body: Buffer | undefined;
  /** Higher ones are begun first. */
  readonly priority: number;
}

/** The state of a job, for its owner. */
export interface JobStanding {
  readonly kind: string;
  readonly state: 'waiting' | 'running' | 'ended';
  readonly attempt: number;
  /** As last reported by its holder; the unit depends on its kind. */
  readonly done: number;
  readonly outcome: unknown;
  /** As it was given. */
  readonly input: unknown;
  readonly asked: Date;
  readonly expires: Date;
  /** Seconds since it was requested, and since its owner last asked. */
  readonly age: number;
  readonly sincePoll: number | null;
}

/** A job that a holder has begun, or continues with. */
export interface ClaimedJob {
  readonly id: string;
  readonly kind: string;
  readonly client: string;
  readonly input: unknown;
  readonly body: Buffer | null;
  /** From 1: this one counted. */
  readonly attempt: number;
  /** The same, since an operator had it tried again. */
  readonly tries: number;
}

/** An attempt of a holder: all of its writes are refused once another holder continues. */
export interface Attempt {
  readonly id: string;
  readonly attempt: number;
  readonly holder: string;
}

/** The state of a job, for operators. */
export interface ListedJob {
  readonly id: string;
  readonly kind: string;
  readonly client: string;
  readonly about: string;
  readonly state: JobStanding['state'];
  readonly priority: number;
  readonly attempt: number;
  readonly done: number;
  /** From 0 to 1, as last reported by its holder; null if its kind does not know. */
  readonly share: number | null;
  readonly stops: boolean;
  readonly asked: Date;
  readonly began: Date | null;
  /** The time before which a waiting job is not begun. */
  readonly due: Date;
  readonly expires: Date;
  /** Status of its result. */
  readonly status: number | null;
}

/** The state of a job in a list, for its owner. */
export interface OwnJob extends Pick<
  JobStanding,
  'kind' | 'state' | 'attempt' | 'done' | 'input' | 'asked' | 'expires'
> {
  readonly id: string;
  /** From 0 to 1, as last reported by its holder; null if its kind does not know. */
  readonly share: number | null;
  /** Status of its result. */
  readonly status: number | null;
}

/** Limits of one client, for jobs of one kind. */
export interface MostJobs {
  /** Jobs that are not ended. */
  readonly open: number;
  /** Number of jobs, and bytes of their results. */
  readonly kept: number;
  readonly bytes: number;
}

/** Stores a job, unless it is one too many for the client. @returns whether it is stored */
export function insertJob(sql: Sql, job: NewJob, days: number, most: MostJobs): Promise<boolean> {
  return sql.begin(async (session) => {
    await lockJobsOf(session, job.client);
    const isStored = await insertWithin(session, job, { days, most, isHeld: false });
    if (isStored) await hint(session, 'dhp jobs');
    return isStored;
  });
}

/** As `insertJob`, in a transaction that has locked the jobs of the client: the job is not begun before it is made due. */
export function insertHeldJob(session: Session, job: NewJob, days: number, most: MostJobs): Promise<boolean> {
  return insertWithin(session, job, { days, most, isHeld: true });
}

/** Two at once would each count without the other. */
export async function lockJobsOf(session: Session, client: string): Promise<void> {
  await session`select pg_advisory_xact_lock(hashtextextended(${`fhir jobs of ${client}`}, 0))`;
}

async function insertWithin(
  session: Session,
  job: NewJob,
  { days, most, isHeld }: { readonly days: number; readonly most: MostJobs; readonly isHeld: boolean },
): Promise<boolean> {
  const { id, kind, owner, client, about, input, body = null, priority } = job;
  // A held job expires before it would be begun.
  const held = isHeld ? days + 1 : 0;
  const stored = await session`
    insert into fhir.job (id, kind, owner, client, about, input, body, priority, due, expires)
    select ${id}::uuid, ${kind}::text, ${owner}::bytea, ${client}::text, ${about}::text, ${JSON.stringify(input)}::text, ${body}::bytea,
      ${priority}::smallint, clock_timestamp() + ${held}::int * interval '1 day', clock_timestamp() + ${days}::int * interval '1 day'
    from (
      select count(*) filter (where state <> 'ended') as open, count(*) as kept, coalesce(sum(done), 0) as bytes
      from fhir.job where client = ${client} and kind = ${kind} and not stops and expires > clock_timestamp()
    ) o where o.open < ${most.open}::int and o.kept < ${most.kept}::int and o.bytes < ${most.bytes}::bigint
    returning 1`;
  return stored.length > 0;
}

/**
 * The next job to be begun, or to be continued because its holder gave no sign of life: of the highest priority; among these of the client of
 * which the fewest were begun lately; and among these the oldest. Jobs that another server takes at this moment are skipped.
 * @param kinds that the holder supports
 * @param lease milliseconds
 */
export async function claimJob(
  sql: Sql,
  holder: string,
  { kinds, lease }: { readonly kinds: readonly string[]; readonly lease: number },
): Promise<ClaimedJob | undefined> {
  const [job] = await sql<(ClaimedJob & { readonly input: string })[]>`
    update fhir.job j set state = 'running', holder = ${holder}, attempt = j.attempt + 1, began = clock_timestamp(), done = 0, share = null,
      due = clock_timestamp() + ${lease}::int * interval '1 ms'
    where j.id = (
      select w.id from fhir.job w
      where w.state <> 'ended' and not w.stops and w.due <= clock_timestamp() and w.kind = any(${kinds}::text[])
      order by w.priority desc, (
        select count(*) from fhir.job r
        where r.client = w.client and r.began > clock_timestamp() - interval '10 minutes'), w.asked, w.id
      limit 1 for update of w skip locked)
    returning j.id, j.kind, j.client, j.input, j.body, j.attempt, j.attempt - j.forgiven as tries`;
  return job && { ...job, input: JSON.parse(job.input) as unknown };
}

/** Seconds until a job can be begun or continued; undefined if there is no job. */
export async function nextDue(sql: Session, kinds: readonly string[]): Promise<number | undefined> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select date_part('epoch', min(due) - clock_timestamp()) as seconds from fhir.job
    where state <> 'ended' and not stops and kind = any(${kinds}::text[])`;
  return row?.seconds ?? undefined;
}

/** The state of the queue. */
export interface JobFigures {
  /** Jobs whose time has come, and that are not begun. */
  readonly waiting: number;
  readonly running: number;
  /** Seconds for which the oldest of `waiting` could have been begun; 0 if nothing waits. */
  readonly oldest: number;
}

export async function jobFigures(sql: Session): Promise<JobFigures> {
  const [row] = await sql<JobFigures[]>`
    select count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'running')::int as running,
      greatest(coalesce(date_part('epoch', clock_timestamp() - min(due) filter (where state = 'waiting')), 0), 0) as oldest
    from fhir.job where state <> 'ended' and not stops and (state = 'running' or due <= clock_timestamp())`;
  return row!;
}

/**
 * Extends the lease of a job, and notes its progress. A running job is not removed, however long it takes: its expiry is kept an hour
 * ahead.
 * @returns `stops`: it must end; `lost`: another holder continues, or the job no longer exists
 */
export async function keepJob(
  sql: Session,
  { id, attempt, holder }: Attempt,
  { done, share, lease }: { readonly done: number; readonly share?: number | undefined; readonly lease: number },
): Promise<'goes on' | 'stops' | 'lost'> {
  const [row] = await sql<{ stops: boolean }[]>`
    update fhir.job set done = ${done}::bigint, share = ${share ?? null}::real, due = clock_timestamp() + ${lease}::int * interval '1 ms',
      expires = greatest(expires, clock_timestamp() + interval '1 hour')
    where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running'
      and expires > clock_timestamp()
    returning stops`;
  if (row === undefined) return 'lost';
  return row.stops ? 'stops' : 'goes on';
}

/**
 * Notes the input with which the next attempt continues, in place of the original one.
 * @param share the progress, unless it is left to the next `keepJob`
 * @returns whether the job is still the holder's
 */
export async function noteInput(
  sql: Session,
  { id, attempt, holder }: Attempt,
  input: unknown,
  share?: number,
): Promise<boolean> {
  const noted = await sql`
    update fhir.job set input = ${JSON.stringify(input)}::text, share = coalesce(${share ?? null}::real, share)
    where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running' and not stops
    returning 1`;
  return noted.length > 0;
}

/** @returns whether the job is still the holder's */
export async function insertPart(
  sql: Session,
  { id, attempt, holder }: Attempt,
  number: number,
  content: Buffer,
): Promise<boolean> {
  const stored = await sql`
    insert into fhir.job_part (job, attempt, number, content)
    select j.id, j.attempt, ${number}::int, ${content} from fhir.job j
    where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops
    returning 1`;
  return stored.length > 0;
}

/** The end of a job. */
export interface JobEnd {
  readonly outcome: unknown;
  /** The part with which its result begins; those before it are of no use. */
  readonly first: number;
  readonly done: number;
  /** Minutes for which its result is kept. */
  readonly minutes: number;
}

/** For a reason of the server: an operator may have it tried again, which takes its body. */
function isFailed(outcome: unknown): boolean {
  return ((outcome as { readonly status?: number } | null)?.status ?? 0) >= 500;
}

/** @returns whether it was still the holder's */
export function endJob(sql: Sql, { id, attempt, holder }: Attempt, end: JobEnd): Promise<boolean> {
  return sql.begin(async (session) => {
    const ended = await session`
      update fhir.job set state = 'ended', outcome = ${session.json(end.outcome)}, done = ${end.done}::bigint,
        body = case when ${isFailed(end.outcome)}::boolean then body end,
        expires = clock_timestamp() + ${end.minutes}::int * interval '1 minute'
      where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running' and not stops
      returning 1`;
    if (ended.length === 0) return false;
    // Parts of earlier attempts go too.
    await session`
      delete from fhir.job_part
      where job = ${id} and (attempt <> ${attempt}::smallint or number < ${end.first}::int)`;
    return true;
  });
}

/**
 * Returns a job to the queue, without the parts of this attempt: the next one may have its number, and would collide with them. They are deleted
 * first, in a separate statement, so that the row of the job is not locked for that long.
 * @param seconds before the next attempt; 0 does not count the attempt
 */
export async function leaveJob(sql: Sql, { id, attempt, holder }: Attempt, seconds: number): Promise<void> {
  await sql`
    delete from fhir.job_part p using fhir.job j
    where p.job = ${id} and p.attempt = ${attempt}::smallint
      and j.id = p.job and j.holder = ${holder} and j.attempt = p.attempt and j.state = 'running'`;
  await sql.begin(async (session) => {
    await session`
      update fhir.job set state = 'waiting', due = clock_timestamp() + ${seconds}::float8 * interval '1 second',
        attempt = case when ${seconds}::float8 = 0 then greatest(attempt - 1, 0) else attempt end
      where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running'`;
    await hint(session, 'dhp jobs');
  });
}

/**
 * Asks for a job to end: it is removed at once if it has no holder, else its holder ends it within its next sign of life. It can no longer be found.
 * @param owner undefined: for operators, any owner
 * @returns whether there was one
 */
export async function stopJob(sql: Session, id: string, owner: Buffer | undefined): Promise<boolean> {
  const stopped = await sql`
    update fhir.job set stops = true where id = ${id} and not stops and (${owner ?? null}::bytea is null or owner = ${owner ?? null})
    returning 1`;
  if (stopped.length === 0) return false;
  await sql`delete from fhir.job where id = ${id} and stops and (state <> 'running' or due <= clock_timestamp())`;
  return true;
}

/**
 * Makes a job that waits after a failure due at once, or begins one again that has failed for a reason of the server. Attempts are still counted,
 * because all writes of an earlier one are refused by their number.
 * @param days after which it is removed if it has not ended
 * @returns whether there was such a job
 */
export function retryJob(sql: Sql, id: string, days: number): Promise<boolean> {
  return sql.begin(async (session) => {
    const [job] = await session<{ state: string }[]>`
      select state from fhir.job where id = ${id} and not stops and expires > clock_timestamp()
        and case state when 'waiting' then attempt > 0 and due > clock_timestamp() when 'ended' then (outcome->>'status')::int >= 500 else false end
      for update`;
    if (job === undefined) return false;
    if (job.state === 'ended') {
      await session`delete from fhir.job_part where job = ${id}`;
      // The files of an export that has failed are gone: it begins with the first one.
      await session`delete from fhir.export where job = ${id}`;
    }
    await session`
      update fhir.job set state = 'waiting', due = clock_timestamp(), forgiven = attempt, outcome = null, holder = null, done = 0, share = null,
        expires = greatest(expires, clock_timestamp() + ${days}::int * interval '1 day')
      where id = ${id}`;
    await hint(session, 'dhp jobs');
    return true;
  });
}

/**
 * Removes all jobs that have not ended: after a restore it is unknown whether the tokens with which they were requested were revoked since.
 * @returns their number
 */
export async function endOpenJobs(sql: Session): Promise<number> {
  const gone = await sql`delete from fhir.job where state <> 'ended' returning 1`;
  return gone.length;
}

/** Removes the job of an attempt that was asked to end. @returns whether it was still the holder's */
export async function deleteStopped(sql: Session, { id, attempt, holder }: Attempt): Promise<boolean> {
  const removed = await sql`
    delete from fhir.job
    where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and stops returning 1`;
  return removed.length > 0;
}

/**
 * Removes one job that has expired, or that was to be stopped and has no holder. Only one: the results of many may take longer to remove than a
 * statement may, and then nothing would ever be removed.
 * @returns whether there was one
 */
export async function deleteOver(sql: Session): Promise<boolean> {
  const gone = await sql`
    delete from fhir.job where id in (
      select id from fhir.job
      where expires < clock_timestamp() or (state <> 'ended' and stops and due < clock_timestamp())
      limit 1 for update skip locked)
    returning 1`;
  return gone.length > 0;
}

/** Notes that the owner has asked. Undefined if the owner has no such job. */
export async function pollJob(sql: Session, id: string, owner: Buffer): Promise<JobStanding | undefined> {
  const [row] = await sql<(Omit<JobStanding, 'done'> & { done: string; input: string })[]>`
    update fhir.job j set polled = clock_timestamp() from (
      select id, polled from fhir.job
      where id = ${id} and owner = ${owner} and not stops and expires > clock_timestamp() for no key update) b
    where j.id = b.id
    returning j.kind, j.state, j.attempt, j.done, j.outcome, j.input, j.asked, j.expires,
      date_part('epoch', clock_timestamp() - j.asked) as age, date_part('epoch', clock_timestamp() - b.polled) as "sincePoll"`;
  return row && { ...row, done: Number(row.done), input: JSON.parse(row.input) as unknown };
}

/** One part of the result of a job; undefined behind the last, and for a job that is gone. */
export async function readPart(
  sql: Session,
  { id, attempt }: Pick<Attempt, 'id' | 'attempt'>,
  number: number,
): Promise<Buffer | undefined> {
  const [row] = await sql<{ content: Buffer }[]>`
    select p.content from fhir.job_part p join fhir.job j on j.id = p.job
    where p.job = ${id} and p.attempt = ${attempt}::smallint and p.number = ${number}::int and not j.stops`;
  return row?.content;
}

/** The newest first, including jobs that are being stopped. */
export async function listJobs(sql: Session, most: number, id?: string): Promise<ListedJob[]> {
  const rows = await sql<(Omit<ListedJob, 'done'> & { done: string })[]>`
    select id, kind, client, about, state, priority, attempt, done, share, stops, asked, began, due, expires, (outcome->>'status')::int as status
    from fhir.job where expires > clock_timestamp() and (${id ?? null}::uuid is null or id = ${id ?? null})
    order by asked desc, id limit ${most}::int`;
  return rows.map((row) => ({ ...row, done: Number(row.done) }));
}

/** Jobs of an owner, the newest first, without those that are being stopped. */
export async function listOwnJobs(
  sql: Session,
  { client, owner, most }: { readonly client: string; readonly owner: Buffer; readonly most: number },
): Promise<OwnJob[]> {
  const rows = await sql<(Omit<OwnJob, 'done' | 'input'> & { done: string; input: string })[]>`
    select id, kind, state, attempt, done, share, input, asked, expires, (outcome->>'status')::int as status
    from fhir.job where client = ${client} and owner = ${owner} and not stops and expires > clock_timestamp()
    order by asked desc, id limit ${most}::int`;
  return rows.map((row) => ({ ...row, done: Number(row.done), input: JSON.parse(row.input) as unknown }));
}
