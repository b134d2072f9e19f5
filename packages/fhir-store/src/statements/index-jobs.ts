/** Indexing that servers share: the jobs, and the stretches that servers process, in fhir.index_job and fhir.index_stretch. */
import type { Sql } from '@dhp/postgres';
import { noteFilled, takeOver as takeOverIndex, type NextStage } from './index-next.ts';
import { requireDefinition } from './index-state.ts';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

/** Rows of another definition of the index; values of search parameters that are new. */
export type JobKind = 'definition' | 'parameters';

/** A pass for the definition that is built beside the active one; null: the index itself is made. */
export type JobStage = Exclude<NextStage, 'filled'> | null;

/** A part of the resources, by their row numbers, that one server indexes. */
export interface Stretch {
  readonly kind: JobKind;
  readonly first: number;
  /** Row number at which to continue. */
  readonly next: number;
  /** The first row number behind it. */
  readonly behind: number;
}

export interface Claim {
  readonly kind: JobKind;
  readonly stage?: JobStage;
  /** One run on one server. */
  readonly holder: string;
  /** Milliseconds after which others may take over a stretch whose claim was not extended. */
  readonly lease: number;
}

interface Job {
  readonly target: number;
  readonly next_rid: string;
  readonly found: string;
}

/** The database has the index of a newer program. */
export class IndexOfNewerProgram extends Error {
  override name = 'IndexOfNewerProgram';

  constructor(version: number, own: number) {
    super(`The database has version ${version} of the search index, of a newer program; this one knows version ${own}`);
  }
}

/** Begins to make the index of this program in place of another one, unless that, or a later one, is made or there already. */
export async function beginDefinition(sql: Sql, indexVersion: number): Promise<void> {
  await sql.begin(async (transaction) => {
    const begun = await transaction`
      insert into fhir.index_state as s (version, gaps) select ${indexVersion}, exists (select 1 from fhir.index_gap)
      on conflict (single) do update set version = excluded.version, next_rid = 0, complete = false
      where s.version < excluded.version
      returning 1`;
    // Jobs for an index that no longer exists are obsolete.
    if (begun.length > 0) {
      await requireDefinition(transaction, indexVersion);
      await transaction`delete from fhir.index_job where kind = 'definition'`;
      await transaction`delete from fhir.index_stretch where kind = 'definition'`;
    }
    await transaction`
      insert into fhir.index_job (kind, target)
      select 'definition', version from fhir.index_state where version = ${indexVersion} and not complete
      on conflict (kind) do nothing`;
  });
}

/** Begins to index by the parameters that are not complete, unless that is under way for some of them: then these are first. */
export async function beginParameters(sql: Session): Promise<void> {
  await sql`
    insert into fhir.index_job (kind, target)
    select 'parameters', s.generation from fhir.own_parameter_state s
    where s.single and exists (select 1 from fhir.own_parameter where not complete)
    on conflict (kind) do nothing`;
}

/** The generation whose parameters are being indexed, if any are. */
export async function readParametersJob(sql: Session): Promise<number | undefined> {
  const [job] = await sql<{ target: number }[]>`select target from fhir.index_job where kind = 'parameters'`;
  return job?.target;
}

/**
 * A stretch for the holder: one that another has left, or the next `size` resources. `wait`: others work on the rest. `ended`: nothing is
 * left to do, or there was no such job.
 */
export function claimStretch(sql: Sql, claim: Claim, size: number): Promise<Stretch | 'wait' | 'ended'> {
  const { kind, stage = null } = claim;
  return sql.begin(async (transaction): Promise<Stretch | 'wait' | 'ended'> => {
    const [job] = await transaction<Job[]>`
      select target, next_rid, found from fhir.index_job
      where kind = ${kind} and stage is not distinct from ${stage}::text for update`;
    if (job === undefined) return 'ended';
    const left = await takeOver(transaction, claim);
    if (left !== undefined) return left;
    const next = await takeNext(transaction, claim, Number(job.next_rid), size);
    if (next !== undefined) return next;
    // Read after the lock of the job was taken: this sees every stretch that others have taken.
    const others = await transaction`select from fhir.index_stretch where kind = ${kind} limit 1`;
    if (others.length > 0) return 'wait';
    return endPass(transaction, claim, job);
  });
}

/** Takes a stretch whose lease has expired. */
async function takeOver(sql: Session, { kind, holder, lease }: Claim): Promise<Stretch | undefined> {
  const [row] = await sql<{ first: string; next_rid: string; behind: string }[]>`
    update fhir.index_stretch s set holder = ${holder}, until = clock_timestamp() + ${lease} * interval '1 ms'
    where s.kind = ${kind} and s.first = (
      select first from fhir.index_stretch
      where kind = ${kind} and until < clock_timestamp()
      order by first limit 1 for update skip locked)
    returning s.first, s.next_rid, s.behind`;
  if (row === undefined) return undefined;
  return { kind, first: Number(row.first), next: Number(row.next_rid), behind: Number(row.behind) };
}

