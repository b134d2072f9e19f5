import { forEach, isKnown, tested, undatedValue } from './candidates.ts';
import { and, joined, list, type Fragment, type Sql } from '../sql/fragment.ts';
import {
  behind,
  cast,
  direction,
  isBackward,
  orderBy,
  orderByOthers,
  orderedTerms,
  valueName,
  type Order,
} from '../sort/order.ts';
import type { PlanAlternative, Segment, Source } from '../plan/plan-node.ts';
import { stagesOf } from './stages.ts';
import type { SortColumn } from '../types/sorting.ts';

/** Context that all parts of one statement share. */
interface Reading {
  readonly sql: Sql;
  readonly order: Order;
  /** One more than the page has, to know whether there is another. */
  readonly rows: number;
  readonly limit: number | undefined;
  /** Whether the number of candidates is requested. */
  readonly counted: boolean;
}

/** The first matches of one plan node, or of one stretch of it: rows with the columns v1 …, rid, shard, cut. */
export interface Part {
  readonly name: Fragment;
  /** Common table expressions that its select reads. */
  readonly before: readonly Fragment[];
  readonly select: Fragment;
  /** It has each resource once, in the order. */
  readonly isPage: boolean;
  /** Whether a collection was cancelled; for an ordered scan, a row marked as cut shows it. Undefined if nothing has a limit. */
  readonly givenUp: Fragment | 'when cut' | undefined;
  /** The number of candidates read, by the name of the part; absent if it is not needed. */
  readonly candidates?: (name: Fragment) => Fragment;
}

export function partsOf(reading: Reading, alternative: PlanAlternative, branch: number): Part[] {
  const { sql, order, limit } = reading;
  return alternative.nodes.flatMap((node, n): Part[] => {
    const named = (k: number): Fragment => sql`${sql(`b${branch}_${n}_${k}`)}`;
    if (node.kind === 'collect')
      return [collected(reading, node.source, { name: named(0), all: sql(`a${branch}_${n}`) })];
    const segments = (isBackward(order) ? node.segments.toReversed() : node.segments)
      .filter((each) => isAhead(order, each))
      .flatMap((each) => stagesOf(sql, order, each));
    return segments.map((segment, k) => {
      const before = segments.slice(0, k).map((earlier, at) => countedOnce(sql, earlier, named(at)));
      const gate = joined(sql, before, sql` + `);
      const open = gate === undefined ? sql`true` : sql`${gate} < ${reading.rows}`;
      return {
        name: named(k),
        before: [],
        ...(order.columns.length > 1 ? scannedInSteps : scanned)(reading, segment, open),
        isPage: segment.parameters === undefined,
        givenUp: limit === undefined ? undefined : 'when cut',
      };
    });
  });
}

/**
 * The number of resources that a segment has found. A list of several keys is searched key by key, and a resource with two of them comes from
 * both.
 */
function countedOnce(sql: Sql, { parameters, repeats }: Segment, name: Fragment): Fragment {
  return parameters !== undefined && repeats
    ? sql`(select count(distinct rid) from ${name})`
    : sql`(select count(*) from ${name})`;
}

/** Rows without a value are behind all others; those of one prefix behind those of another one. */
function isAhead(order: Order, { column, prefix }: Segment): boolean {
  const { from, columns } = order;
  if (from === undefined || !columns[0]!.canMiss) return true;
  const [at = null] = from.values;
  const isAhead = from.before ? at === null || column !== undefined : at !== null || column === undefined;
  if (!isAhead || at === null || prefix === undefined || at.startsWith(prefix)) return isAhead;
  return columns[0]!.descending !== isBackward(order) ? prefix < at : prefix > at;
}

/**
 * A segment of an index in its order, as far as the page needs it. `open`: whether the segments before left room. Candidates are numbered if
 * there is a limit, or if they are counted: the last one of a full page shows how far it was read; else it was read to its end.
 */
function scanned(reading: Reading, segment: Segment, open: Fragment): Pick<Part, 'select' | 'candidates'> {
  const { sql, order, rows, limit, counted } = reading;
  const down = order.columns[0]!.descending !== isBackward(order);
  const terms = [...(segment.column === undefined ? [] : [segment.column]), sql`c.rid`];
  const ordered = list(
    sql,
    terms.map((term) => direction(sql, term, down)),
  );
  const once = segment.repeats ? sql`distinct on (${list(sql, terms)})` : sql``;
  const where = and(sql, [segment.where, open, segment.gate ?? sql`true`, scannedBehind(sql, order, segment)]);
  const value = valueOf(sql, order, segment);
  const also = alsoOf(sql, order, segment, down);
  const { probes, tests } = tested(sql, segment, { order, needed: also !== undefined, also });
  const candidates = (): Fragment =>
    sql`select ${once} ${neededOf(sql, segment, segment.column)} from ${segment.from} where ${where} order by ${ordered}`;
  if (limit === undefined && !counted) {
    const select =
      segment.joined !== undefined
        ? // Sorted first, so that only the rows that the page needs are probed.
          sql`select ${value} as v1, c.rid, c.shard, false as cut from (${candidates()} offset 0) c ${probes}
          where ${tests} order by ${ordered} limit ${rows}`
        : sql`select ${once} ${value} as v1, c.rid, c.shard, false as cut from ${segment.from} ${probes}
          where ${and(sql, [where, tests])} order by ${ordered} limit ${rows}`;
    return { select: forEach(sql, segment, select) };
  }
  const most = limit === undefined ? sql`` : sql`limit ${limit + 1}`;
  const isCut = cutOf(reading, segment);
  const select = sql`select ${value} as v1, c.rid, c.shard, ${isCut} as cut${counted ? sql`, c.n` : sql``} from (
            select row_number() over (order by ${ordered}) as n, c.* from (
              ${candidates()}
            ) c order by ${ordered} ${most}
          ) c ${probes} where (${isCut} or (${tests})) order by ${ordered} limit ${rows}`;
  const all = sql`${candidates()} ${most}`;
  return { select: forEach(sql, segment, select), ...(counted && { candidates: countOf(reading, segment, all) }) };
}

