import type { KeysCondition } from '../condition/condition.ts';
import { and, bigints, joined, type Fragment, type Sql } from '../sql/fragment.ts';
import { anyDate, datesOf } from './main-date.ts';
import { all, conjuncts, isEverything, type RowCondition } from '../row-condition/row-condition.ts';
import { rank } from './access-path.ts';
import { accessPathOf, ofSeveralPatients } from './access-paths.ts';
import { areTooMany } from './together.ts';
import type { Segment, Source, PlanNode } from './plan-node.ts';

type DateCondition = Extract<RowCondition, { op: 'date' }>;

/** Rows in the order of the main date: the condition that leads to them, without the range of dates and the remaining tests. */
type ByDate = Omit<Source, 'rest'> & {
  /** Returns the test that no row in a range has a main date of more than a day; it is evaluated once. */
  readonly noneLong?: (range: Fragment) => Fragment;
};

/**
 * The plan nodes that find the rows of one condition in the order of the main date: those of a patient, and those of postings. Undefined if
 * no index has them in this order.
 */
export function orderedScansByDate(
  sql: Sql,
  types: readonly number[],
  { condition, others, descending }: { condition: RowCondition; others: readonly RowCondition[]; descending: boolean },
): PlanNode[] | undefined {
  switch (condition.op) {
    case 'patient':
      return [
        orderedScanByDate(sql, patientRows(sql, types, condition.any), others, descending),
        { kind: 'collect', source: { ...ofSeveralPatients(sql, types, condition.any), rest: all(others) } },
      ];
    case 'keys':
      return condition.postings === undefined
        ? undefined
        : [orderedScanByDate(sql, postings(sql, condition.postings), others, descending)];
    case 'any': {
      if (areTooMany(condition.of.length, [condition, ...others])) return undefined;
      const nodes = condition.of.map((each) => orderedScanOrFew(sql, types, { condition: each, others, descending }));
      return nodes.every((node) => node !== undefined) ? nodes.flat() : undefined;
    }
    case 'all':
    case 'not':
    case 'present':
    case 'own':
    case 'number':
    case 'string':
    case 'date':
    case 'last-updated':
    case 'near':
    case 'repetition':
    case 'full-text':
    case 'version':
    case 'refers':
    case 'referred':
    case 'holds':
    case 'boundary':
    case 'cared':
    case 'consented':
    case 'labelled':
    case 'unlabelled':
      return undefined;
  }
}

/** One branch of an `any`: an ordered scan, or all of it when it is likely to be little. */
function orderedScanOrFew(
  sql: Sql,
  types: readonly number[],
  { condition, others, descending }: { condition: RowCondition; others: readonly RowCondition[]; descending: boolean },
): PlanNode[] | undefined {
  const parts = conjuncts(condition);
  for (const part of parts) {
    const rest = [...others, ...parts.filter((each) => each !== part)];
    const nodes = orderedScansByDate(sql, types, { condition: part, others: rest, descending });
    if (nodes !== undefined) return nodes;
  }
  const accessPath = accessPathOf(sql, types, condition);
  if (accessPath === undefined || accessPath.rank > rank.some) return undefined;
  return accessPath.sources.map((source) => ({
    kind: 'collect',
    source: { ...source, rest: all([...others, source.rest]) },
  }));
}

/** All rows of some types, in the order of the main date. */
export function listByDate(
  sql: Sql,
  types: readonly number[],
  others: readonly RowCondition[],
  descending: boolean,
): PlanNode {
  const rows = { row: true, repeats: false, from: sql`fhir.search c` };
  const [only] = types;
  const where = types.length === 1 ? sql`c.ty = ${only!}::smallint` : sql`c.ty = y.ty`;
  const each = types.length === 1 ? {} : { parameters: eachType(sql, types) };
  return orderedScanByDate(sql, { ...rows, ...each, where }, others, descending);
}

/** Of one patient by its value alone: a list of one would be joined, which several nodes cannot do up to a limit. */
function patientRows(sql: Sql, types: readonly number[], patients: readonly bigint[]): ByDate {
  const [patient, ...others] = patients;
  const [only, ...more] = types;
  const lists = [
    ...(others.length === 0 ? [] : [sql`unnest(${bigints(patients)}::bigint[]) as p (pat)`]),
    ...(more.length === 0 ? [] : [eachType(sql, types)]),
  ];
  const parameters = joined(sql, lists, sql` cross join `);
  const ofPatient = others.length === 0 ? sql`${patient!.toString()}::bigint` : sql`p.pat`;
  const ofType = more.length === 0 ? sql`${only!}::smallint` : sql`y.ty`;
  return {
    row: true,
    repeats: false,
    ...(parameters !== undefined && { parameters }),
    from: sql`fhir.search c`,
    where: sql`c.pat = ${ofPatient} and c.ty = ${ofType}`,
  };
}

/** An index has the order within one type only, so each is scanned by itself. */
function eachType(sql: Sql, types: readonly number[]): Fragment {
  return sql`unnest(${`{${types.join(',')}}`}::smallint[]) as y (ty)`;
}

function postings(sql: Sql, asked: NonNullable<KeysCondition['postings']>): ByDate {
  const keys = bigints(asked.map(({ key }) => key));
  const from = sql`fhir.tok c`;
  const [first, ...others] = asked;
  if (others.length === 0) {
    const key = sql`${first!.key.toString()}::bigint`;
    const ofSystem = first!.system === undefined ? sql`` : sql` and c.sys = ${first!.system}::int`;
    const noneLong = (range: Fragment): Fragment =>
      sql`not exists (select 1 from fhir.tok c where c.key = ${key} and c.long and ${range})`;
    return { row: false, repeats: true, from, where: sql`c.key = ${key}${ofSystem}`, noneLong };
  }
  const systems = `{${asked.map(({ system }) => system ?? 'null').join(',')}}`;
  return {
    row: false,
    repeats: true,
    parameters: sql`unnest(${keys}::bigint[], ${systems}::int[]) as p (key, sys)`,
    from,
    where: sql`c.key = p.key and (p.sys is null or c.sys = p.sys)`,
  };
}

/** Consecutive ranges of the main date. */
function orderedScanByDate(sql: Sql, rows: ByDate, others: readonly RowCondition[], descending: boolean): PlanNode {
  const main = others.find((each): each is DateCondition => each.op === 'date' && each.key === 'main');
  const rest = all(others);
  const restBut = all(others.filter((each) => each !== main));
  const stretches = main === undefined ? [anyDate(rest)] : datesOf(sql, main.interval, { rest, restBut });
  const { noneLong, ...source } = rows;
  const isDateAlone = isEverything(restBut);
  const segments = stretches.flatMap(({ where, rest, open, surely }): Segment[] => {
    const range = and(sql, where);
    const segment = {
      ...{ ...source, where: and(sql, [rows.where, ...where]), rest, column: sql`c.dt`, limited: where.length > 0 },
      ...(surely && noneLong && isDateAlone && { surely: sql`${surely} and ${noneLong(range)}` }),
    };
    if (descending || !open) return [segment];
    // Ascending, dates without a beginning come last.
    return [
      { ...segment, where: sql`${segment.where} and c.dt > '-infinity'` },
      { ...segment, where: sql`${segment.where} and c.dt = '-infinity'`, column: undefined },
    ];
  });
  const inOrder = descending
    ? segments
    : [...segments.filter(hasColumn).reverse(), ...segments.filter((s) => !hasColumn(s))];
  return { kind: 'ordered-scan', segments: inOrder };
}

function hasColumn({ column }: Segment): boolean {
  return column !== undefined;
}
