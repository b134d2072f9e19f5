/** Rows of the trail, stored with the data that they are about. */
import type { KeyOfRow, TrailRow } from '@dhp/trail';
import { byteArray, numbers, textArray, timeArray, uuidArray } from './columns.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Rows, and the number of the write in the statement that they are about. */
export interface NumberedRows {
  readonly of: number;
  readonly rows: readonly TrailRow[];
}

/** Stores rows by themselves. */
export async function insertRecords(sql: Session, rows: readonly TrailRow[]): Promise<void> {
  const parts = recordParts(sql, [{ of: 0, rows }]);
  await sql`with ${parts} select`.raw();
}

/**
 * Further parts of a statement that stores writes, with a comma before them; empty if there are no rows.
 * @param given the writes whose rows are stored; undefined: all
 */
export function alsoRecords(sql: Session, rows: readonly NumberedRows[], given?: Fragment): Fragment {
  if (rows.every((each) => each.rows.length === 0)) return sql``;
  return sql`, ${recordParts(sql, rows, given)}`;
}

/**
 * The part `audited`, and before it `audit_keys`, if there are new keys. If all rows are stored, their columns are unnested in parallel in the
 * select list; functions in a `from` would each materialise their rows first.
 */
export function recordParts(sql: Session, numbered: readonly NumberedRows[], given?: Fragment): Fragment {
  const rows = numbered.flatMap((each) => each.rows);
  const recorded = timeArray(rows.map((row) => row.recorded));
  const patients = byteArray(rows.map(({ patient }) => patient));
  const contents = textArray(rows.map(({ content }) => content));
  const keyIds = uuidArray(rows.map(({ keyId }) => keyId));
  const sealed = byteArray(rows.map((row) => row.sealed));
  const digests = byteArray(rows.map(({ digest }) => digest));
  const from =
    given === undefined
      ? sql`(select unnest(${recorded}::timestamptz[]) as recorded, unnest(${patients}::bytea[]) as patient,
              unnest(${contents}::text[]) as content, unnest(${keyIds}::uuid[]) as key_id,
              unnest(${sealed}::bytea[]) as sealed, unnest(${digests}::bytea[]) as digest) as i`
      : sql`unnest(${numbers(numbered.flatMap(({ of, rows: own }) => own.map(() => of)))}::bigint[],
              ${recorded}::timestamptz[], ${patients}::bytea[], ${contents}::text[], ${keyIds}::uuid[], ${sealed}::bytea[],
              ${digests}::bytea[])
             as i (number, recorded, patient, content, key_id, sealed, digest) where i.number in (${given})`;
  return sql`${keyPart(sql, keysOf(numbered, given === undefined), given)}audited as (
      insert into fhir.audit_record (recorded, patient, content, key_id, sealed, digest)
      select i.recorded, i.patient, i.content, i.key_id, i.sealed, i.digest
      from ${from}
    )`;
}

/** The part of a statement that stores the keys of rows, with a comma after it; empty if all of them are stored. */
export function keysWith(sql: Session, rows: readonly TrailRow[]): Fragment {
  return keyPart(sql, keysOf([{ of: 0, rows }], true), undefined);
}

/** Keys come with each of their rows. @param areAllStored false: the statement decides which rows are stored */
function keysOf(numbered: readonly NumberedRows[], areAllStored: boolean): (KeyOfRow & Numbered)[] {
  const keys = new Map<string, KeyOfRow & Numbered>();
  for (const { of, rows } of numbered)
    for (const { key } of rows)
      if (key !== undefined) keys.set(areAllStored ? key.id : `${String(of)} ${key.id}`, { of, ...key });
  return [...keys.values()];
}

/** An earlier statement of the same transaction may have stored a key. */
function keyPart(sql: Session, keys: readonly (KeyOfRow & Numbered)[], given: Fragment | undefined): Fragment {
  if (keys.length === 0) return sql``;
  const ids = uuidArray(keys.map(({ id }) => id));
  const patients = byteArray(keys.map(({ patient }) => patient));
  const months = `{${keys.map(({ month }) => month).join(',')}}`;
  const sealed = byteArray(keys.map((key) => key.sealed));
  const from =
    given === undefined
      ? sql`(select unnest(${ids}::uuid[]) as key_id, unnest(${patients}::bytea[]) as patient, unnest(${months}::date[]) as month,
              unnest(${sealed}::bytea[]) as sealed) as i`
      : sql`unnest(${numbers(keys.map(({ of }) => of))}::bigint[], ${ids}::uuid[], ${patients}::bytea[], ${months}::date[], ${sealed}::bytea[])
             as i (number, key_id, patient, month, sealed) where i.number in (${given})`;
  return sql`audit_keys as (
      insert into fhir.audit_key (key_id, patient, month, sealed)
      select i.key_id, i.patient, i.month, i.sealed from ${from}
      on conflict do nothing
    ), `;
}

interface Numbered {
  readonly of: number;
}
