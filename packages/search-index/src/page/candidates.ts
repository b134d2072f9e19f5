import { check } from '../row-condition/check.ts';
import { and, joined, type Fragment, type Sql } from '../sql/fragment.ts';
import type { Order } from '../sort/order.ts';
import { isEverything } from '../row-condition/row-condition.ts';
import type { SortColumn } from '../types/sorting.ts';
import type { Source } from '../plan/plan-node.ts';

/** Asks a source once for each row of its parameters. */
export function forEach(sql: Sql, { parameters }: Source, select: Fragment): Fragment {
  return parameters === undefined ? select : sql`select b.* from ${parameters} cross join lateral (${select}) b`;
}

/** The rows of a candidate that its tests need, and the tests. `needed`: whether anything else needs the search row. */
export function tested(
  sql: Sql,
  source: Source,
  { order, needed, also }: { order: Order; needed: boolean; also?: Fragment | undefined },
): { probes: Fragment; tests: Fragment } {
  const tests: Fragment[] = [];
  const probes: Fragment[] = [];
  if (source.test !== undefined) tests.push(source.test);
  const isSure = source.surely !== undefined && !needed && also === undefined;
  tests.push(isSure ? unlessSure(sql, source, source.surely) : check(sql, source.rest, source.row ? sql`c` : sql`s`));
  if (!isSure && !source.row && (needed || source.deletedToo === true || !isEverything(source.rest))) {
    const row = sql`lateral (select * from fhir.search s where s.rid = c.rid and s.shard = c.shard limit 1) s`;
    // Deleted resources have no search row, and one of them may be the surplus candidate: without it the page would look complete.
    if (source.deletedToo === true) {
      probes.push(sql`left join ${row} on true`);
      tests.push(sql`s.rid is not null`);
    } else probes.push(sql`cross join ${row}`);
  }
  if (also !== undefined) tests.push(also);
  if (order.from !== undefined || order.columns.some((column) => column.ofResource)) {
    probes.push(sql`cross join lateral (
      select * from fhir.resource r where r.rid = c.rid and r.shard = c.shard limit 1) r`);
  }
  if (order.from !== undefined) tests.push(sql.commits.wasSeen(sql, sql`r.txid`, order.from.snapshot));
  return { probes: joined(sql, probes, sql` `) ?? sql``, tests: and(sql, tests) };
}

/** The search row is read of those alone that must be checked. */
function unlessSure(sql: Sql, { rest }: Source, surely: Fragment): Fragment {
  return sql`case when ${surely} then true else coalesce((
    select ${check(sql, rest, sql`s`)} from fhir.search s where s.rid = c.rid and s.shard = c.shard limit 1), false) end`;
}

/** Whether the value is the same for all resources of the source: their search rows need not be read for it. */
export function isKnown({ by, ofContained }: SortColumn, { row, undated }: Source): boolean {
  return !row && undated === true && by.kind === 'main-date' && ofContained !== true;
}

/** Sort value of a row without a main date. */
export function undatedValue(sql: Sql, { canMiss }: SortColumn): Fragment {
  return canMiss ? sql`null::timestamptz` : sql`'-infinity'::timestamptz`;
}
