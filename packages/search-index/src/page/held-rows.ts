/** Rows of contained resources, as statements ask for them. */
import { typeName, typeNumber } from '@dhp/fhir-model';
import { booleanOf, numberOf } from '../sql/columns.ts';
import { check } from '../row-condition/check.ts';
import { testsOf, type Branch } from './branches.ts';
import type { Finding } from './find-rows.ts';
import { and, bigints, or, type Fragment, type Sql } from '../sql/fragment.ts';
import { payForContained } from './payment.ts';
import { conjuncts, type RowCondition } from '../row-condition/row-condition.ts';
import { bigintOf } from '../row-condition/terms.ts';

/** Contained resources of a type, and their condition. */
export type Held = Branch;

/** Whether any resource contains one of the type: mostly none does, and the search can be skipped. */
export function containedOf(sql: Sql, type: string): Fragment {
  return sql`exists (select 1 from fhir.contained c where c.ty = ${typeNumber(type)!}::smallint)`;
}

/** Undefined when they are many. */
export async function fewContained(
  { sql, run, costLimits, budget }: Pick<Finding, 'sql' | 'run' | 'costLimits' | 'budget'>,
  type: string,
  where: RowCondition,
): Promise<{ key: bigint; within: string }[] | undefined> {
  const rows = await run(
    sql,
    sql`select c.n > ${costLimits.few}, c.key, c.within from (
        select row_number() over () as n, c.* from fhir.contained c where ${leading(sql, type, where)} limit ${costLimits.few + 1}
      ) c where c.n > ${costLimits.few} or ${check(sql, where, sql`c`)}`,
    'contained resources',
  );
  payForContained(budget, rows.length);
  if (rows.length > costLimits.ends || rows.some(([cut]) => booleanOf(cut))) return undefined;
  return rows.map(([, key, within]) => ({ key: bigintOf(key), within: typeName(numberOf(within))! }));
}

/** The condition that selects the index: that of the keys, if there is one with selective keys. */
function leading(sql: Sql, type: string, where: RowCondition): Fragment {
  const ty = sql`c.ty = ${typeNumber(type)!}::smallint`;
  const keys = conjuncts(where).filter((each) => each.op === 'keys' && each.expect !== 'most');
  const lists = keys.flatMap((each) => (each.op === 'keys' ? [sql`c.keys && ${bigints(each.any)}::bigint[]`] : []));
  return lists.length === 0 ? ty : sql`${and(sql, lists)} and (${ty}) is true`;
}

/** Keys of the contained resources of a search row that meet one of the conditions, with commas between them. */
export function heldKeys(sql: Sql, row: Fragment, held: readonly Held[]): Fragment {
  return sql`(select string_agg(x.key::text, ',') ${heldBy(sql, row, held)})`;
}

/** Number of these resources of a search row. */
export function heldCount(sql: Sql, row: Fragment, held: readonly Held[]): Fragment {
  return sql`select count(*) ${heldBy(sql, row, held)}`;
}

/** `from` and `where` of these contained resources `x` of a search row. */
export function heldBy(sql: Sql, row: Fragment, held: readonly Held[]): Fragment {
  return sql`from unnest(${row}.keys) as k (key)
    cross join lateral (select * from fhir.contained where key = k.key limit 1) x where ${or(sql, testsOf(sql, held, sql`x`))}`;
}
