import type { ElementPath } from '@dhp/fhir-search/elements';
import { joined } from '../sql/fragment.ts';
import type { First, SortedBy, Sorting } from './sorting.ts';
import { sqlJsonPath } from './sql-json-path.ts';

export function elementSortKey(paths: readonly ElementPath[]): SortedBy<'json'> {
  return { kind: 'json', paths: paths.map(sqlJsonPath) };
}

/** Sorts by elements of the body, if the index has no values in order. */
export function sortingByElement({ paths }: Pick<SortedBy<'json'>, 'paths'>, first: First): Sorting {
  return {
    type: 'text',
    ofResource: true,
    canMiss: true,
    value(sql) {
      const found = paths.map((path) => sql`select jsonb_path_query(b.body, ${path}::text::jsonpath) #>> '{}' as v`);
      const body = sql`(select fhir.texts(r.content) as body offset 0) b`;
      return sql`(select ${first(sql, sql`f.v collate "C"`)} from ${body} cross join lateral (${joined(sql, found, sql` union all `)!}) f)`;
    },
  };
}