async function takeNext(
  sql: Session,
  { kind, holder, lease }: Claim,
  from: number,
  size: number,
): Promise<Stretch | undefined> {
  const [end] = await sql<{ last: string | null }[]>`
    select max(rid) as last from (select rid from fhir.resource where rid >= ${from} order by rid limit ${size}) r`;
  const last = end?.last ?? null;
  if (last === null) return undefined;
  const behind = Number(last) + 1;
  await sql`
    insert into fhir.index_stretch (kind, first, next_rid, behind, holder, until)
    values (${kind}, ${from}, ${from}, ${behind}, ${holder}, clock_timestamp() + ${lease} * interval '1 ms')`;
  await sql`update fhir.index_job set next_rid = ${behind} where kind = ${kind}`;
  return { kind, first: from, next: from, behind };
}

/**
 * The rows of a definition are complete when a pass over all resources has found nothing to do; else there is another pass. A definition that is built
 * beside goes to its next stage.
 */
async function endPass(sql: Session, { kind, stage = null }: Claim, { target, found }: Job): Promise<'wait' | 'ended'> {
  if (kind === 'definition' && stage === null && found !== '0') {
    await sql`update fhir.index_job set next_rid = 0, found = 0 where kind = ${kind}`;
    return 'wait';
  }
  if (stage === 'fill') await noteFilled(sql, target);
  else if (stage === 'bound') await takeOverIndex(sql, target);
  else if (kind === 'definition') {
    await sql`update fhir.index_state set complete = true where version = ${target}`;
  } else {
    // Parameters that changed meanwhile have a later generation, and a separate job.
    await sql`update fhir.own_parameter set complete = true where since <= ${target} and not complete`;
  }
  await sql`delete from fhir.index_job where kind = ${kind}`;
  return 'ended';
}

/**
 * Notes the progress of a stretch, if the database is still on the server where it was made.
 * @returns whether the stretch is still the holder's, and the database is on that server: work done on another one may be lost
 */
export async function noteStretch(
  sql: Session,
  { kind, first }: Stretch,
  { holder, lease }: Claim,
  { next, found, server }: { next: number; found: number; server: string },
): Promise<boolean> {
  const noted = await sql`
    update fhir.index_stretch set next_rid = ${next}, found = found + ${found},
      until = clock_timestamp() + ${lease} * interval '1 ms'
    where kind = ${kind} and first = ${first} and holder = ${holder} and ${serverName(sql)} = ${server}::text returning 1`;
  return noted.length > 0;
}

/** The stretch is done, if all of it was noted. */
export async function endStretch(sql: Session, { kind, first }: Stretch, { holder }: Claim): Promise<void> {
  await sql`
    with done as (
      delete from fhir.index_stretch
      where kind = ${kind} and first = ${first} and holder = ${holder} and next_rid >= behind returning found
    ) update fhir.index_job j set found = j.found + done.found from done where j.kind = ${kind}`;
}

/** Anybody may continue with it at once. */
export async function leaveStretch(sql: Session, { kind, first }: Stretch, { holder }: Claim): Promise<void> {
  await sql`
    update fhir.index_stretch set until = '-infinity'
    where kind = ${kind} and first = ${first} and holder = ${holder}`;
}

/** Returns the progress of a job, in row numbers; 0 if there is no job. */
export async function readProgress(sql: Session, kind: JobKind): Promise<number> {
  const [row] = await sql<{ done: string }[]>`
    select coalesce((select j.next_rid - coalesce((
      select sum(s.behind - s.next_rid) from fhir.index_stretch s where s.kind = j.kind), 0)
      from fhir.index_job j where j.kind = ${kind}), 0) as done`;
  return Number(row!.done);
}

/** Work on the search index that is not done, for operators. */
export interface ListedIndexJob {
  /** `definition`: rows of another definition; `parameters`: values of search parameters that are new. */
  readonly kind: JobKind;
  /** Row numbers passed, and the last existing one. */
  readonly done: number;
  readonly total: number;
}

export async function listIndexJobs(sql: Session): Promise<ListedIndexJob[]> {
  const rows = await sql<{ kind: JobKind; done: string; total: string }[]>`
    select j.kind, greatest(0, j.next_rid - coalesce((
        select sum(s.behind - s.next_rid) from fhir.index_stretch s where s.kind = j.kind), 0)) as done,
      (select coalesce(max(rid), 0) from fhir.resource) as total
    from fhir.index_job j order by j.kind`;
  return rows.map(({ kind, done, total }) => ({
    kind,
    done: Math.min(Number(done), Number(total)),
    total: Number(total),
  }));
}