/** Whether a candidate stands for unread ones. */
function cutOf({ sql, limit }: Reading, { unread }: Segment): Fragment {
  if (limit === undefined) return sql`false`;
  return unread === undefined ? sql`c.n > ${limit}` : sql`(c.n > ${limit} or ${unread})`;
}

/** The last one of a full page shows how far it was read. @param all its candidates, up to the limit */
function countOf({ sql, rows }: Reading, segment: Segment, all: Fragment): NonNullable<Part['candidates']> {
  const lists = segment.parameters === undefined ? sql`1` : sql`(select count(*) from ${segment.parameters})`;
  return (name) => sql`(case when (select count(*) from ${name}) >= ${rows} then (select max(n) from ${name}) * ${lists}
      else (select count(*) from (${forEach(sql, segment, all)}) c) end)`;
}

/**
 * The same in the order of several columns. The index has the first one, and rows that are equal in it are sorted by the others, one value of it
 * after the other. The surplus candidate comes before those that are equal to it, because not all of these were read.
 */
function scannedInSteps(reading: Reading, segment: Segment, open: Fragment): Pick<Part, 'select' | 'candidates'> {
  const { sql, order, rows, limit, counted } = reading;
  const [, ...others] = order.columns;
  const down = order.columns[0]!.descending !== isBackward(order);
  const { column } = segment;
  const terms = [...(column === undefined ? [] : [column]), sql`c.rid`];
  const ordered = list(
    sql,
    terms.map((term) => direction(sql, term, down)),
  );
  const also = alsoOf(sql, order, segment, down);
  const needed = also !== undefined || others.some(isOfRow);
  const { probes, tests } = tested(sql, segment, { order, needed, also });
  const row = segment.row ? sql`c` : sql`s`;
  const values = list(sql, [
    sql`${valueOf(sql, order, segment)} as v1`,
    ...others.map((other, n) => sql`${other.value(sql, row)} as ${valueName(sql, n + 1)}`),
  ]);
  const where = and(sql, [segment.where, open, segment.gate ?? sql`true`, scannedBehind(sql, order, segment)]);
  // The planner sees the order of the index by the column alone, not behind a prefix.
  const first = column === undefined ? [] : [direction(sql, sql`o1`, down)];
  const o1 = column === undefined ? sql`` : sql`${column} as o1,`;
  const distinct = segment.repeats ? sql`distinct on (${list(sql, terms)})` : sql``;
  const candidates = (): Fragment =>
    sql`select ${distinct} ${neededOf(sql, segment, column)} from ${segment.from} where ${where} order by ${ordered}`;
  const isCut = cutOf(reading, segment);
  const most = limit === undefined ? sql`` : sql`limit ${limit + 1}`;
  // A separate select is planned by itself, which keeps its order.
  const onceInOrder = areStanding(others) ? sql`` : sql`order by ${ordered} offset 0`;
  const select = sql`select b.* from (
      select ${o1} ${values}, c.rid, c.shard, ${isCut} as cut, c.n from (
        select row_number() over (order by ${ordered}) as n, c.* from (${candidates()}) c order by ${ordered} ${most}
      ) c ${probes} where (${isCut} or (${tests})) ${onceInOrder}
    ) b where (cut or ${behind(sql, order)})
    order by ${list(sql, [...first, sql`cut desc`, orderByOthers(sql, order)])} limit ${rows}`;
  const all = sql`${candidates()} ${most}`;
  return { select: forEach(sql, segment, select), ...(counted && { candidates: countOf(reading, segment, all) }) };
}

function isOfRow({ ofResource, ofBoth }: SortColumn): boolean {
  return !ofResource || ofBoth === true;
}

/** Kinds of values with a separate column. */
const standing: ReadonlySet<SortColumn['by']['kind']> = new Set(['main-date', 'last-updated', 'id']);

/** A value of a list or of the body is computed once a row, and not for each part of the order that asks for it. */
function once(sql: Sql, columns: readonly SortColumn[]): Fragment {
  return areStanding(columns) ? sql`` : sql`offset 0`;
}

