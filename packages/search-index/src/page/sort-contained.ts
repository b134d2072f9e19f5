/** The order of matches that are contained resources, or their containers. https://hl7.org/fhir/R5/search.html#contained */
import type { SortKey } from '../types/sorting.ts';
import { testsOf, type Branch } from './branches.ts';
import { or, type Fragment, type Sql } from '../sql/fragment.ts';
import { heldBy, type Held } from './held-rows.ts';
import { sortColumns } from '../sort/sort-columns.ts';
import type { SortColumn, SortContext } from '../types/sorting.ts';

/** Possible matches of a row: itself, and the resources that it contains. */
export interface Matching {
  readonly stored: readonly Branch[];
  readonly held: readonly Held[];
}

/**
 * As `sortColumns`: a row is placed by the first of its matches. Its last update and its id are those of the container; so is the date that
 * orders a search without `_sort`. For references, rows of contained resources have the values of `SortColumn.known`.
 */
export function sortColumnsOfContained(
  keys: readonly SortKey[],
  context: SortContext,
  matching: Matching,
): SortColumn[] {
  const columns = knownColumns(keys, context);
  if (keys.length === 0) return columns;
  // A contained resource has no postings: all its codes are among its keys.
  const inside = knownColumns(
    keys.map(({ by, descending }) => ({ by: by.kind === 'word' ? { ...by, posted: false } : by, descending })),
    context,
  );
  return columns.map((column, n) =>
    column.ofResource
      ? column
      : {
          ...column,
          ofContained: true,
          value: (sql, row) => firstOf(sql, row, { column, inside: inside[n]! }, matching),
        },
  );
}

function knownColumns(keys: readonly SortKey[], context: SortContext): SortColumn[] {
  return sortColumns(keys, context).map((column) => column.known ?? column);
}

function firstOf(
  sql: Sql,
  row: Fragment,
  { column, inside }: { column: SortColumn; inside: SortColumn },
  { stored, held }: Matching,
): Fragment {
  const matches = testsOf(sql, stored, row);
  const ordered = (value: Fragment): Fragment => (column.type === 'text' ? sql`(${value}) collate "C"` : value);
  const value = ordered(inside.value(sql, sql`x`));
  const heldFirst = sql`(select ${column.descending ? sql`max(${value})` : sql`min(${value})`} ${heldBy(sql, row, held)})`;
  if (matches.length === 0) return heldFirst;
  const own = sql`case when ${or(sql, matches)} then ${column.value(sql, row)} end`;
  const either = sql`${ordered(own)}, ${ordered(heldFirst)}`; // null is ignored
  return column.descending ? sql`greatest(${either})` : sql`least(${either})`;
}
