import type { Consented } from '../condition/condition.ts';
import { hash64 } from '../keys/hash.ts';
import { oneOfPatients } from '../keys/keys.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';
import { once } from '../sql/statement.ts';
import { firstSubjects } from './first-subjects.ts';
import { membersMade } from './members-made.ts';
import { organizationsAbove } from './organizations-above.ts';

/** Actors at which `fhir.belongs_to` stops. */
const mostStanding = 2_000;

/** Roles, teams and groups that are read for one consent: with more of them the members are unknown. */
const mostWithin = 200;

/**
 * Whether no consent refuses a row: no consent, in force at this moment, of the patients whose record it is. For a Bundle, these are the subjects of
 * its first resource. A statement may contain it hundreds of times, so it is a single read of the consents, and the rest is in functions whose plans a
 * session caches.
 */
export function consented(sql: Sql, condition: Consented, row: Fragment): Fragment {
  const refuses = refusing(sql, condition, row);
  if (condition.of === 'first-resource')
    return sql`not exists (select 1 from unnest(${row}.keys) as kp (key) cross join unnest(${bigints(firstSubjects)}::bigint[]) as ks (seed)
        join fhir.consent ck on ck.pat = kp.key # ks.seed where ${refuses})`;
  // Prevents a join.
  const unrefused = sql`not exists (select 1 from fhir.consent ck where ck.pat = any(
      case when ${row}.pat is not null then array[${row}.pat] else fhir.several(${row}.keys, ${oneOfPatients.toString()}::bigint) end)
    and ${refuses} offset 0)`;
  const { among } = condition;
  if (among === undefined) return unrefused;
  return sql`((${row}.pat = any(${bigints(among)}::bigint[])) is true and ${refusingNothing(sql, condition, among)} or ${unrefused})`;
}

/** Whether no consent of some patients can refuse anything to the caller: looked up once for a statement. */
function refusingNothing(sql: Sql, { action, callers }: Consented, patients: readonly bigint[]): Fragment {
  return once(sql`select not exists (select 1 from fhir.consent ck where ck.pat = any(${bigints(patients)}::bigint[])
    and ck.since <= statement_timestamp() and statement_timestamp() < ck.until
    and ${mayRefuseAny(sql, { action, callers: sql`${bigints(callers)}::bigint[]` })})`);
}

/** Whether the consent `ck` refuses it. */
function refusing(sql: Sql, condition: Consented, row: Fragment): Fragment {
  const { action, callers, purposes, unknown, organizations, own, opened, persons } = condition;
  const given = purposes === undefined ? sql`null` : sql`${bigints(purposes)}`;
  const isAsked = opened.length === 0 ? sql`` : sql`ck.pat <> all(${bigints(opened)}::bigint[]) and `;
  const named = undecidedActors.organizations | undecidedActors.members;
  const asker = isKnown(condition)
    ? sql`case when ck.parts_ver = ck.ver and ck.names & ${named}::int = 0 then null else ${askerOf(sql, condition)} end`
    : sql`null`;
  return sql`${isAsked}ck.since <= statement_timestamp() and statement_timestamp() < ck.until
    and ${mayRefuse<Fragment>(sql, { action, callers: sql`${bigints(callers)}::bigint[]` }, row)}
    and (${refusesAll(sql, condition)}fhir.consent_withholds(ck.pat, ck.national, ck.dated, ck.rid, ck.own, ck.whole, ck.refuses, ck.parts, ck.parts_ver = ck.ver,
      ${bigints(own)}::bigint[], ${bigints(persons)}::bigint[], ${action}::int, ${bigints(callers)}::bigint[], ${asker}::fhir.consent_asker, ${organizations.length > 0}, ${given}::bigint[], ${unknown}::int,
      ${row}.ty::int, ${row}.own, ${row}.keys, ${row}.dt, ${row}.hi, ${mostWithin}::int))`;
}

/**
 * Whether the consent `ck` may refuse a row to a caller, by the summary of its provisions: if it is false, no provision can hold. `row` has the columns
 * `ty`, `dt` and `hi` of the index.
 */
export function mayRefuse<Piece>(
  sql: (strings: TemplateStringsArray, ...values: readonly (Piece | number)[]) => Piece,
  { action, callers }: { readonly action: number | Piece; readonly callers: Piece },
  row: Piece,
): Piece {
  return sql`((ck.whole & ${action}::int) <> 0 or ck.refuses is not null and (ck.may_ver = ck.ver and not (ck.may_actors && ${callers}
      or ${row}.ty = any(ck.may_types) or (ck.spared && ${callers}) is false
      or ck.may_low is not null and (${row}.hi = '-infinity' or ${row}.hi > ck.may_low and ${row}.dt < ck.may_high))) is not true)`;
}

/** The same for any row: if it is false, `mayRefuse` is false for each row. */
function mayRefuseAny(
  sql: Sql,
  { action, callers }: { readonly action: number; readonly callers: Fragment },
): Fragment {
  return sql`((ck.whole & ${action}::int) <> 0 or ck.refuses is not null and (ck.may_ver = ck.ver and ck.may_types = '{}' and ck.may_low is null
    and not (ck.may_actors && ${callers} or (ck.spared && ${callers}) is false)) is not true)`;
}

/**
 * `… or `, before the function is called, which costs twice as much: whether it refuses the whole record, and has not been replaced. Undecided if the
 * caller may act for patients, since other consents decide for whom.
 */
function refusesAll(sql: Sql, { action, own, persons }: Consented): Fragment {
  if (persons.length > 0) return sql``;
  const isOthers = own.length === 0 ? sql`` : sql` and ck.pat <> all(${bigints(own)}::bigint[])`;
  return sql`not ck.national and (ck.whole & ${action}::int) <> 0${isOthers} or `;
}

/** Whether any membership of the caller is known. */
function isKnown({ members, organizations }: Consented): boolean {
  return members !== undefined || organizations.length > 0;
}

/**
 * The memberships of the caller: looked up once for a statement, if a provision names such actors. The index has the parents of organisations, also
 * with earlier servers.
 */
function askerOf(sql: Sql, { members, hands, organizations }: Consented): Fragment {
  const actors = members === undefined ? sql`null` : sql`${bigints(members)}`;
  const above = organizations.length === 0 ? sql`null` : organizationsAbove(sql, organizations);
  return once(
    sql`select fhir.asker(${actors}::bigint[], ${bigints(hands)}::bigint[], ${above}::fhir.organizations, ${mostStanding}::int, ${membersMade(sql)})`,
  );
}

/**
 * Hashes of `fhir.consent`, in which the row of a consent and a caller are compared: actors, clients and purposes. They are stored: none may change
 * without new rows.
 */
export const consentHash = {
  /** @param reference local, such as `Practitioner/2` */
  actor: (reference: string): bigint => hash64(`consent actor\n${reference}`),
  client: (id: string): bigint => hash64(`consent client\n${id}`),
  /** An actor who is both. @param reference local */
  pair: (id: string, reference: string): bigint => hash64(`consent pair\n${reference}\n${id}`),
  purpose: (code: string): bigint => hash64(`consent purpose\n${code}`),
};

/** Bits. */
export const consentVerbs = { read: 1, write: 2 } as const;

/** Bits of kinds of actors for which it may be unknown whether a caller is one. */
export const undecidedActors = { organizations: 1, members: 2, others: 4 } as const;
