/** Lists of the patients whose data are in the files of an export. */
import type { Sql } from '@dhp/postgres';
import type { TrailRow } from '@dhp/trail';
import type { ListedRow } from '@dhp/trail/lists';
import { keysWith } from './audit-records.ts';
import { byteArray } from './columns.ts';
import type { Session } from './session.ts';

/** A patient of an export that is being made. */
export interface NamedPatient {
  /** The id of a Patient. */
  readonly patient: string;
  /** Numbers of the files that contain the patient. */
  readonly files: readonly number[];
}

/** The patients of the files that are whole, by their ids. */
export async function selectNamed(sql: Sql, job: string, after: string, limit: number): Promise<NamedPatient[]> {
  const rows = await sql<{ patient: string; files: string }[]>`
    select patient, string_agg(number::text, ',' order by number) as files from fhir.export_patient
    where job = ${job}::uuid and patient > ${after} group by patient order by patient limit ${limit}`;
  return rows.map(({ patient, files }) => ({ patient, files: files.split(',').map(Number) }));
}

/** Whether the patients of all files of an export are noted. */
export async function areAllNamed(sql: Sql, job: string): Promise<boolean> {
  const [row] = await sql<{ all: boolean }[]>`
    select not exists (select from fhir.export_file where job = ${job}::uuid and not named) as all`;
  return row!.all;
}

export interface ListPlace {
  readonly id: string;
  readonly month: string;
}

/** Stores rows with their keys; existing entries of the list are unchanged. */
export async function insertListed(sql: Session, { id, month }: ListPlace, rows: readonly TrailRow[]): Promise<void> {
  await sql`
    with ${keysWith(sql, rows)}listed as (
      insert into fhir.audit_listed (list, patient, month, key_id, sealed)
      select ${id}::uuid, i.patient, ${month}::text::date, i.key_id, i.sealed
      from (select unnest(${byteArray(rows.map(({ patient }) => patient))}::bytea[]) as patient,
                   unnest(${`{${rows.map(({ keyId }) => keyId).join(',')}}`}::uuid[]) as key_id,
                   unnest(${byteArray(rows.map(({ sealed }) => sealed))}::bytea[]) as sealed) as i
      on conflict do nothing
    )
    select`.raw();
}

/** Rows of a list in the order of the pseudonyms, behind one of them. */
export async function selectListed(
  sql: Session,
  { id, month }: ListPlace,
  after: Buffer,
  limit: number,
): Promise<ListedRow[]> {
  return sql<ListedRow[]>`
    select patient, key_id::text as "keyId", sealed from fhir.audit_listed
    where list = ${id}::uuid and month = ${month}::text::date and patient > ${after} order by patient limit ${limit}`;
}

/** All rows of a month, of all lists, for an archive. */
export async function selectListedOf(
  sql: Session,
  month: string,
  after: { readonly list: string; readonly patient: Buffer } | undefined,
  limit: number,
): Promise<(ListedRow & { list: string })[]> {
  const behind = after === undefined ? sql`true` : sql`(list, patient) > (${after.list}::text::uuid, ${after.patient})`;
  return sql<(ListedRow & { list: string })[]>`
    select list::text, patient, key_id::text as "keyId", sealed from fhir.audit_listed l
    where month = ${month}::text::date and ${behind} order by l.list, l.patient limit ${limit}`;
}

/** A list that contains a patient, with the key of the row. */
export interface ListOfPatient extends Omit<ListedRow, 'patient'> {
  readonly list: string;
  readonly key: Buffer;
}

/** The lists that contain a patient, if the keys of the rows were not destroyed. */
export async function selectListsOf(sql: Sql, patient: Buffer): Promise<ListOfPatient[]> {
  return sql<ListOfPatient[]>`
    select l.list::text, l.key_id::text as "keyId", l.sealed, k.sealed as key
    from fhir.audit_listed l join fhir.audit_key k on k.key_id = l.key_id
    where l.patient = ${patient}`;
}
