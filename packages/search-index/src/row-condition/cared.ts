import type { Cared } from '../condition/condition.ts';
import { typeNumber } from '@dhp/fhir-model';
import { oneOfPatients } from '../keys/keys.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';
import { once } from '../sql/statement.ts';
import { firstSubjects } from './first-subjects.ts';
import { membersMade } from './members-made.ts';

/** Kinds of links: of a role, of a team, of a part of an organisation. */
const followed = '{8,9,11}';

const patientType = typeNumber('Patient')!;

/**
 * Whether a link leads to all patients whose record a row is, at this moment; a row outside of records needs no link. For a Bundle, these are
 * the subjects of its first resource. For several patients the row has only keys, so the existing ones are checked.
 */
export function cared(sql: Sql, condition: Cared, row: Fragment): Fragment {
  const linked = (patient: Fragment): Fragment => linkedTo(sql, condition, patient);
  switch (condition.of) {
    case 'own':
      return linked(sql`${row}.own`);
    case 'first-resource':
      return sql`not exists (select 1 from unnest(${row}.keys) as lp (key) cross join unnest(${bigints(firstSubjects)}::bigint[]) as ls (seed)
        join fhir.search lo on lo.own = lp.key # ls.seed and lo.ty = ${patientType}::int where not ${linked(sql`lo.own`)})`;
    case 'record':
      return sql`case when ${row}.pat is not null then ${linked(sql`${row}.pat`)}
        else not exists (select 1 from unnest(${row}.keys) as lp (key)
          join fhir.search lo on lo.own = lp.key # ${oneOfPatients.toString()}::bigint and lo.ty = ${patientType}::int where not ${linked(sql`lo.own`)}) end`;
  }
}

/** All that the caller is in links is looked up once for the statement. */
function linkedTo(sql: Sql, { callers, subject, opened, windows }: Cared, patient: Fragment): Fragment {
  const own = sql`${subject.toString()}::bigint`;
  const isOpened = opened.length === 0 ? sql`false` : sql`${patient} = any(${bigints(opened)}::bigint[])`;
  const days = (of: readonly number[]): Fragment =>
    sql`make_interval(hours => 24 * (${`{${of.join()}}`}::int[])[li.kind])`;
  const stands = once(
    sql`select fhir.belongs_to(${bigints(callers)}::bigint[], array[${own}], ${followed}::int[], ${membersMade(sql)})`,
  );
  return sql`(${isOpened} or exists (select 1 from fhir.care_link li
    where li.target = ${patient} and li.actor = any(${stands}::bigint[])
      and li.subject is distinct from ${own}
      and li.since <= statement_timestamp() + ${days(windows.before)}
      and case when li.until < 'infinity' then statement_timestamp() < li.until + ${days(windows.after)}
        else (${`{${windows.open.join()}}`}::int[])[li.kind] < 0 or statement_timestamp() < ${days(windows.open)} + case
          -- Of one that does not say when it begins, from when its version was stored. Another resource may have its number.
          when li.since = '-infinity' then (select max(lr.upd) from fhir.search lx join fhir.resource lr on lr.rid = lx.rid and lr.shard = lx.shard where lx.own = li.own)
          else li.since end end))`;
}
