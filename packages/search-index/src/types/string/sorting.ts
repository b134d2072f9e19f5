import { seedOf } from '../../keys/keys.ts';
import { type First, ofRow, type SortedBy, type Sorting } from '../sorting.ts';

export function stringSortKey(type: string, rows: string): SortedBy<'string'> {
  return { kind: 'string', key: seedOf(type, rows) };
}

/** The index has uris as strings, too. */
export function uriSortKey(type: string, rows: string): SortedBy<'string'> {
  return stringSortKey(type, rows);
}

export function sortingByString({ key }: SortedBy<'string'>, first: First): Sorting {
  return {
    ...ofRow,
    type: 'text',
    value: (sql, row) => sql`(select ${first(sql, sql`t.v collate "C"`)}
        from unnest(${row}.sk, ${row}.sv) as t (k, v) where t.k = ${key.toString()}::bigint)`,
  };
}
