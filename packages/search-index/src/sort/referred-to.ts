/** Targets of a row's reference that are stored on this server: bodies and search rows are sorted by the name of the target. */
import { typeNumber } from '@dhp/fhir-model';
import type { SortKey } from '../query/search-query.ts';
import { list, ofTypes, type Fragment, type Sql } from '../sql/fragment.ts';

type ByReference = Extract<SortKey['by'], { kind: 'reference' }>;

/** `Type/id` of a resource that the row refers to and that is stored here: the first of them, or null. */
export function referredTo(
  sql: Sql,
  row: Fragment,
  { refers, targets }: Pick<ByReference, 'refers' | 'targets'>,
  first: (sql: Sql, value: Fragment) => Fragment,
): Fragment {
  if (targets.length === 0) return sql`null::text`;
  const names = list(
    sql,
    targets.map((type) => sql`(${typeNumber(type)!}::smallint, ${type}::text)`),
  );
  return sql`(select ${first(sql, sql`(n.name || '/' || o.id) collate "C"`)} from ${targetsOf(sql, row, refers, targets)}
    cross join lateral (select id from fhir.resource where rid = t.rid and shard = t.shard limit 1) o
    join (values ${names}) as n (ty, name) on n.ty = t.ty)`;
}

/** The search rows `t` of what the row refers to. */
export function targetsOf(sql: Sql, row: Fragment, refers: bigint, targets: readonly string[]): Fragment {
  const types = targets.map((type) => typeNumber(type)!);
  return sql`unnest(${row}.keys) as k (key) cross join lateral (
    select * from fhir.search t where t.own = k.key # ${refers.toString()}::bigint and ${ofTypes(sql, sql`t.ty`, types)} limit 1) t`;
}
