import { seedOf } from '../../keys/keys.ts';
import { postedParameters } from '../../keys/posted-parameters.ts';
import { presenceOf } from '../../keys/usual-parameters.ts';
import { bigints, type Fragment, type Sql } from '../../sql/fragment.ts';
import { type First, ofRow, type SortContext, type SortedBy, type Sorting } from '../sorting.ts';

/** Returns the sort key by code. */
export function tokenSortKey(type: string, rows: string): SortedBy<'word'> {
  const present = presenceOf(type, rows);
  return { kind: 'word', parameter: seedOf(type, rows), present, posted: postedParameters(type).has(rows) };
}

/** Returns the sort key by display. */
export function displaySortKey(type: string, rows: string): SortedBy<'word'> {
  return { kind: 'word', parameter: seedOf(type, rows, 'text'), present: presenceOf(type, rows), posted: false };
}

export function sortingByWord(by: SortedBy<'word'>, first: First, context: SortContext): Sorting {
  return { ...ofRow, type: 'text', value: (sql, row) => wordOf(sql, row, by, first, context) };
}

/** Keys of the codes of a search row that have postings. */
export function postedKeys(sql: Sql, row: Fragment): Fragment {
  return sql`${row}.keys[1:${row}.tn]`;
}

/**
 * Sort value by a term. If the parameter has few terms, the statement gets all of them, instead of looking up every key of every row among
 * all terms. Codes with postings are among the first keys of a row.
 */
function wordOf(
  sql: Sql,
  row: Fragment,
  { parameter, posted }: SortedBy<'word'>,
  first: First,
  context: SortContext,
): Fragment {
  const words = context.words(parameter);
  const own = posted ? postedKeys(sql, row) : sql`${row}.keys`;
  if (words === undefined) {
    // Each key by itself: a plan for all values may begin with the words of the parameter, which can be thousands.
    return sql`(select ${first(sql, sql`w.v`)} from unnest(${own}) as k (key) cross join lateral (
      select v from fhir.word where key = k.key and parameter = ${parameter.toString()}::bigint limit 1) w)`;
  }
  const [keys, texts] = [bigints(words.map(({ key }) => key)), JSON.stringify(words.map(({ text }) => text))];
  return sql`(select ${first(sql, sql`w.v collate "C"`)}
    from unnest(${keys}::bigint[], array(select json_array_elements_text(${texts}::text::json))) as w (key, v)
    where w.key = any(${own}))`;
}
