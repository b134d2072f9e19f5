import { keysOfParts } from '../keys/umbrella-strings.ts';
import type { Presence } from '../keys/usual-parameters.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';
import { all, type RowCondition } from '../row-condition/row-condition.ts';
import { check } from '../row-condition/check.ts';
import type { SortColumn } from '../types/sorting.ts';
import { postedKeys } from '../types/token/sorting.ts';
import type { Segment, Source, PlanNode } from './plan-node.ts';

/**
 * All rows of a type in the order of another value than the main date; undefined if no index has it. A row with several values counts once,
 * with the one that decides its place.
 */
export function orderedScanByValue(
  sql: Sql,
  ty: number,
  column: SortColumn,
  others: readonly RowCondition[],
): PlanNode | undefined {
  const rest = all(others);
  const { by } = column;
  switch (by.kind) {
    case 'last-updated':
      return {
        kind: 'ordered-scan',
        segments: [
          {
            ...bare(sql`fhir.resource c`),
            where: sql`c.ty = ${ty}::smallint`,
            rest,
            deletedToo: true,
            column: sql`c.upd`,
          },
        ],
      };
    case 'id':
      return {
        kind: 'ordered-scan',
        segments: [
          {
            ...bare(sql`fhir.identity c`),
            where: sql`c.ty = ${ty}::smallint`,
            rest,
            deletedToo: true,
            column: sql`c.id`,
          },
        ],
      };
    case 'string':
    case 'number':
    case 'date': {
      const { table, physical } = {
        string: { table: sql`fhir.str c`, physical: sql`c.v` },
        number: { table: sql`fhir.num c`, physical: sql`c.lo` },
        date: { table: sql`fhir.date c`, physical: sql`c.lo` },
      }[by.kind];
      const finite = by.kind === 'date' ? sql`and c.lo > '-infinity'` : sql``;
      const parts = by.kind === 'string' ? keysOfParts(by.key) : [];
      const posted =
        parts.length === 0
          ? { ...bare(table), where: sql`c.key = ${by.key.toString()}::bigint ${finite}`, column: physical }
          : underSeveral(sql, [by.key, ...parts], { ...bare(table), column: physical });
      return { kind: 'ordered-scan', segments: posting(sql, ty, { column, rest, posted }) };
    }
    case 'quantity': {
      // Each unit has its own keys, and each of these its numbers in order.
      const parameters = sql`(select w.key from fhir.word w where w.parameter = ${by.posted.toString()}::bigint) p`;
      const posted = {
        ...bare(sql`fhir.num c`),
        parameters,
        where: sql`c.key = p.key`,
        column: sql`c.lo`,
        lists: column.lists ?? 1,
      };
      return { kind: 'ordered-scan', segments: posting(sql, ty, { column, rest, posted }) };
    }
    case 'word':
      return { kind: 'ordered-scan', segments: orderedScanByWord(sql, ty, { column, by, rest }) };
    case 'main-date':
    case 'json':
    case 'reference':
    case 'score':
      return undefined;
  }
}

/** Each of the keys has its strings in order. */
function underSeveral<Of extends object>(sql: Sql, keys: readonly bigint[], of: Of) {
  const parameters = sql`unnest(${bigints(keys)}::bigint[]) as p (key)`;
  return { ...of, parameters, where: sql`c.key = p.key`, lists: keys.length };
}

/** Rows by their postings, each only with the value that decides its place; at the end the rows without a value. */
function posting(
  sql: Sql,
  ty: number,
  {
    column,
    rest,
    posted,
  }: { column: SortColumn; rest: RowCondition; posted: Omit<Segment, 'rest'> & { readonly column: Fragment } },
): Segment[] {
  return [
    { ...posted, repeats: true, rest, also: sql`${posted.column} = ${column.value(sql, sql`s`)}` },
    {
      row: true,
      repeats: false,
      from: sql`fhir.search c`,
      where: sql`c.ty = ${ty}::smallint and (${column.value(sql, sql`c`)}) is null`,
      rest,
      column: undefined,
      ofType: ty,
    },
  ];
}

/**
 * Words in their order, and for each the rows that have it, by postings if there are some and else by their keys; at the end the rows
 * without a word.
 */
function orderedScanByWord(
  sql: Sql,
  ty: number,
  { column, by, rest }: { column: SortColumn; by: Extract<SortColumn['by'], { kind: 'word' }>; rest: RowCondition },
): Segment[] {
  const rows = by.posted
    ? sql`select t.rid, t.shard from fhir.tok t where t.key = w.key`
    : sql`select s.rid, s.shard from fhir.search s where s.keys @> array[w.key] and (s.ty = ${ty}::smallint) is true`;
  const own = column.value(sql, sql`c`);
  const parameter = by.parameter.toString();
  return [
    {
      ...bare(sql`(select w.v, o.rid, o.shard from fhir.word w cross join lateral (${rows}) o
        where w.parameter = ${parameter}::bigint) c`),
      repeats: true,
      joined(since, down) {
        const before = since === undefined ? sql`` : down ? sql`and e.v <= ${since}` : sql`and e.v >= ${since}`;
        return sql`not exists (select 1 from fhir.word e where e.parameter = ${parameter}::bigint
          and ${down ? sql`e.v > c.v` : sql`e.v < c.v`} ${before} and e.key = any(${by.posted ? postedKeys(sql, sql`s`) : sql`s.keys`}))`;
      },
      where: sql`true`,
      rest,
      column: sql`c.v`,
      also: sql`c.v = ${column.value(sql, sql`s`)}`,
    },
    {
      row: true,
      repeats: false,
      from: sql`fhir.search c`,
      where: sql`c.ty = ${ty}::smallint and (not ${isPresent(sql, by.present)} or ${own} is null)`,
      rest,
      column: undefined,
      ofType: ty,
    },
  ];
}

function isPresent(sql: Sql, { key, bit }: Presence): Fragment {
  const condition: RowCondition =
    bit === undefined ? { op: 'keys', any: [key], expect: 'most' } : { op: 'present', key, bit };
  return check(sql, condition, sql`c`);
}

function bare(from: Fragment): Omit<Source, 'where' | 'rest'> {
  return { row: false, repeats: false, from };
}
