import { bigints, joined, type Fragment, type Sql } from '../sql/fragment.ts';
import { inNumbers, inTimes } from './in-interval.ts';
import type { NumberKeys, RowCondition } from './row-condition.ts';
import { keysOfText, matches } from './text-match.ts';

type Repetition = Extract<RowCondition, { op: 'repetition' }>;

/** A row of the index, and the greatest number that a repetition may have. */
interface Asked {
  readonly sql: Sql;
  readonly row: Fragment;
  readonly most: number;
}

/**
 * Whether the parts of a composite match in one repetition. The repetitions of each part are found in one pass through the lists of the
 * row, so many cost no more than reading them.
 */
export function inOneRepetition(sql: Sql, { of, most }: Repetition, row: Fragment): Fragment {
  return sql`exists (${together({ sql, row, most }, of, sql` intersect `)})`;
}

function together(asked: Asked, parts: readonly RowCondition[], by: Fragment): Fragment {
  const { sql } = asked;
  const each = parts.map((part) => sql`(${repetitions(asked, part)})`);
  return joined(sql, each, by) ?? sql`select null::bigint where false`;
}

/** The numbers of the repetitions in which a part matches, as a statement: a key of one combined with that of the part is its number. */
function repetitions(asked: Asked, part: RowCondition): Fragment {
  const { sql, row, most } = asked;
  if (part.op === 'all') return together(asked, part.of, sql` intersect `);
  if (part.op === 'any') return together(asked, part.of, sql` union all `);
  const { values, keys, test } = valuesOf(sql, row, part);
  return sql`select v.key # p.key from ${values} cross join ${keysOf(sql, keys)}
    where (v.key # p.key) between 1 and ${most}::bigint and ${test}`;
}

/** The values of a part in a row, the requested keys, and the test of the values. */
function valuesOf(sql: Sql, row: Fragment, part: RowCondition): { values: Fragment; keys: NumberKeys; test: Fragment } {
  if (part.op === 'keys') return { values: sql`unnest(${row}.keys) as v (key)`, keys: part.any, test: sql`true` };
  if (part.op === 'number') {
    const values = sql`unnest(${row}.nk, ${row}.nlo, ${row}.nhi) as v (key, lo, hi)`;
    return {
      ...{ values, keys: part.keys },
      test: inNumbers(sql, part.interval, sql`v.lo`, sql`coalesce(v.hi, v.lo)`),
    };
  }
  if (part.op === 'string') {
    const values = sql`unnest(${row}.sk, ${row}.sv) as v (key, v)`;
    return { values, keys: keysOfText(part.key, part), test: matches(sql, sql`v.v`, part) };
  }
  if (part.op === 'date' && part.key !== 'main') {
    const values = sql`unnest(${row}.dk, ${row}.dlo, ${row}.dhi) as v (key, lo, hi)`;
    return { values, keys: [part.key], test: inTimes(sql, part.interval, sql`v.lo`, sql`v.hi`) };
  }
  throw new Error(`no part of a composite is asked for by ${part.op}`);
}

function keysOf(sql: Sql, keys: NumberKeys): Fragment {
  return 'unitsOf' in keys
    ? sql`(select w.key from fhir.word w where w.parameter = ${keys.unitsOf.toString()}::bigint) as p (key)`
    : sql`unnest(${bigints(keys)}::bigint[]) as p (key)`;
}
