/** Imports as fhir.import_input, fhir.import_line and fhir.imported have them. */
import type { Sql } from '@dhp/postgres';
import type { Attempt } from './jobs.ts';
import type { Session } from './session.ts';

/** Something that an import is to take, and how far it is with it. */
export interface ImportInput {
  /** From 0, in the order of processing. */
  readonly number: number;
  /** Its address; '' for a body sent with the request. */
  readonly source: string;
  /** The declared type of all of its lines; '' if none is declared. */
  readonly type: string;
  /** The attempt that has fetched it; null until then, as `digest` (SHA-256) and `bytes`. */
  readonly attempt: number | null;
  readonly digest: Buffer | null;
  readonly bytes: number | null;
  /** Bytes, and lines, that are done. */
  readonly position: number;
  readonly line: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** No lines are left to be processed, except waiting ones. */
  readonly ended: boolean;
  /** Id of the import that has taken the same before. */
  readonly repeated: string | null;
  /** OperationOutcome as JSON, if it could not be fetched. */
  readonly failure: string | null;
  /** The manifest of a submission that has named it; null elsewhere. */
  readonly manifest: number | null;
}

/** An input to be noted: one with a failure has ended. */
export type NewInput = Pick<ImportInput, 'source' | 'type'> & Partial<Pick<ImportInput, 'manifest' | 'failure'>>;

/** A line that was not taken. */
export interface ImportLine {
  readonly input: number;
  /** From 1. */
  readonly line: number;
  /** It waits for targets of its references: it is tried again. */
  readonly waits: boolean;
  /** Bytes of the input at which it begins, and that it has. */
  readonly place: number;
  readonly length: number;
  /** `Type/id` of the resource that it would write; '' if there is no id. */
  readonly name: string;
  /** OperationOutcome as JSON. */
  readonly outcome: string;
}

/** The part of an input that was done. */
export interface ImportStep {
  readonly number: number;
  /** Bytes and lines before and behind it. The same twice where lines are tried again. */
  readonly from: { readonly position: number; readonly line: number };
  readonly to: { readonly position: number; readonly line: number };
  readonly counts: Readonly<Record<'created' | 'updated' | 'unchanged' | 'rejected', number>>;
  /** Lines that were not stored; they replace those noted before. */
  readonly lines: readonly Omit<ImportLine, 'input'>[];
  /** Lines that had waited, and do not any more. */
  readonly settled: readonly number[];
}

/** Another holder continues with the import, or it is to be stopped: nothing of the step may be stored. */
export class ImportLost extends Error {
  override readonly name = 'ImportLost';
}

/** Notes the inputs of an import. Does nothing if they are noted. */
export async function insertInputs(
  sql: Session,
  { id, attempt, holder }: Attempt,
  inputs: readonly NewInput[],
): Promise<void> {
  await sql`
    insert into fhir.import_input (job, number, source, type, manifest, failure, ended)
    select j.id, i.n - 1, i.source, i.type, i.manifest, i.failure, i.failure is not null
    from fhir.job j
    cross join unnest(
      ${inputs.map(({ source }) => source)}::text[], ${inputs.map(({ type }) => type)}::text[],
      ${inputs.map(({ manifest }) => (manifest === undefined || manifest === null ? null : String(manifest)))}::int[],
      ${inputs.map(({ failure }) => failure ?? null)}::text[])
      with ordinality as i (source, type, manifest, failure, n)
    where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops
    on conflict do nothing`;
}

type InputRow = Omit<ImportInput, Numbers> &
  Readonly<Record<Exclude<Numbers, 'bytes'>, string>> & {
    readonly bytes: string | null;
  };
type Numbers = 'bytes' | 'position' | 'line' | 'created' | 'updated' | 'unchanged' | 'rejected';

