import { containsKey } from '../keys/contained-keys.ts';
import { oneOfPatients } from '../keys/keys.ts';
import { typeNumber } from '@dhp/fhir-model';
import { columnLists } from '../schema/column-lists.ts';
import { searchRow } from '../schema/search-row.ts';
import { and, bigints, bigintsOfTest, Fragment, joined, or, type Sql } from '../sql/fragment.ts';
import { compartmentSeeds } from './compartment-seeds.ts';
import { cared } from './cared.ts';
import { consented } from './consented.ts';
import { labelled, unlabelled } from './unlabelled.ts';
import { hasWords } from '../full-text/full-text.ts';
import type { Interval } from '../condition/condition.ts';
import { inNumbers, inTimes } from './in-interval.ts';
import { inOneRepetition } from './repetition.ts';
import { isOfContained, type Join, type NumberKeys, type RowCondition } from './row-condition.ts';
import { keysOfText, matches } from './text-match.ts';

/**
 * A condition as a test of one search row. No index can serve it, on purpose: were two conditions indexable, the planner
 * would combine them or begin with the broad one. It is never null, so `not` may be before it.
 *
 * @param row alias of the search row
 * @param depth of nested rows, for aliases that do not hide one another
 */
export function check(sql: Sql, condition: RowCondition, row: Fragment, depth = 0): Fragment {
  const nested = (each: RowCondition): Fragment => check(sql, each, row, depth);
  switch (condition.op) {
    case 'all': {
      const { times, others } = timesApart(cheapFirst(condition.of));
      const tests = [...others.map(nested), ...stored(sql, times, row, and)];
      return tests.length === 0 ? sql`true` : sql`(${and(sql, tests)})`;
    }
    case 'any': {
      const { times, others } = timesApart(cheapFirst(condition.of));
      return or(sql, [...others.map(nested), ...stored(sql, times, row, or)]);
    }
    case 'not':
      return sql`not ${nested(condition.of)}`;
    case 'own':
      return sql`(${row}.own = any(${bigintsOfTest(sql, condition.any)})) is true`;
    case 'keys':
      return hasKey(sql, row, condition.any);
    case 'present':
      return sql`(${row}.has & ${(1n << BigInt(condition.bit)).toString()}::bigint) <> 0`;
    case 'patient':
      return sql`(coalesce(${row}.pat = any(${bigintsOfTest(sql, condition.any)}), false)
        or ${hasKey(
          sql,
          row,
          condition.any.map((patient) => oneOfPatients ^ patient),
        )})`;
    case 'number':
      return number(sql, condition, row);
    case 'repetition':
      return inOneRepetition(sql, condition, row);
    case 'string':
      return sql`exists (select 1 from unnest(${row}.sk, ${row}.sv) as t (k, v)
        where ${isNumberKey(sql, sql`t.k`, keysOfText(condition.key, condition))} and ${matches(sql, sql`t.v`, condition)})`;
    case 'date':
      return condition.key === 'main'
        ? sql`(${row}.hi > '-infinity' and ${inTimes(sql, condition.interval, sql`${row}.dt`, sql`${row}.hi`)})`
        : ofKey(sql, sql`${row}.dk`, condition.key, {
            first: (at) => inTimes(sql, condition.interval, sql`${row}.dlo[${at}]`, sql`${row}.dhi[${at}]`),
            any: sql`exists (select 1 from unnest(${row}.dk, ${row}.dlo, ${row}.dhi) as d (k, lo, hi)
              where d.k = ${condition.key.toString()}::bigint and ${inTimes(sql, condition.interval, sql`d.lo`, sql`d.hi`)})`,
          });
    case 'last-updated':
      return stored(sql, [condition], row, and)[0]!;
    case 'near':
      return sql`exists (
        select from unnest(${row}.nk, ${row}.nlo) as a (k, v), unnest(${row}.nk, ${row}.nlo) as o (k, v)
        where a.k = ${condition.latitudeKey.toString()}::bigint and o.k = ${condition.longitudeKey.toString()}::bigint
          and ${distance(sql, condition, sql`a.v`, sql`o.v`)} <= ${condition.metres}::float8)`;
    case 'refers':
      return refers(sql, condition, row, depth + 1);
    case 'referred':
      return referred(sql, condition, row, depth + 1);
    case 'full-text':
      return hasWords(sql, row, condition);
    case 'version':
      return isOfVersion(sql, row, condition);
    case 'boundary':
      // Inside the outer ring of a polygon, and in none of its holes.
      return sql`exists (
        select from unnest(${row}.keys) as k (key) cross join lateral (
          select from fhir.boundary b where b.key = k.key group by b.part
          having bool_and((b.area @> point(${condition.longitude}::float8, ${condition.latitude}::float8)) = (b.ring = 1)) limit 1
        ) p)`;
    case 'cared':
      return cared(sql, condition, row);
    case 'consented':
      return consented(sql, condition, row);
    case 'labelled':
      return labelled(sql, condition, row);
    case 'unlabelled':
      return unlabelled(sql, condition, row);
    case 'holds':
      return sql`(${hasKey(sql, row, [containsKey(condition.type)])}
        and ${contains(sql, condition, { row, depth: depth + 1 })})`;
  }
}

