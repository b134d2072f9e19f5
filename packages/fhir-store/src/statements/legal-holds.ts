/** Legal holds as fhir.legal_hold has them. For the owner of the tables. docs/operations/retention.md */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** A thing that may not be purged: a resource, or all of a type. For a Patient: also every resource that names it in any version. */
export interface HeldThing {
  readonly type: string;
  /** Undefined: all of the type. */
  readonly id?: string | undefined;
}

export interface LegalHold extends HeldThing {
  readonly hold: string;
  readonly reason: string;
  readonly setBy: string;
  readonly made: Date;
  /** Undefined: until it is lifted. */
  readonly until?: Date | undefined;
  readonly lifted?: { readonly at: Date; readonly by: string; readonly reason: string } | undefined;
  /** It is neither lifted nor over. */
  readonly stands: boolean;
}

const space = 'fhir legal holds';

/**
 * Taken exclusively before holds are changed, and shared by each step of a purge, in separate statements: each later step sees a hold that was set, and
 * a new hold waits for the step in progress.
 */
export async function lockHolds(sql: Session, way: 'to change' | 'to go by'): Promise<void> {
  if (way === 'to change') await sql`select pg_advisory_xact_lock(hashtextextended(${space}, 0))`;
  else await sql`select pg_advisory_xact_lock_shared(hashtextextended(${space}, 0))`;
}

export async function insertHold(
  sql: Session,
  hold: Pick<LegalHold, 'hold' | 'type' | 'id' | 'reason' | 'setBy' | 'until'>,
): Promise<void> {
  await sql`
    insert into fhir.legal_hold (id, type, resource, reason, set_by, until)
    values (${hold.hold}::uuid, ${hold.type}, ${hold.id ?? null}, ${hold.reason}, ${hold.setBy},
      ${hold.until?.toISOString() ?? null}::timestamptz)`;
}

/** @returns the thing on hold; undefined if there was no such hold, or it was lifted before */
export async function liftHold(
  sql: Session,
  { hold, by, reason }: { readonly hold: string; readonly by: string; readonly reason: string },
): Promise<HeldThing | undefined> {
  const [row] = await sql<{ type: string; id: string | null }[]>`
    update fhir.legal_hold set lifted = clock_timestamp(), lifted_by = ${by}, lifted_reason = ${reason}
    where id = ${hold}::uuid and lifted is null returning type, resource as id`;
  return row && { type: row.type, id: row.id ?? undefined };
}

interface Row extends Omit<LegalHold, 'id' | 'until' | 'lifted'> {
  readonly id: string | null;
  readonly until: Date | null;
  readonly lifted: Date | null;
  readonly liftedBy: string | null;
  readonly liftedReason: string | null;
}

/** All holds, past and present, the newest first. @param asked without `all` only those in force */
export async function selectHolds(
  sql: Session,
  { all = true, limit, hold }: { readonly all?: boolean; readonly limit?: number; readonly hold?: string } = {},
): Promise<LegalHold[]> {
  const rows = await sql<Row[]>`
    select id::text as hold, type, resource as id, reason, set_by as "setBy", made, until, lifted, lifted_by as "liftedBy",
      lifted_reason as "liftedReason", ${stands(sql)} as stands
    from fhir.legal_hold k
    where (${all} or ${stands(sql)}) and (${hold ?? null}::uuid is null or k.id = ${hold ?? null}::uuid)
    order by made desc, k.id limit ${limit ?? null}::int`;
  return rows.map(({ id, until, lifted, liftedBy, liftedReason, ...rest }) => ({
    ...rest,
    id: id ?? undefined,
    until: until ?? undefined,
    lifted: lifted === null ? undefined : { at: lifted, by: liftedBy ?? '', reason: liftedReason ?? '' },
  }));
}

/** Whether the hold `k` is neither lifted nor over. */
function stands(sql: Session): Fragment {
  return sql`(k.lifted is null and (k.until is null or k.until > clock_timestamp()))`;
}

/**
 * Whether a hold stands on the resource of `j` (rid, shard, id), which is of a type. Packed versions have been read before (`namedInPacked`). Names are
 * searched in the text of all its versions, also with escaped slashes; a text with escaped letters could hide a name, so it counts as naming the
 * patient.
 */
export function isHeld(sql: Session, type: string, named: readonly NamedPatient[]): Fragment {
  return sql`exists (select from fhir.legal_hold k where ${keeps(sql, type, named)})`;
}

/** Whether the hold `k` keeps the resource `j` of a type. */
export function keeps(sql: Session, type: string, named: readonly NamedPatient[]): Fragment {
  return sql`${stands(sql)} and (
      k.type = ${type} and (k.resource is null or k.resource = j.id)
      or k.type = 'Patient' and k.resource is not null and (${isNamed(sql, named)} or exists (
        select from (
          select r.content from fhir.resource r where r.rid = j.rid and r.shard = j.shard
          union all
          select h.content from fhir.history h where h.rid = j.rid and h.shard = j.shard) v
        where strpos(replace(v.content, '\\/', '/'), 'Patient/' || k.resource) > 0 or v.content ~ '\\\\u00[2-7]')))`;
}

/** A patient on hold whom a packed version of a resource names. */
export interface NamedPatient {
  readonly rid: string;
  readonly shard: number;
  /** Undefined: any of them may be named, since the text escapes letters. */
  readonly patient: string | undefined;
}

/** Whether the patient of the hold `k` is named by a packed version of `j`. */
function isNamed(sql: Session, named: readonly NamedPatient[]): Fragment {
  if (named.length === 0) return sql`false`;
  return sql`exists (
        select from unnest(${`{${named.map(({ rid }) => rid).join()}}`}::bigint[], ${`{${named.map(({ shard }) => shard).join()}}`}::int[],
          ${named.map(({ patient }) => patient ?? '')}::text[]) as n (rid, shard, patient)
        where n.rid = j.rid and n.shard = j.shard and n.patient in ('', k.resource))`;
}

/** The patients on hold, whose names in texts protect resources. */
export async function selectHeldPatients(sql: Session): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select distinct k.resource as id from fhir.legal_hold k
    where ${stands(sql)} and k.type = 'Patient' and k.resource is not null`;
  return rows.map(({ id }) => id);
}

/** Whether a Patient is on hold. */
export async function isPatientHeld(sql: Session, id: string): Promise<boolean> {
  const [row] = await sql<{ held: boolean }[]>`
    select exists (
      select from fhir.legal_hold k
      where ${stands(sql)} and k.type = 'Patient' and (k.resource is null or k.resource = ${id})) as held`;
  return row!.held;
}