export async function selectInputs(sql: Session, job: string): Promise<ImportInput[]> {
  const rows = await sql<InputRow[]>`
    select number, source, type, attempt, digest, bytes, reached as "position", line, created, updated, unchanged, rejected, ended, repeated, failure,
      manifest
    from fhir.import_input where job = ${job}::uuid order by number`;
  return rows.map((row) => ({
    ...row,
    bytes: row.bytes === null ? null : Number(row.bytes),
    ...{ position: Number(row.position), line: Number(row.line), created: Number(row.created) },
    ...{ updated: Number(row.updated), unchanged: Number(row.unchanged), rejected: Number(row.rejected) },
  }));
}

/** Notes that the lines of an input are fetched. @throws ImportLost */
export async function noteFetched(
  sql: Session,
  { id, attempt, holder }: Attempt,
  { number, digest, bytes }: { readonly number: number; readonly digest: Buffer; readonly bytes: number },
): Promise<void> {
  const noted = await sql`
    update fhir.import_input i set digest = ${digest}::bytea, bytes = ${bytes}::bigint, attempt = ${attempt}::smallint
    where i.job = ${id} and i.number = ${number}::int and exists (
      select from fhir.job j
      where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops)
    returning 1`;
  if (noted.length === 0) throw new ImportLost('the import is not this holder’s any more');
}

/** Notes that an input has no lines left, except waiting ones. @throws ImportLost */
export async function endInput(
  sql: Session,
  { id, attempt, holder }: Attempt,
  number: number,
  { repeated = null, failure = null }: { readonly repeated?: string | null; readonly failure?: string | null },
): Promise<void> {
  const noted = await sql`
    update fhir.import_input i set ended = true, repeated = ${repeated}::uuid, failure = ${failure}::text
    where i.job = ${id} and i.number = ${number}::int and exists (
      select from fhir.job j
      where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops)
    returning 1`;
  if (noted.length === 0) throw new ImportLost('the import is not this holder’s any more');
}

/**
 * Notes that a part of an input is done, in the transaction that stores the resources of its lines. Of two holders that have begun at the same place
 * one alone gets through: the other one waits for the row, and then finds another place there.
 * @throws ImportLost
 */
export async function noteStep(
  session: Session,
  { id, attempt, holder }: Attempt,
  { number, from, to, counts, lines, settled }: ImportStep,
): Promise<void> {
  const noted = await session`
    update fhir.import_input i set reached = ${to.position}::bigint, line = ${to.line}::bigint,
      created = i.created + ${counts.created}::bigint, updated = i.updated + ${counts.updated}::bigint,
      unchanged = i.unchanged + ${counts.unchanged}::bigint, rejected = i.rejected + ${counts.rejected}::bigint
    where i.job = ${id} and i.number = ${number}::int and i.reached = ${from.position}::bigint and i.line = ${from.line}::bigint
      and exists (
        select from fhir.job j
        where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops)
    returning 1`;
  if (noted.length === 0) throw new ImportLost('another holder is further with the import');
  if (settled.length > 0) {
    const gone = await session`
      delete from fhir.import_line
      where job = ${id} and input = ${number}::int and waits and line = any(${settled.map(String)}::bigint[]) returning 1`;
    if (gone.length !== settled.length) throw new ImportLost('another holder has taken lines that waited');
  }
  if (lines.length > 0) await insertLines(session, id, number, lines);
}

async function insertLines(session: Session, job: string, input: number, lines: ImportStep['lines']): Promise<void> {
  await session`
    insert into fhir.import_line (job, input, line, waits, place, length, name, outcome)
    select ${job}::uuid, ${input}::int, l.*
    from unnest(
      ${lines.map(({ line }) => String(line))}::bigint[], ${lines.map(({ waits }) => String(waits))}::boolean[],
      ${lines.map(({ place }) => String(place))}::bigint[], ${lines.map(({ length }) => String(length))}::int[],
      ${lines.map(({ name }) => name)}::text[], ${lines.map(({ outcome }) => outcome)}::text[]) as l`;
}

