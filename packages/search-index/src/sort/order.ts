import type { Position } from './cursor.ts';
import { and, list, or, type Fragment, type Sql } from '../sql/fragment.ts';
import type { SortColumn } from '../types/sorting.ts';
import { sortColumns } from './sort-columns.ts';

/** How one statement reads its page: the columns, from where, and whether backwards from there. */
export interface Order {
  readonly columns: readonly SortColumn[];
  readonly from: Position | undefined;
}

/** For any order: the newest first, from the beginning. */
export const anyOrder: Order = {
  columns: sortColumns([], {
    units: () => [],
    targets: () => [],
    words: () => undefined,
    near: undefined,
    fullText: undefined,
  }),
  from: undefined,
};

/** Whether this statement reads against the order that is shown. */
export function isBackward(order: Order): boolean {
  return order.from?.before ?? false;
}

/** Columns `v1`, `v2` … as the statement's parts hand them on. */
export function valueName(sql: Sql, index: number): Fragment {
  return sql(`v${index + 1}`);
}

/** `order by` of rows with columns v1 …, rid. */
export function orderBy(sql: Sql, order: Order): Fragment {
  return list(
    sql,
    orderTerms(sql, order).map(({ term, down }) => (down ? sql`${term} desc` : term)),
  );
}

/** The terms alone, for `distinct on`. */
export function orderedTerms(sql: Sql, order: Order): Fragment {
  return list(
    sql,
    orderTerms(sql, order).map(({ term }) => term),
  );
}

/** The same for rows that are equal in the first column. */
export function orderByOthers(sql: Sql, order: Order): Fragment {
  return list(
    sql,
    orderTerms(sql, order, 1).map(({ term, down }) => direction(sql, term, down)),
  );
}

/** @param from the column with which they begin */
function orderTerms(sql: Sql, order: Order, from = 0): { term: Fragment; down: boolean }[] {
  const back = isBackward(order);
  const terms = order.columns.flatMap((each, index) => {
    if (index < from) return [];
    const value = valueName(sql, index);
    const by = { term: each.type === 'text' ? sql`${value} collate "C"` : value, down: each.descending !== back };
    return each.canMiss ? [{ term: sql`(${value} is null)`, down: back }, by] : [by];
  });
  return [...terms, { term: sql`rid`, down: ridDescends(order) }];
}

export function direction(sql: Sql, term: Fragment, down: boolean): Fragment {
  return down ? sql`${term} desc` : term;
}

/** Rows that are equal in all columns are in the direction of the first column. */
export function ridDescends(order: Order): boolean {
  return order.columns[0]!.descending !== isBackward(order);
}

/** Condition of rows with columns v1 …, rid, that are behind the position of the page. */
export function behind(sql: Sql, order: Order): Fragment {
  const { from } = order;
  if (from === undefined) return sql`true`;
  const back = isBackward(order);
  const equal: Fragment[] = [];
  const ways = order.columns.map((each, index) => {
    const column = valueName(sql, index);
    const value = each.type === 'text' ? sql`${column} collate "C"` : column;
    const at = from.values[index] ?? null;
    const further = furtherThan(sql, each, { value, at, back });
    const way = and(sql, [...equal, further]);
    equal.push(at === null ? sql`${value} is null` : sql`${value} = ${cast(sql, each, at)}`);
    return way;
  });
  const byRid = ridDescends(order) ? sql`rid < ${from.rid}::bigint` : sql`rid > ${from.rid}::bigint`;
  return or(sql, [...ways, and(sql, [...equal, byRid])]);
}

function furtherThan(
  sql: Sql,
  column: SortColumn,
  { value, at, back }: { value: Fragment; at: string | null; back: boolean },
): Fragment {
  if (at === null) return back ? sql`${value} is not null` : sql`false`;
  const limit = cast(sql, column, at);
  const compared = column.descending !== back ? sql`${value} < ${limit}` : sql`${value} > ${limit}`;
  return back || !column.canMiss ? compared : sql`(${compared} or ${value} is null)`;
}

export function cast(sql: Sql, { type }: SortColumn, value: string): Fragment {
  switch (type) {
    case 'timestamptz':
      return sql`${value}::timestamptz`;
    case 'float8':
      return sql`${value}::float8`;
    case 'text':
      return sql`${value}::text collate "C"`;
  }
}
