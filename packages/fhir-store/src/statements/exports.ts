/** Exports as fhir.export and fhir.export_file have them. */
import { ids } from './columns.ts';
import type { Attempt } from './jobs.ts';
import type { Session } from './session.ts';

/** A file that is whole. */
export interface ExportFile {
  /** From 0, over all files of the export. */
  readonly number: number;
  /** Of the job, that made it. */
  readonly attempt: number;
  readonly kind: 'output' | 'deleted' | 'error';
  /** The type of its resources. */
  readonly type: string;
  /** Resources, as lines. */
  readonly count: number;
  readonly bytes: number;
  /** SHA-256 of its bytes. */
  readonly digest: Buffer;
  /** The position where the export continues after it, for the job. */
  readonly position: unknown;
}

/** A file that is whole, as its holder notes it. */
export interface MadeFile extends Omit<ExportFile, 'attempt'> {
  /** Ids of the Patients in it; undefined if they were not determined, because no trail is kept. */
  readonly patients: readonly string[] | undefined;
}

/** A file for its download. */
export type OwnedFile = Omit<ExportFile, 'kind'> & {
  readonly expires: Date;
  /** Whether the export has a list of its patients. */
  readonly isListed: boolean;
};

/** Times of an export. */
export interface ExportTimes {
  /** It shows the versions stored before this time. */
  readonly until: Date;
  /** When its first attempt was begun. */
  readonly begun: Date;
}

/** @returns those of the attempt that began the export */
export async function insertExport(sql: Session, job: string, { until, begun }: ExportTimes): Promise<ExportTimes> {
  const [row] = await sql<TimesRow[]>`
    with made as (
      insert into fhir.export (job, until, begun) values (${job}::uuid, ${until.getTime()}::bigint, ${begun.getTime()}::bigint)
      on conflict (job) do nothing returning until, begun)
    select until, begun from made union all select until, begun from fhir.export where job = ${job}::uuid`;
  return timesOf(row!);
}

interface TimesRow {
  readonly until: string;
  readonly begun: string;
}

function timesOf({ until, begun }: TimesRow): ExportTimes {
  return { until: new Date(Number(until)), begun: new Date(Number(begun)) };
}

/** Files that were made together. @returns whether the job is still the holder's */
export async function insertExportFiles(
  sql: Session,
  { id, attempt, holder }: Attempt,
  files: readonly MadeFile[],
): Promise<boolean> {
  const rows = files.map((file) => ({
    ...file,
    digest: file.digest.toString('hex'),
    position: JSON.stringify(file.position),
    patients: ids(file.patients ?? []),
    named: file.patients !== undefined,
  }));
  const stored = await sql`
    with given as (
      select f.* from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as f (number int, kind text, type text, count int, bytes bigint, digest text, position text, patients text, named boolean)
    ), stored as (
      insert into fhir.export_file (job, number, attempt, kind, type, count, bytes, digest, position, named)
      select j.id, f.number, j.attempt, f.kind, f.type, f.count, f.bytes, decode(f.digest, 'hex'), f.position, f.named
      from fhir.job j cross join given f
      where j.id = ${id} and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops
      returning job, number
    ), named as (
      insert into fhir.export_patient (job, patient, number)
      select s.job, p.patient, s.number
      from stored s join given f on f.number = s.number cross join unnest(string_to_array(f.patients, ',')) as p (patient)
      where f.patients <> ''
    )
    select number from stored`;
  return stored.length > 0;
}

/** A Provenance of a resource. */
export interface NewestRow {
  /** `Type/id`. */
  readonly target: string;
  /** Milliseconds since 1970, from the Provenance itself. */
  readonly recorded: number;
  /** Milliseconds since 1970. */
  readonly stored: number;
  /** Its id. */
  readonly provenance: string;
}

/**
 * Notes Provenances that are newer than the noted ones of their targets; one is kept for each target. @returns whether the job is still the holder's
 */
export async function insertNewest(
  sql: Session,
  { id, attempt, holder }: Attempt,
  rows: readonly NewestRow[],
): Promise<boolean> {
  const own = await sql`
    with own as (
      select id from fhir.job
      where id = ${id} and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running' and not stops
    ), noted as (
      insert into fhir.export_newest as n (job, target, recorded, stored, provenance)
      select o.id, g.target, g.recorded, g.stored, g.provenance
      from own o cross join jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        as g (target text, recorded bigint, stored bigint, provenance text)
      on conflict (job, target) do update
        set recorded = excluded.recorded, stored = excluded.stored, provenance = excluded.provenance
        where (excluded.recorded, excluded.stored, excluded.provenance) > (n.recorded, n.stored, n.provenance)
    )
    select id from own`;
  return own.length > 0;
}

