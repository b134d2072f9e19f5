import { seedOf } from '../../keys/keys.ts';
import { type First, ofRow, type SortedBy, type Sorting } from '../sorting.ts';

export function dateSortKey(type: string, rows: string): SortedBy<'date'> {
  return { kind: 'date', key: seedOf(type, rows) };
}

/** Sorts by the beginning of a date; one that is open at its beginning counts as missing. */
export function sortingByDate({ key }: SortedBy<'date'>, first: First): Sorting {
  return {
    ...ofRow,
    type: 'timestamptz',
    value: (sql, row) => sql`(select ${first(sql, sql`nullif(d.lo, '-infinity')`)}
        from unnest(${row}.dk, ${row}.dlo) as d (k, lo) where d.k = ${key.toString()}::bigint)`,
  };
}

/** Sorts by the main date. If it is open, or missing, the column is -infinity: that is last when descending. */
export function sortingByMainDate(descending: boolean): Sorting {
  return {
    ...ofRow,
    type: 'timestamptz',
    canMiss: !descending,
    value: (sql, row) => (descending ? sql`${row}.dt` : sql`nullif(${row}.dt, '-infinity')`),
  };
}
