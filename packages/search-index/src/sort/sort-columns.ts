import type { SortKey } from '../query/search-query.ts';
import { distance } from '../row-condition/check.ts';
import { referredTo } from './referred-to.ts';
import { bigints, joined, type Fragment, type Sql } from '../sql/fragment.ts';
import { rankOfWords, type FullTextAsked } from '../full-text/full-text.ts';
import { SearchNotPossible } from '../sql/search-errors.ts';

/** One column that results are sorted by, computed from the row itself. The last of all columns is always the rid. */
export interface SortColumn {
  readonly by: SortKey['by'];
  readonly type: 'timestamptz' | 'float8' | 'text';
  readonly descending: boolean;
  /** The value needs the row of fhir.resource. */
  readonly ofResource: boolean;
  /** Some rows have no value; they come last, in both directions. */
  readonly canMiss: boolean;
  /** It is the value of what the row contains, which no index has in order. */
  readonly ofContained?: true;
  /** The column that stands for this one where what the index knows is sorted by: see `by-reference.ts`. */
  readonly known?: SortColumn;
  /** @param row alias of the search row; of the resource it is `r` */
  value(sql: Sql, row: Fragment): Fragment;
}

/** Context of the sort keys of a search. */
export interface SortContext {
  /** Keys of the units that values of a quantity have, by seed. */
  units(seed: bigint): readonly bigint[];
  /** The types of which there is any resource, among those that a reference may lead to. */
  targets(types: readonly string[]): readonly string[];
  /** The words of a parameter, if they are few. */
  words(parameter: bigint): readonly { readonly key: bigint; readonly text: string }[] | undefined;
  /** The full-text query by whose rank results are sorted, if any. */
  readonly fullText: FullTextAsked | undefined;
  /** The place that results are near to. */
  readonly near: { latitudeKey: bigint; longitudeKey: bigint; latitude: number; longitude: number } | undefined;
}

const byDefault: readonly SortKey[] = [{ by: { kind: 'main-date' }, descending: true }];

export function sortColumns(keys: readonly SortKey[], context: SortContext): SortColumn[] {
  return (keys.length === 0 ? byDefault : keys).map(({ by, descending }) => ({
    by,
    descending,
    ...column(by, descending, context),
  }));
}

function column(
  by: SortKey['by'],
  descending: boolean,
  context: SortContext,
): Pick<SortColumn, 'type' | 'ofResource' | 'canMiss' | 'value' | 'known'> {
  const own = { ofResource: false, canMiss: true };
  // Of several values the least counts in ascending order, the greatest in descending order.
  const first = (sql: Sql, value: Fragment): Fragment => (descending ? sql`max(${value})` : sql`min(${value})`);
  switch (by.kind) {
    case 'main-date':
      // Where it is open, or there is none, the column is -infinity: that is last when descending.
      return {
        ...own,
        type: 'timestamptz',
        canMiss: !descending,
        value: (sql, row) => (descending ? sql`${row}.dt` : sql`nullif(${row}.dt, '-infinity')`),
      };
    case 'last-updated':
      return { type: 'timestamptz', ofResource: true, canMiss: false, value: (sql) => sql`r.upd` };
    case 'id':
      return { type: 'text', ofResource: true, canMiss: false, value: (sql) => sql`r.id` };
    case 'date':
      return {
        ...own,
        type: 'timestamptz',
        value: (sql, row) => sql`(select ${first(sql, sql`nullif(d.lo, '-infinity')`)}
        from unnest(${row}.dk, ${row}.dlo) as d (k, lo) where d.k = ${by.key.toString()}::bigint)`,
      };
    case 'number':
      return {
        ...own,
        type: 'float8',
        value: (sql, row) => sql`(select ${first(sql, sql`n.lo`)}
        from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = ${by.key.toString()}::bigint)`,
      };
    case 'quantity':
      return {
        ...own,
        type: 'float8',
        value: (sql, row) => sql`(select ${first(sql, sql`n.lo`)}
        from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = any(${bigints(context.units(by.seed))}::bigint[]))`,
      };
    case 'string':
      return {
        ...own,
        type: 'text',
        value: (sql, row) => sql`(select ${first(sql, sql`t.v collate "C"`)}
        from unnest(${row}.sk, ${row}.sv) as t (k, v) where t.k = ${by.key.toString()}::bigint)`,
      };
    case 'word':
      return { ...own, type: 'text', value: (sql, row) => word(sql, row, by, first, context) };
    case 'json':
      return ofBody(by.paths, first);
    case 'reference': {
      const known = { ...by, targets: context.targets(by.targets) };
      return {
        ...ofBody(by.paths, first),
        known: {
          ...{ by: known, descending, ...own, type: 'text' },
          value: (sql, row) => referredTo(sql, row, known, first),
        },
      };
    }
    case 'score': {
      const { near, fullText } = context;
      if (near === undefined) {
        if (fullText === undefined) throw new SearchNotPossible('Nothing in this search gives its results a score');
        return {
          type: 'float8',
          ofResource: true,
          canMiss: true,
          value: (sql) => rankOfWords(sql, fullText),
        };
      }
      return { ...own, type: 'float8', value: (sql, row) => sql`- ${metresFrom(sql, row, near)}` };
    }
  }
}

function ofBody(
  paths: readonly string[],
  first: (sql: Sql, value: Fragment) => Fragment,
): Pick<SortColumn, 'type' | 'ofResource' | 'canMiss' | 'value'> {
  return {
    type: 'text',
    ofResource: true,
    canMiss: true,
    value(sql) {
      const found = paths.map((path) => sql`select jsonb_path_query(b.body, ${path}::text::jsonpath) #>> '{}' as v`);
      const body = sql`(select fhir.body(r.content) as body offset 0) b`;
      return sql`(select ${first(sql, sql`f.v collate "C"`)} from ${body} cross join lateral (${joined(sql, found, sql` union all `)!}) f)`;
    },
  };
}

function metresFrom(sql: Sql, row: Fragment, near: NonNullable<SortContext['near']>): Fragment {
  const of = (key: bigint): Fragment =>
    sql`(select min(n.lo) from unnest(${row}.nk, ${row}.nlo) as n (k, lo) where n.k = ${key.toString()}::bigint)`;
  return distance(sql, near, of(near.latitudeKey), of(near.longitudeKey));
}

/** Something of a match (how good it is), of its search row `t` and resource `r`. */
export type Score = (sql: Sql, row: Fragment) => Fragment;

/**
 * Between 0 and 1, greater for what `_sort=-_score` puts first: the rank of the words, or nearness, which is a half at a kilometre.
 * What is asked exactly has none better than another: 1. https://hl7.org/fhir/R5/search.html#score
 */
export function scoreOf({ near, fullText }: SortContext): Score {
  if (near !== undefined) return (sql, row) => sql`(1 / (1 + ${metresFrom(sql, row, near)} / 1000))`;
  if (fullText !== undefined) return (sql) => rankOfWords(sql, fullText);
  return (sql) => sql`1::float8`;
}

/** Of a search row: the keys of the codes that have postings. */
export function postedKeys(sql: Sql, row: Fragment): Fragment {
  return sql`${row}.keys[1:${row}.tn]`;
}

/**
 * Of few words the statement is told all, instead of looking every key of every row up among all words. Codes with postings stand
 * among the few keys of these.
 */
function word(
  sql: Sql,
  row: Fragment,
  { parameter, posted }: Extract<SortKey['by'], { kind: 'word' }>,
  first: (sql: Sql, value: Fragment) => Fragment,
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
