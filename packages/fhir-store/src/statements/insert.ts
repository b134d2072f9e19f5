import type { Deferred } from '@dhp/postgres/values';
import type { TrailRow } from '@dhp/trail';
import { alsoRecords, type NumberedRows } from './audit-records.ts';
import { alsoCare, noneAsked, type CareOfVersion, type PlacedCare } from './care.ts';
import { alsoConsents, type ConsentRow, type PlacedConsent } from './consents.ts';
import { alsoLabels, type LabelRow, type PlacedLabels } from './labels.ts';
import type { Session } from './session.ts';
import {
  bodies,
  contents,
  ids,
  numberOf,
  numbers,
  separator,
  textOfColumn,
  type Column,
  type Content,
} from './columns.ts';
import type { IndexValues } from './index-definition.ts';
import { alsoFresh, indexFresh } from './index-fresh.ts';
import {
  columns,
  indexArguments,
  indexParts,
  indexValues,
  named,
  upToDate,
  type Fragment,
  type IndexParts,
} from './index-input.ts';
import { methodLetters, type Method } from './method.ts';
import { patientColumns, patientValues } from './patient-of-resource.ts';
import type { ResourceKey } from './read-current.ts';
import type { Basis } from './server.ts';

/** A first version. */
export interface FirstVersion extends ResourceKey {
  readonly rid: number;
  readonly shard: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly content: Content;
  readonly method: Method;
  /** As `writerText` makes it. */
  readonly writer: string;
  readonly index: IndexValues;
  /** Of a Consent, its row. */
  readonly consent?: ConsentRow | undefined;
  /** Its links of care. */
  readonly care?: CareOfVersion | undefined;
  /** If it has labels, or inherits some. */
  readonly labels?: LabelRow | undefined;
  /** Stored with it. */
  readonly records?: readonly TrailRow[] | undefined;
}

/**
 * Stores first versions under ids that are certainly new. @throws unique_violation (23505) if one is not, and isStaleDefinition; nothing is
 * stored then.
 */
export async function insertNew(sql: Session, rows: readonly FirstVersion[], basis: Basis): Promise<void> {
  const parts = indexParts(sql, rows.map(indexOf), basis);
  await sql`
    with fresh as materialized (${firstVersions(sql, rows, parts)} where (select ${proven(sql, rows, basis)})), named as (
      insert into fhir.identity (ty, id, rid, shard) select ty, id, rid, shard from fresh
    ), ${indexFresh(parts.active)}${alsoFresh(sql, parts, rows)}${alsoRecords(sql, rows.map(recordsOf))}${alsoConsents(sql, rows.map(consentOf))}${alsoCare(sql, { first: rows.map(careOf) })}${alsoLabels(sql, rows.map(labelsOf))}
    insert into fhir.resource (rid, shard, ty, ver, upd, id, content, method, writer, ${sql.unsafe(patientColumns)})
    select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content, method, writer, ${patientValues(sql, sql`pat`, sql`1`)} from fresh`.raw();
}

/**
 * Stores first versions under ids that may exist, or be stored by another server at this moment.
 * @returns the rids of the stored ones; the others are unchanged
 * @throws isStaleDefinition; nothing is stored
 */
export async function insertAbsent(sql: Session, rows: readonly FirstVersion[], basis: Basis): Promise<Set<number>> {
  const parts = indexParts(sql, rows.map(indexOf), basis);
  // Names are taken in sorted order: of two servers that store the same ids, one waits for the other and never both.
  const stored = await sql`
    with input as (${firstVersions(sql, rows, parts)} where (select ${proven(sql, rows, basis)})), named as (
      insert into fhir.identity (ty, id, rid, shard) select ty, id, rid, shard from input order by ty, id collate "C"
      on conflict (ty, id) do nothing
      returning rid, shard
    ), fresh as materialized (select input.* from input join named using (rid, shard)), ${indexFresh(parts.active)}${alsoFresh(sql, parts, rows, sql`join named using (rid, shard)`)}${alsoRecords(sql, rows.map(recordsOf), sql`select rid from named`)}${alsoConsents(sql, rows.map(consentOf), sql`select rid, rid from named`)}${alsoCare(sql, { first: rows.map(careOf), rids: sql`select rid, rid from named` })}${alsoLabels(sql, rows.map(labelsOf), { rids: sql`select rid, rid from named` })}
    insert into fhir.resource (rid, shard, ty, ver, upd, id, content, method, writer, ${sql.unsafe(patientColumns)})
    select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content, method, writer, ${patientValues(sql, sql`pat`, sql`1`)} from fresh
    returning rid`.raw();
  return new Set((stored as unknown as Column[][]).map(([rid]) => numberOf(rid)));
}

/**
 * ty, id, rid, shard, upd (ms), content, method, writer, and the columns of fhir.search. The statement has to prove once that they are up to
 * date (`upToDate`).
 */
export function firstVersions(sql: Session, rows: readonly FirstVersion[], { active }: IndexParts): Fragment {
  const text = (make: () => string): string | Deferred => textOfColumn(rows.length, make);
  return sql`
      select i.ty, i.id, i.rid, i.shard, i.upd, i.content, i.method, i.writer, ${indexValues(sql, active.version)}
      from unnest(${text(() => numbers(rows.map((row) => row.ty)))}::smallint[],
                  string_to_array(${text(() => ids(rows.map((row) => row.id)))}, ','),
                  ${text(() => numbers(rows.map((row) => row.rid)))}::bigint[],
                  ${text(() => numbers(rows.map((row) => row.shard)))}::int[],
                  ${text(() => numbers(rows.map((row) => row.upd)))}::bigint[],
                  string_to_array(${contents(rows.map((row) => row.content))}, ${separator}),
                  ${text(() => methodLetters(rows.map((row) => row.method)))}::"char"[],
                  string_to_array(${text(() => bodies(rows.map((row) => row.writer)))}, ${separator}),
                  ${indexArguments(sql, active.rows)})
             as i (ty, id, rid, shard, upd, content, method, writer, ${named(sql, columns.sent)})`;
}

/** `upToDate`, of first versions alone. */
function proven(sql: Session, rows: readonly FirstVersion[], basis: Basis): Fragment {
  return upToDate(sql, rows.map(indexOf), basis, noneAsked(sql, rows.map(careOf)));
}

/** With the number of the resource. */
export function recordsOf({ rid, records = [] }: Pick<FirstVersion, 'rid' | 'records'>): NumberedRows {
  return { of: rid, rows: records };
}

/** Of a Consent its row, with the number of the resource. */
export function consentOf({ rid, consent }: FirstVersion): PlacedConsent | undefined {
  return consent && { of: rid, ver: 1, row: consent };
}

/** Its links of care, with the number of the resource. */
export function careOf({ rid, care }: FirstVersion): PlacedCare | undefined {
  return care && { of: rid, ver: 1, rows: care };
}

/** The row of its labels, with the number of the resource. */
export function labelsOf({ rid, labels }: FirstVersion): PlacedLabels | undefined {
  return labels && { of: rid, ver: 1, row: labels };
}

export function indexOf({ index }: FirstVersion): IndexValues {
  return index;
}