/** Lines that were not stored, in their order. @param behind the last known one */
export async function selectLines(
  sql: Session,
  job: string,
  { waits, behind, most }: { waits: boolean; behind: Pick<ImportLine, 'input' | 'line'>; most: number },
): Promise<ImportLine[]> {
  const rows = await sql<(Omit<ImportLine, 'line' | 'place'> & { line: string; place: string })[]>`
    select input, line, waits, place, length, name, outcome from fhir.import_line
    where job = ${job}::uuid and waits = ${waits}::boolean and (input, line) > (${behind.input}::int, ${behind.line}::bigint)
    order by input, line limit ${most}::int`;
  return rows.map((row) => ({ ...row, line: Number(row.line), place: Number(row.place) }));
}

/** The number of noted lines that were not stored. */
export async function countLines(sql: Session, job: string): Promise<number> {
  const [row] = await sql<{ count: string }[]>`select count(*) as count from fhir.import_line where job = ${job}::uuid`;
  return Number(row?.count ?? 0);
}

/**
 * Rejects waiting lines whose targets do not come.
 * @param which `firsts`: of lines of the same resource only the first one, so that the next one can be tried
 * @returns the number of rejected lines
 * @throws ImportLost
 */
export function rejectWaiting(sql: Sql, { id, attempt, holder }: Attempt, which: 'all' | 'firsts'): Promise<number> {
  return sql.begin(async (session) => {
    const job = await session`
      select from fhir.job where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running' and not stops
      for share`;
    if (job.length === 0) throw new ImportLost('the import is not this holder’s any more');
    const rows = await session<{ count: string }[]>`
      with settled as (
        update fhir.import_line l set waits = false
        where l.job = ${id} and l.waits and (${which === 'all'}::boolean or (l.name <> '' and exists (
          select from fhir.import_line o
          where o.job = l.job and o.waits and o.name = l.name and (o.input, o.line) > (l.input, l.line))
          and not exists (
          select from fhir.import_line o
          where o.job = l.job and o.waits and o.name = l.name and (o.input, o.line) < (l.input, l.line))))
        returning l.input)
      update fhir.import_input i set rejected = i.rejected + s.count
      from (select input, count(*) as count from settled group by input) s
      where i.job = ${id} and i.number = s.input
      returning s.count`;
    return rows.reduce((sum, { count }) => sum + Number(count), 0);
  });
}

/** Remembers the inputs of an import whose lines were all stored. */
export async function rememberImported(sql: Session, job: string, mode: string): Promise<void> {
  await sql`
    insert into fhir.imported (client, mode, type, digest, job)
    select distinct on (i.type, i.digest) j.client, ${mode}::text, i.type, i.digest, j.id
    from fhir.import_input i join fhir.job j on j.id = i.job
    where i.job = ${job}::uuid and i.ended and i.rejected = 0 and i.failure is null and i.repeated is null and i.digest is not null
    order by i.type, i.digest on conflict do nothing`;
}

/** Id of the import of a client that has taken the same before. */
export async function selectImported(
  sql: Session,
  { client, mode, type, digest }: { client: string; mode: string; type: string; digest: Buffer },
): Promise<string | undefined> {
  const [row] = await sql<{ job: string }[]>`
    select job from fhir.imported
    where client = ${client} and mode = ${mode} and type = ${type} and digest = ${digest}::bytea`;
  return row?.job;
}

/** Whether a job is an import that has ended, of an owner. */
export async function ownsImport(sql: Session, job: string, owner: Buffer): Promise<boolean> {
  const [row] = await sql<{ owned: boolean }[]>`
    select exists (
      select from fhir.job j
      where j.id = ${job}::uuid and j.owner = ${owner} and j.kind = 'import' and j.state = 'ended' and not j.stops
        and j.expires > clock_timestamp()) as owned`;
  return row?.owned === true;
}