/** Ordered by cost: within parentheses PostgreSQL evaluates the first test, and the others only if that does not decide. */
function cheapFirst(conditions: readonly RowCondition[]): readonly RowCondition[] {
  return conditions.length === 1 ? conditions : conditions.toSorted((a, b) => costOf(a) - costOf(b));
}

/** 0 for values in the row itself, 1 for unnested ones, 2 for one other row, 3 for many, 4 for bodies. */
function costOf(condition: RowCondition): number {
  switch (condition.op) {
    case 'all':
    case 'any':
      return Math.max(0, ...condition.of.map(costOf));
    case 'not':
      return costOf(condition.of);
    case 'own':
    case 'keys':
    case 'present':
    case 'patient':
    case 'date':
      return 0;
    case 'number':
    case 'string':
    case 'near':
    case 'repetition':
      return 1;
    case 'last-updated':
    case 'boundary':
    case 'labelled':
    case 'unlabelled':
    case 'cared':
    case 'consented':
      return 2;
    case 'refers':
    case 'referred':
    case 'holds':
      return 3;
    case 'full-text':
    case 'version':
      return 4;
  }
}

type Stored = Extract<RowCondition, { op: 'last-updated' }>;

function timesApart(conditions: readonly RowCondition[]): {
  times: readonly Stored[];
  others: readonly RowCondition[];
} {
  return {
    times: conditions.filter((each) => each.op === 'last-updated'),
    others: conditions.filter(({ op }) => op !== 'last-updated'),
  };
}

/**
 * Conditions on the time of storing, which is in the row of the store: for several conditions it is read once. Empty without conditions.
 */
function stored(sql: Sql, times: readonly Stored[], row: Fragment, together: typeof and): Fragment[] {
  if (times.length === 0) return [];
  const tests = times.map(({ interval }) => sql`(${inTimes(sql, interval, sql`u.upd`, sql`u.upd`)})`);
  return [
    sql`exists (select 1 from fhir.resource u where u.rid = ${row}.rid and u.shard = ${row}.shard and ${together(sql, tests)})`,
  ];
}

/** Read from the body, since the index has a version only as a whole. A fragment is ignored. */
function isOfVersion(
  sql: Sql,
  row: Fragment,
  { paths, url, version }: Extract<RowCondition, { op: 'version' }>,
): Fragment {
  const asked = `${url}|${version}`.replaceAll('\0', ' ');
  const found = paths.map(
    (path) => sql`select jsonb_path_query(fhir.texts(body.content), ${path}::text::jsonpath) #>> '{}' as v`,
  );
  return sql`exists (select 1 from fhir.resource body cross join lateral (${joined(sql, found, sql` union all `)!}) named
    where body.rid = ${row}.rid and body.shard = ${row}.shard
      and (split_part(named.v, '#', 1) = ${asked}::text or starts_with(named.v, ${`${asked}.`}::text)))`;
}

function number(sql: Sql, { keys, interval }: Extract<RowCondition, { op: 'number' }>, row: Fragment): Fragment {
  const ofKeys = (test: Fragment): Fragment =>
    sql`exists (select 1 from unnest(${row}.nk, ${row}.nlo, ${row}.nhi) as n (k, lo, hi)
      where ${test} and ${inNumbers(sql, interval, sql`n.lo`, sql`coalesce(n.hi, n.lo)`)})`;
  const key = 'unitsOf' in keys || keys.length > 1 ? undefined : keys[0];
  if (key === undefined)
    return sql`(${anyNumberIn(sql, interval, row)} and ${ofKeys(isNumberKey(sql, sql`n.k`, keys))})`;
  return ofKey(sql, sql`${row}.nk`, key, {
    first: (at) =>
      inNumbers(sql, interval, sql`${row}.nlo[${at}]`, sql`coalesce(${row}.nhi[${at}], ${row}.nlo[${at}])`),
    any: ofKeys(isNumberKey(sql, sql`n.k`, keys)),
  });
}

