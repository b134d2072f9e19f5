/** Rows of the trail, stored with what they tell of. */
import type { KeyOfRow, TrailRow } from '@dhp/trail';
import { bodies, byteArray, numbers, separator } from './columns.ts';
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

/** The part `audited`, and before it `audit_keys`, where there are new keys. */
export function recordParts(sql: Session, numbered: readonly NumberedRows[], given?: Fragment): Fragment {
  const rows = numbered.flatMap((each) => each.rows.map((row) => ({ of: each.of, ...row })));
  const keys = keysOf(rows, given === undefined);
  const values = {
    recorded: sql`${numbers(rows.map(({ recorded }) => recorded))}::bigint[]`,
    patient: sql`${byteArray(rows.map(({ patient }) => patient))}::bytea[]`,
    content: sql`string_to_array(${bodies(rows.map(({ content }) => content))}, ${separator})`,
    key_id: sql`${listed(rows, ({ keyId }) => keyId)}::uuid[]`,
    sealed: sql`${byteArray(rows.map(({ sealed }) => sealed))}::bytea[]`,
    digest: sql`${byteArray(rows.map(({ digest }) => digest))}::bytea[]`,
  };
  return sql`${keyPart(sql, keys, given)}audited as (
      insert into fhir.audit_record (recorded, patient, content, key_id, sealed, digest)
      select to_timestamp(i.recorded / 1e3::float8), i.patient, i.content, i.key_id, i.sealed, i.digest
      from ${rowsOf(sql, rows, { values, given })}
    )`;
}

/** Keys come with each of their rows. @param areAllStored else it is for the statement to say which of the rows are */
function keysOf(
  rows: readonly (Numbered & { readonly key: KeyOfRow | undefined })[],
  areAllStored: boolean,
): (KeyOfRow & Numbered)[] {
  const keys = new Map<string, KeyOfRow & Numbered>();
  for (const { of, key } of rows)
    if (key !== undefined) keys.set(areAllStored ? key.id : `${String(of)} ${key.id}`, { of, ...key });
  return [...keys.values()];
}

/** An earlier statement of the same transaction may have stored a key. */
function keyPart(sql: Session, keys: readonly (KeyOfRow & Numbered)[], given: Fragment | undefined): Fragment {
  if (keys.length === 0) return sql``;
  const values = {
    key_id: sql`${listed(keys, ({ id }) => id)}::uuid[]`,
    patient: sql`${byteArray(keys.map(({ patient }) => patient))}::bytea[]`,
    month: sql`${listed(keys, ({ month }) => month)}::date[]`,
    sealed: sql`${byteArray(keys.map(({ sealed }) => sealed))}::bytea[]`,
  };
  return sql`audit_keys as (
      insert into fhir.audit_key (key_id, patient, month, sealed)
      select i.key_id, i.patient, i.month, i.sealed from ${rowsOf(sql, keys, { values, given })}
      on conflict do nothing
    ), `;
}

interface Numbered {
  readonly of: number;
}

/**
 * The rows that columns make, as `i`. Where all are taken, their arrays are read in step; functions of a `from` would each write theirs to a
 * place of its own before.
 */
function rowsOf(
  sql: Session,
  rows: readonly Numbered[],
  { values, given }: { readonly values: Readonly<Record<string, Fragment>>; readonly given: Fragment | undefined },
): Fragment {
  const comma = (index: number): Fragment => (index === 0 ? sql`` : sql`, `);
  const columns = Object.entries(values);
  if (given === undefined)
    return sql`(select ${columns.map(([name, value], n) => sql`${comma(n)}unnest(${value}) as ${sql(name)}`)}) as i`;
  return sql`unnest(${numbers(rows.map(({ of }) => of))}::bigint[]${columns.map(([, value]) => sql`, ${value}`)})
             as i (number${columns.map(([name]) => sql`, ${sql(name)}`)}) where i.number in (${given})`;
}

function listed<Row>(rows: readonly Row[], of: (row: Row) => string): string {
  return `{${rows.map(of).join(',')}}`;
}
