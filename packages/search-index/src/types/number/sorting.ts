import { seedOf } from '../../keys/keys.ts';
import { type First, ofRow, type SortedBy, type Sorting } from '../sorting.ts';

export function numberSortKey(type: string, rows: string): SortedBy<'number'> {
  return { kind: 'number', key: seedOf(type, rows) };
}

export function sortingByNumber({ key }: SortedBy<'number'>, first: First): Sorting {
  return {
    ...ofRow,
    type: 'float8',
    value: (sql, row) => sql`(select ${first(sql, sql`n.lo`)}
        from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = ${key.toString()}::bigint)`,
  };
}
