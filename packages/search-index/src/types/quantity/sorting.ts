import { seedOf } from '../../keys/keys.ts';
import { postedSeed } from '../../keys/posted-numbers.ts';
import { bigints } from '../../sql/fragment.ts';
import { type First, ofRow, type SortContext, type SortedBy, type Sorting } from '../sorting.ts';

export function quantitySortKey(type: string, rows: string): SortedBy<'quantity'> {
  const seed = seedOf(type, rows);
  return { kind: 'quantity', seed, posted: postedSeed(type, rows) ?? seed };
}

/** Sorts by value, whatever the unit. */
export function sortingByQuantity({ seed, posted }: SortedBy<'quantity'>, first: First, context: SortContext): Sorting {
  return {
    ...ofRow,
    type: 'float8',
    lists: context.units(posted).length,
    value: (sql, row) => sql`(select ${first(sql, sql`n.lo`)}
        from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = any(${bigints(context.units(seed))}::bigint[]))`,
  };
}
