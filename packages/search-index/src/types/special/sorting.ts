/** The order by values with separate columns, and by score. */
import { rankOfWords } from '../../full-text/full-text.ts';
import { distance } from '../../row-condition/check.ts';
import type { Fragment, Sql } from '../../sql/fragment.ts';
import { SearchNotPossible } from '../../sql/search-errors.ts';
import { ofRow, type SortContext, type Sorting } from '../sorting.ts';

export const sortingByLastUpdated: Sorting = {
  type: 'timestamptz',
  ofResource: true,
  canMiss: false,
  value: (sql) => sql`r.upd`,
};

export const sortingById: Sorting = { type: 'text', ofResource: true, canMiss: false, value: (sql) => sql`r.id` };

/** @throws SearchNotPossible if nothing gives matches a score */
export function sortingByScore({ near, fullText }: SortContext): Sorting {
  if (near === undefined) {
    if (fullText === undefined) throw new SearchNotPossible('Nothing in this search gives its results a score');
    return {
      type: 'float8',
      ofResource: true,
      canMiss: true,
      value: (sql) => rankOfWords(sql, fullText),
    };
  }
  return { ...ofRow, type: 'float8', value: (sql, row) => sql`- ${metresFrom(sql, row, near)}` };
}

/** Something of a match (how good it is), of its search row `t` and resource `r`. */
export type Score = (sql: Sql, row: Fragment) => Fragment;

/**
 * Between 0 and 1, greater for matches that `_sort=-_score` puts first: the rank of the words, or nearness, which is a half at a kilometre.
 * An exact query gives every match 1. https://hl7.org/fhir/R5/search.html#score
 */
export function scoreOf({ near, fullText }: SortContext): Score {
  if (near !== undefined) return (sql, row) => sql`(1 / (1 + ${metresFrom(sql, row, near)} / 1000))`;
  if (fullText !== undefined) return (sql) => rankOfWords(sql, fullText);
  return (sql) => sql`1::float8`;
}

function metresFrom(sql: Sql, row: Fragment, near: NonNullable<SortContext['near']>): Fragment {
  const of = (key: bigint): Fragment =>
    sql`(select min(n.lo) from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = ${key.toString()}::bigint)`;
  return distance(sql, near, of(near.latitudeKey), of(near.longitudeKey));
}