/**
 * Whether any number of a row, under any key, may meet each of the limits: tested without unnesting the lists, which takes a tenth of the time.
 * Upper ends of ranges are ignored.
 */
function anyNumberIn(sql: Sql, { low = {}, high = {} }: Interval, row: Fragment): Fragment {
  const any = (limit: number | undefined, compared: Fragment, isOfEnd: boolean): Fragment[] => {
    if (limit === undefined) return [];
    const test = sql`${limit}::float8 ${compared} any(${row}.nlo)`;
    return [isOfEnd ? sql`(${row}.nhi is not null or ${test})` : test];
  };
  const tests = [
    ...[...any(low.gt, sql`<`, false), ...any(low.ge, sql`<=`, false)],
    ...[...any(low.lt, sql`>`, false), ...any(low.le, sql`>=`, false)],
    ...[...any(high.gt, sql`<`, true), ...any(high.ge, sql`<=`, true)],
    ...[...any(high.lt, sql`>`, true), ...any(high.le, sql`>=`, true)],
  ];
  return sql`(${and(sql, tests)}) is true`;
}

/** Units are looked up once in a statement. */
export function isNumberKey(sql: Sql, key: Fragment, keys: NumberKeys): Fragment {
  if ('unitsOf' in keys) {
    const { unitsOf, texts, moved } = keys;
    const among =
      texts === undefined
        ? sql``
        : sql`and w.v = any(array(select json_array_elements_text(${JSON.stringify(texts)}::text::json)))`;
    const found = moved === undefined ? sql`w.key` : sql`w.key # m.key`;
    const each = moved === undefined ? sql`` : sql`cross join unnest(${bigints(moved)}::bigint[]) as m (key)`;
    return sql`${key} = any(array(
      select ${found} from fhir.word w ${each} where w.parameter = ${unitsOf.toString()}::bigint ${among}))`;
  }
  return keys.length === 1
    ? sql`${key} = ${keys[0]!.toString()}::bigint`
    : sql`${key} = any(${bigints(keys)}::bigint[])`;
}

/**
 * Whether any value of a key meets a condition. Most rows have at most one value of a key, which is found by its place in the lists in a
 * fifth of the time of unnesting.
 */
function ofKey(
  sql: Sql,
  keys: Fragment,
  key: bigint,
  { first, any }: { first: (at: Fragment) => Fragment; any: Fragment },
): Fragment {
  const asked = key.toString();
  const at = sql`array_position(${keys}, ${asked}::bigint)`;
  return sql`case when ${at} is null then false when ${first(at)} then true
    when array_position(${keys}, ${asked}::bigint, ${at} + 1) is null then false else ${any} end`;
}

/** With `= any`, an array is read as far as the first match. */
export function hasKey(sql: Sql, row: Fragment, keys: readonly bigint[]): Fragment {
  return keys.length === 1
    ? sql`${keys[0]!.toString()}::bigint = any(${row}.keys)`
    : sql`(${row}.keys && ${bigintsOfTest(sql, keys)}) is true`;
}

/** Metres along the surface of a sphere (haversine), mean radius of the earth. */
export function distance(
  sql: Sql,
  place: { latitude: number; longitude: number },
  latitude: Fragment,
  longitude: Fragment,
): Fragment {
  return sql`(2 * 6371008.8 * asin(least(1, sqrt(
    power(sind((${latitude} - ${place.latitude}::float8) / 2), 2)
    + cosd(${latitude}) * cosd(${place.latitude}::float8) * power(sind((${longitude} - ${place.longitude}::float8) / 2), 2)))))`;
}

/**
 * A chain, tested on a candidate: the rows to which its keys may lead, among stored resources and those that it contains. The condition on them is in
 * the statement once, or the statement of a chain would grow exponentially with its links. Contained resources have no labels of their own, and another
 * resource may have the same id.
 */
