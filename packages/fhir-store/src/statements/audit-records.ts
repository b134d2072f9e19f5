/** Rows of the trail, stored with what they tell of. */
import type { KeyOfRow, TrailRow } from '@dhp/trail';
import { bodies, numbers, separator } from './columns.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Rows, and the number by which the statement knows the write that they are about. */
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
 * Further parts of a statement that stores writes, with a comma before them; nothing where there are no rows.
 * @param given for which writes the rows are stored; undefined: for all
 */
export function alsoRecords(sql: Session, rows: readonly NumberedRows[], given?: Fragment): Fragment {
  if (rows.every((each) => each.rows.length === 0)) return sql``;
  return sql`, ${recordParts(sql, rows, given)}`;
}

/** The parts `audit_keys` and `audited`. */
export function recordParts(sql: Session, numbered: readonly NumberedRows[], given?: Fragment): Fragment {
  const rows = numbered.flatMap((each) => each.rows);
  const of = numbered.flatMap((each) => each.rows.map(() => each.of));
  const keys = numbered.flatMap((each) =>
    each.rows.flatMap(({ key }) => (key === undefined ? [] : [{ of: each.of, key }])),
  );
  const isGiven = given === undefined ? sql`` : sql`where i.number in (${given})`;
  return sql`audit_keys as (
      insert into fhir.audit_key (key_id, patient, month, sealed)
      select i.key_id, decode(i.patient, 'base64'), i.month, decode(i.sealed, 'base64')
      from unnest(${numbers(keys.map((each) => each.of))}::bigint[],
                  ${listed(keys, ({ id }) => id)}::uuid[],
                  string_to_array(${texts(keys, ({ patient }) => base64(patient))}, ',', ''),
                  ${listed(keys, ({ month }) => month)}::date[],
                  string_to_array(${texts(keys, ({ sealed }) => base64(sealed))}, ','))
             as i (number, key_id, patient, month, sealed) ${isGiven}
    ), audited as (
      insert into fhir.audit_record (recorded, patient, content, key_id, sealed, digest)
      select to_timestamp(i.recorded / 1e3::float8), decode(i.patient, 'base64'), i.content, i.key_id,
             decode(i.sealed, 'base64'), decode(i.digest, 'base64')
      from unnest(${numbers(of)}::bigint[],
                  ${numbers(rows.map(({ recorded }) => recorded))}::bigint[],
                  string_to_array(${rows.map(({ patient }) => base64(patient)).join(',')}, ',', ''),
                  string_to_array(${bodies(rows.map(({ content }) => content))}, ${separator}),
                  ${`{${rows.map(({ keyId }) => keyId).join(',')}}`}::uuid[],
                  string_to_array(${rows.map(({ sealed }) => base64(sealed)).join(',')}, ','),
                  string_to_array(${rows.map(({ digest }) => base64(digest)).join(',')}, ','))
             as i (number, recorded, patient, content, key_id, sealed, digest) ${isGiven}
    )`;
}

function listed(keys: readonly { key: KeyOfRow }[], of: (key: KeyOfRow) => string): string {
  return `{${keys.map(({ key }) => of(key)).join(',')}}`;
}

function texts(keys: readonly { key: KeyOfRow }[], of: (key: KeyOfRow) => string): string {
  return keys.map(({ key }) => of(key)).join(',');
}

function base64(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('base64');
}