/** Ids of the newest Provenances by their targets. */
export async function selectNewest(
  sql: Session,
  job: string,
  targets: readonly string[],
): Promise<Pick<NewestRow, 'target' | 'provenance'>[]> {
  return sql<Pick<NewestRow, 'target' | 'provenance'>[]>`
    select target, provenance from fhir.export_newest
    where job = ${job}::uuid and target = any(string_to_array(${ids(targets)}, ','))`;
}

export async function readExportFiles(sql: Session, job: string): Promise<ExportFile[]> {
  const rows = await sql<(Omit<ExportFile, 'bytes' | 'position'> & { bytes: string; position: string })[]>`
    select number, attempt, kind, type, count, bytes, digest, position from fhir.export_file where job = ${job}::uuid order by number`;
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes), position: JSON.parse(row.position) as unknown }));
}

/** Undefined for a file of another owner, for a file of an export in progress that is not an early file, and for an expired one. */
export async function readOwnFile(
  sql: Session,
  job: string,
  owner: Buffer,
  number: number,
): Promise<OwnedFile | undefined> {
  const [row] = await sql<(Omit<OwnedFile, 'bytes' | 'position'> & { bytes: string; position: string })[]>`
    select f.number, f.attempt, f.type, f.count, f.bytes, f.digest, f.position, j.expires,
           (j.outcome->'told'->'list') is not null as "isListed"
    from fhir.job j join fhir.export_file f on f.job = j.id
    where j.id = ${job}::uuid and j.owner = ${owner} and not j.stops and j.expires > clock_timestamp() and f.number = ${number}::int
      and case when j.state = 'ended' then (j.outcome->>'status')::int = 200 else f.position::jsonb ? 'early' end`;
  return row && { ...row, bytes: Number(row.bytes), position: JSON.parse(row.position) as unknown };
}

/** Existing exports, by some ids. */
export async function selectExports(sql: Session, ids: readonly string[]): Promise<(ExportTimes & { job: string })[]> {
  const rows = await sql<(TimesRow & { job: string })[]>`
    select e.job, e.until, e.begun from fhir.export e join fhir.job j on j.id = e.job
    where e.job = any(${ids}::uuid[]) and not j.stops`;
  return rows.map((row) => ({ job: row.job, ...timesOf(row) }));
}

/** Members of a Group that belong together. */
export interface MemberPart {
  /** Whether they may have become members since the time that the export asks for. */
  readonly isJoined: boolean;
  /** Ids of Patients. */
  readonly ids: readonly string[];
}

/** Notes the members of a Group, unless an earlier attempt has, or the job is not the holder's any more. In a transaction. */
export async function insertExportMembers(
  session: Session,
  { id, attempt, holder }: Attempt,
  group: string,
  parts: readonly MemberPart[],
): Promise<void> {
  for (const [part, { isJoined, ids: patients }] of parts.entries())
    await session`
      insert into fhir.export_member (job, resource, part, joined, ids)
      select j.id, ${group}, ${part}::int, ${isJoined}::boolean, ${ids(patients)}
      from fhir.job j
      where j.id = ${id}::uuid and j.holder = ${holder} and j.attempt = ${attempt}::smallint and j.state = 'running' and not j.stops
      on conflict do nothing`;
}

/** @returns undefined if they were not looked for yet */
export async function selectExportMembers(sql: Session, job: string, group: string): Promise<MemberPart[] | undefined> {
  const rows = await sql<{ joined: boolean; ids: string }[]>`
    select joined, ids from fhir.export_member where job = ${job}::uuid and resource = ${group} order by part`;
  if (rows.length === 0) return undefined;
  return rows.map((row) => ({ isJoined: row.joined, ids: row.ids === '' ? [] : row.ids.split(',') }));
}

/** Bytes of all files, and of those of a client. Those of exports that have failed are removed when they fail. */
export async function sizesOf(sql: Session, client: string): Promise<{ all: number; own: number }> {
  const [row] = await sql<{ all: string; own: string }[]>`
    select coalesce(sum(f.bytes), 0) as all, coalesce(sum(f.bytes) filter (where j.client = ${client}), 0) as own
    from fhir.export_file f join fhir.job j on j.id = f.job
    where j.state <> 'ended' or (j.outcome->>'status')::int = 200`;
  return { all: Number(row!.all), own: Number(row!.own) };
}