function areStanding(columns: readonly SortColumn[]): boolean {
  return columns.every(({ by }) => standing.has(by.kind));
}

/** All candidates of a source that meet the conditions; the first of them in the order. Surplus candidates are not tested. */
function collected(reading: Reading, source: Source, { name, all }: { name: Fragment; all: Fragment }): Part {
  const { sql, order, rows, limit, counted } = reading;
  const { test, ...tellable } = source;
  const { probes, tests } = tested(sql, tellable, {
    order,
    needed: order.columns.some((column) => isOfRow(column) && !isKnown(column, source)),
  });
  const row = source.row ? sql`c` : sql`s`;
  const values = list(
    sql,
    order.columns.map((column, n) => {
      const value = isKnown(column, source) ? undatedValue(sql, column) : column.value(sql, row);
      return sql`${value} as ${valueName(sql, n)}`;
    }),
  );
  const needed = forEach(sql, source, sql`select ${neededOf(sql, source)} from ${source.from} where ${source.where}`);
  const sorted = (from: Fragment, also: readonly Fragment[]): Fragment => sql`
    select distinct on (${orderedTerms(sql, order)}) * from (
      select ${values}, c.rid, c.shard, false as cut ${test === undefined ? sql`` : sql`, c.txid`}
      from ${from} c ${probes} where ${and(sql, [...also, tests])} ${once(sql, order.columns)}
    ) b where ${behind(sql, order)} order by ${orderBy(sql, order)}`;
  // A test that reads further rows is run for as many candidates, from the first on, as the page needs.
  const matches = (from: Fragment, also: readonly Fragment[]): Fragment =>
    test === undefined
      ? sql`${sorted(from, also)} limit ${rows}`
      : sql`select * from (${sorted(from, also)} offset 0) c where ${test} limit ${rows}`;
  if (limit === undefined && !counted) {
    return { name, before: [], select: matches(sql`(${needed})`, []), isPage: true, givenUp: undefined };
  }
  const count = sql`(select count(*) from ${all})`;
  const part = { name, isPage: true, candidates: () => count };
  if (limit === undefined) {
    return { ...part, before: [sql`${all} as materialized (${needed})`], select: matches(all, []), givenUp: undefined };
  }
  return {
    ...part,
    before: [sql`${all} as materialized (${needed} limit ${limit + 1})`],
    select: matches(all, [sql`${count} <= ${limit}`]),
    givenUp: sql`${count} > ${limit}`,
  };
}

/** The needed columns of a candidate. Of a posting only its sort value and its resource, so that an index-only scan is possible. */
function neededOf(sql: Sql, { row, test, unread }: Source & Pick<Segment, 'unread'>, column?: Fragment): Fragment {
  if (row) return sql`c.*`;
  const place = [
    sql`c.rid`,
    sql`c.shard`,
    ...(test === undefined ? [] : [sql`c.txid`]),
    ...(unread === undefined ? [] : [unread]),
  ];
  return list(sql, column === undefined ? place : [column, ...place]);
}

/** The first column of the sort order. */
function valueOf(sql: Sql, order: Order, { column, prefix }: Segment): Fragment {
  const [first] = order.columns;
  if (column !== undefined && prefix !== undefined) return sql`${prefix}::text || ${column}`;
  return column ?? sql`null::${sql(first!.type)}`;
}

/** Orders the tests so that the cheap one runs first. */
function alsoOf(sql: Sql, order: Order, { also, joined }: Segment, down: boolean): Fragment | undefined {
  const { from, columns } = order;
  // Reading backwards, a row comes first where it occurs last.
  if (joined === undefined || also === undefined || isBackward(order)) return also;
  const at = from?.values[0] ?? null;
  const since = at === null ? undefined : cast(sql, columns[0]!, at);
  // The planner runs the test first that it considers cheap.
  return sql`case when ${joined(since, down)} then ${also} else false end`;
}

function scannedBehind(sql: Sql, order: Order, { column, prefix = '', joined, limited }: Segment): Fragment {
  const { from, columns } = order;
  if (from === undefined) return sql`true`;
  const [first, ...others] = columns;
  const at = from.values[0] ?? null;
  const down = first!.descending !== from.before;
  if (column === undefined) {
    if (at !== null || others.length > 0) return sql`true`;
    return down ? sql`c.rid < ${from.rid}::bigint` : sql`c.rid > ${from.rid}::bigint`;
  }
  // Rows of another prefix are all behind.
  if (at?.startsWith(prefix) !== true) return sql`true`;
  const value = cast(sql, first!, at.slice(prefix.length));
  if (others.length > 0) return down ? sql`${column} <= ${value}` : sql`${column} >= ${value}`;
  const limit = sql`(${value}, ${from.rid}::bigint)`;
  const behind = down ? sql`(${column}, c.rid) < ${limit}` : sql`(${column}, c.rid) > ${limit}`;
  // No index covers a pair from two tables; and of limits on one column the tightest is used, but a pair is not such a limit.
  if (joined === undefined && limited !== true) return behind;
  return down ? sql`${column} <= ${value} and ${behind}` : sql`${column} >= ${value} and ${behind}`;
}
