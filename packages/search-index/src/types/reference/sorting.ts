/** Bodies give the exact targets of references; search rows give them if they are stored here. */
import { typeNumber } from '@dhp/fhir-model';
import type { SortRule } from '@dhp/fhir-search';
import { referenceSeed } from '../../keys/shared-references.ts';
import { presenceOf } from '../../keys/usual-parameters.ts';
import { list, ofTypes, type Fragment, type Sql } from '../../sql/fragment.ts';
import { sortingByElement } from '../element-sorting.ts';
import { type First, ofRow, type SortContext, type SortedBy, type Sorting } from '../sorting.ts';
import { sqlJsonPath } from '../sql-json-path.ts';

type ReferenceRule = Extract<SortRule['by'], { readonly kind: 'reference' }>;

export function referenceSortKey(
  type: string,
  rows: string,
  { paths, targets, single }: ReferenceRule,
): SortedBy<'reference'> {
  const [refers, present] = [referenceSeed(type, rows), presenceOf(type, rows)];
  return { kind: 'reference', paths: paths.map(sqlJsonPath), refers, present, targets, single };
}

export function sortingByReference(
  by: SortedBy<'reference'>,
  descending: boolean,
  first: First,
  context: SortContext,
): Sorting {
  const known = { ...by, targets: context.targets(by.targets) };
  const ofBody = sortingByElement(by, first);
  return {
    ...ofBody,
    ...(by.single && {
      ofBoth: true,
      value: (sql, row) => sql`coalesce(${patientOf(sql, row, by)}, ${ofBody.value(sql, row)})`,
    }),
    known: {
      ...{ by: known, descending, ...ofRow, type: 'text' },
      value: (sql, row) => referredTo(sql, row, known, first),
    },
  };
}

/**
 * `Patient/id` if the row refers to the patient in whose compartment it is, as mostly `subject` and `patient` do: two index look-ups without reading
 * the body, which takes seven times as long. Null otherwise, and if that patient is not stored.
 */
function patientOf(sql: Sql, row: Fragment, { refers }: SortedBy<'reference'>): Fragment {
  return sql`case when (${row}.pat # ${refers.toString()}::bigint) = any(${row}.keys) then (
    select 'Patient/' || o.id from fhir.search p
    cross join lateral (select id from fhir.resource where rid = p.rid and shard = p.shard limit 1) o
    where p.own = ${row}.pat limit 1) end`;
}

/** `Type/id` of a resource that the row refers to and that is stored here: the first of them, or null. */
function referredTo(sql: Sql, row: Fragment, { refers, targets }: SortedBy<'reference'>, first: First): Fragment {
  if (targets.length === 0) return sql`null::text`;
  const names = list(
    sql,
    targets.map((type) => sql`(${typeNumber(type)!}::smallint, ${type}::text)`),
  );
  return sql`(select ${first(sql, sql`(n.name || '/' || o.id) collate "C"`)} from ${targetsOf(sql, row, refers, targets)}
    cross join lateral (select id from fhir.resource where rid = t.rid and shard = t.shard limit 1) o
    join (values ${names}) as n (ty, name) on n.ty = t.ty)`;
}

/** The search rows `t` of the targets of the row. */
export function targetsOf(sql: Sql, row: Fragment, refers: bigint, targets: readonly string[]): Fragment {
  const types = targets.map((type) => typeNumber(type)!);
  return sql`unnest(${row}.keys) as k (key) cross join lateral (
    select * from fhir.search t where t.own = k.key # ${refers.toString()}::bigint and (${ofTypes(sql, sql`t.ty`, types)}) is true limit 1) t`;
}