function refers(sql: Sql, { seeds, type, where }: Join, row: Fragment, depth: number): Fragment {
  const target = alias(sql, depth);
  const found = check(sql, where, target, depth);
  const led = joined(
    sql,
    seeds.map((seed) => ownsReferredTo(sql, { seed, type }, row)),
    sql` union all `,
  )!;
  const stored = sql`(${led}) as o (own) cross join lateral (
      select * from fhir.search led where led.own = o.own and ${isOfType(sql, sql`led`, type)} limit 1) led`;
  if (!isOfContained(where))
    return sql`exists (select 1 from (select led.* from ${stored} offset 0) ${target} where ${found})`;
  const within = seeds.map(
    (seed) => sql` union all select ${unnamed}, held.ty from unnest(${row}.keys) as k (key) cross join lateral (
      select * from fhir.contained held where held.key = k.key # ${seed.toString()}::bigint and ${isOfType(sql, sql`held`, type)} limit 1) held
      where ${hasKey(sql, row, [containsKey(type)])}`,
  );
  return sql`exists (select 1 from (
    select ${columnsOfContained('led')}, led.ty from ${stored} ${joined(sql, within, sql``)!} offset 0) ${target} where ${found})`;
}

/** Hashes to which a row may refer by a seed. A reference to the patient of the compartment is recognised without trying every key. */
function ownsReferredTo(sql: Sql, { seed, type }: { seed: bigint; type: string }, row: Fragment): Fragment {
  const bits = sql`${seed.toString()}::bigint`;
  if (type !== 'Patient' || !compartmentSeeds().has(seed))
    return sql`select k.key # ${bits} from unnest(${row}.keys) as k (key)`;
  return sql`select k.key # ${bits} from unnest(case when ${row}.pat is null then ${row}.keys
    when (${row}.pat # ${bits}) = any(${row}.keys) then array[${row}.pat # ${bits}] end) as k (key)`;
}

/** No index can serve it: combined with another one, it would be read as a whole for each row. */
export function isOfType(sql: Sql, row: Fragment, type: string): Fragment {
  return sql`(${row}.ty = ${typeNumber(type) ?? -1}::smallint) is true`;
}

/** Columns of rows of contained resources, which those of stored ones have, too. */
function columnsOfContained(row: string): Fragment {
  return new Fragment([columns.ofContainedOf(row)], []);
}

const columns = columnLists(searchRow);
/** Of rows `held`, without their names, which are those of stored resources of the same type and id. */
const unnamed = new Fragment([columns.ofContainedOf('held').replace(/\bheld\.own\b/, 'null::bigint')], []);

/** A contained resource of the type meets the condition. */
function contains(
  sql: Sql,
  { type, where }: { type: string; where: RowCondition },
  { row, depth }: { row: Fragment; depth: number },
): Fragment {
  const held = sql`${sql(`h${depth}`)}`;
  return sql`exists (
    select from unnest(${row}.keys) as k (key)
    cross join lateral (select from fhir.contained ${held} where ${held}.key = k.key
      and ${isOfType(sql, held, type)} and ${check(sql, where, held, depth)} limit 1) t)`;
}

const patientType = typeNumber('Patient')!;

/** `_has`, asked of a candidate: the rows whose keys hold a reference to it. The condition on them is in the statement once. */
function referred(sql: Sql, { seeds, type, where }: Join, row: Fragment, depth: number): Fragment {
  const source = alias(sql, depth);
  const each = seeds.map((seed) => {
    const key = sql`(${row}.own # ${seed.toString()}::bigint)`;
    const byKeys = (keys: Fragment): Fragment =>
      sql`select led.* from fhir.search led where led.keys @> ${keys} and ${isOfType(sql, sql`led`, type)}`;
    if (!compartmentSeeds().has(seed)) return byKeys(sql`array[${key}]`);
    // Other resources refer to a Patient only if they are in the compartments of several patients, each of which has such a key. Resources
    // that refer to something else by the same parameter may be in the compartment of one patient by another reference.
    const keys = sql`case when ${row}.ty = ${patientType}::smallint
      then array[${row}.own # ${oneOfPatients.toString()}::bigint, ${key}] else array[${key}] end`;
    return sql`select led.* from fhir.search led where led.pat = ${row}.own and led.ty = ${typeNumber(type) ?? -1}::smallint
        and ${key} = any(led.keys) union all ${byKeys(keys)} and (led.pat is null or ${row}.ty <> ${patientType}::smallint)`;
  });
  const referring = joined(sql, each, sql` union all `)!;
  return sql`exists (select 1 from (${referring} offset 0) ${source} where ${check(sql, where, source, depth)})`;
}

function alias(sql: Sql, depth: number): Fragment {
  return sql`${sql(`s${depth}`)}`;
}
