import type { Consented } from '../condition/condition.ts';
import { hash64 } from '../keys/hash.ts';
import { oneOfPatients } from '../keys/keys.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';
import { firstSubjects } from './first-subjects.ts';
import { membersMade } from './members-made.ts';
import { organizationsAbove } from './organizations-above.ts';

/** Actors at which `fhir.stands_in` stops. */
const mostStanding = 2_000;

/** Roles, teams and groups that are looked at for one consent: of what has more in it nobody knows who belongs to it. */
const mostWithin = 200;

/**
 * Whether no consent refuses a row: none of the patients whose record it is, in force at this moment. Of a Bundle, these are the subjects of its
 * first resource.
 */
export function consented(sql: Sql, condition: Consented, row: Fragment): Fragment {
  const refuses = refusing(sql, condition, row);
  if (condition.of === 'first-resource')
    return sql`not exists (select from unnest(${row}.keys) as kp (key) cross join unnest(${bigints(firstSubjects)}::bigint[]) as ks (seed)
        join fhir.consent ck on ck.pat = kp.key # ks.seed where ${refuses})`;
  return sql`(not exists (select from fhir.consent ck where ck.pat = ${row}.pat and ${refuses})
      and (${row}.pat is not null or not exists (select from unnest(${row}.keys) as kp (key)
        join fhir.consent ck on ck.pat = kp.key # ${oneOfPatients.toString()}::bigint where ${refuses})))`;
}

/** Whether the consent `k` refuses it. */
function refusing(sql: Sql, condition: Consented, row: Fragment): Fragment {
  const { action, callers, purposes, unknown, organizations, own, opened, persons } = condition;
  const isOwn = sql`(${own.length === 0 ? sql`false` : sql`ck.pat = any(${bigints(own)}::bigint[])`}
    or ${persons.length === 0 ? sql`false` : granted(sql, persons)})`;
  const given = purposes === undefined ? sql`null::bigint[]` : sql`${bigints(purposes)}::bigint[]`;
  const may = organizations.length === 0 ? sql`null` : organizationsAbove(sql, organizations, 'words');
  const isAsked = opened.length === 0 ? sql`` : sql`ck.pat <> all(${bigints(opened)}::bigint[]) and `;
  return sql`${isAsked}${inForce(sql, sql`ck`)}
    and ((ck.whole & ${action}::int) <> 0 and not ${isOwn}
      or ck.refuses is not null and fhir.consent_denies(ck.parts, ck.parts_ver = ck.ver, ck.refuses, ${isOwn}, ${action}::int, ${bigints(callers)}::bigint[],
        case when ck.parts_ver = ck.ver and ck.names & ${undecidedActors.organizations | undecidedActors.members}::int = 0 then null else ${may}::bigint[] end,
        ${groups(sql, condition)}, ${organizations.length > 0}, ${given}, ${unknown}::int, ${row}.ty::int, ${row}.own, ${row}.keys, ${row}.dt, ${row}.hi, ${mostWithin}::int, ${membersMade(sql)}))`;
}

/** The roles, teams and groups to which the caller surely belongs, and may belong: looked up once for a statement, where a provision names one. */
function groups(sql: Sql, { members, hands, organizations }: Consented): Fragment {
  if (members === undefined) return sql`null, null`;
  const actors = sql`${bigints(members)}::bigint[]`;
  const within = sql`select fhir.stands_in(${actors}, ${bigints(hands)}::bigint[], '{8,9,10}', ${membersMade(sql)})`;
  // Of what an organisation is a part the index tells, which servers of before keep, too.
  const above =
    organizations.length === 0 ? sql`` : sql` || coalesce(${organizationsAbove(sql, organizations, 'hashes')}, '{}')`;
  // Where the function stops, nobody knows the rest.
  const maybe = sql`select fs.stands from (select fhir.stands_in(${actors}${above}, null, '{8,9,10,11}', false) as stands offset 0) fs
    where cardinality(fs.stands) < ${mostStanding} and ${membersMade(sql)}`;
  const isNamed = sql`ck.names & ${undecidedActors.members}::int <> 0`;
  return sql`case when ${isNamed} then (${within}) end, case when ${isNamed} then (${maybe}) end`;
}

/** Whether a consent in force grants it to one of the persons to act for the patient of `k`. */
function granted(sql: Sql, persons: readonly bigint[]): Fragment {
  return sql`exists (select from fhir.consent cg where cg.pat = ck.pat and cg.grantees && ${bigints(persons)}::bigint[] and ${inForce(sql, sql`cg`)})`;
}

/** Whether it is its time, and it is the latest in the national reading, if it is in that. */
function inForce(sql: Sql, consent: Fragment): Fragment {
  return sql`${consent}.since <= statement_timestamp() and statement_timestamp() < ${consent}.until
    and not (${consent}.national and exists (select from fhir.consent cl
      where cl.pat = ${consent}.pat and cl.national and cl.since <= statement_timestamp() and statement_timestamp() < cl.until
        and (cl.dated, cl.rid, cl.own) > (${consent}.dated, ${consent}.rid, ${consent}.own)))`;
}

/** Words of `fhir.consent`, by which the row of a consent and a caller meet: hashes of actors, clients and purposes. They are stored: none may change without new rows. */
export const consentHash = {
  /** @param reference local, such as `Practitioner/2` */
  actor: (reference: string): bigint => hash64(`consent actor\n${reference}`),
  client: (id: string): bigint => hash64(`consent client\n${id}`),
  /** Of who is both. @param reference local */
  pair: (id: string, reference: string): bigint => hash64(`consent pair\n${reference}\n${id}`),
  purpose: (code: string): bigint => hash64(`consent purpose\n${code}`),
};

/** Bits. */
export const consentVerbs = { read: 1, write: 2 } as const;

/** Bits of kinds of actors of whom it may not be known whether a caller is one. */
export const undecidedActors = { organizations: 1, members: 2, others: 4 } as const;
