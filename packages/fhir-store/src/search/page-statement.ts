import { forEach, isKnown, tested, undatedValue } from './candidates.ts';
import { and, joined, list, or, type Fragment, type Sql } from './fragment.ts';
import { behind, cast, isBackward, orderBy, orderedTerms, ridDescends, valueName, type Order } from './order.ts';
import type { Attempt, Segment, Source } from './way.ts';

/** What every part of one statement needs to know. */
interface Reading {
  readonly sql: Sql;
  readonly order: Order;
  /** One more than the page has, to know whether there is another. */
  readonly rows: number;
  readonly limit: number | undefined;
}

interface Part {
  readonly name: Fragment;
  readonly select: Fragment;
  readonly gathers: boolean;
}

/**
 * The statement of one page: every way's first matches, each a materialized part; merged, and each resource once; then what
 * `columns` asks of the rows `p` of the page. Its first columns are the snapshot, whether an attempt was given up (the page is then
 * worth nothing), and what is asked beside; they come even when there is no match, with nulls behind them.
 * @param attempts one for each type; at least one of them has a way
 */
export function pageStatement(
  sql: Sql,
  { attempts, order, rows }: { attempts: readonly Attempt[]; order: Order; rows: number },
  { columns, joins, also }: PageColumns,
): Fragment {
  const parts = attempts.flatMap((attempt, n) => partsOf({ sql, order, rows, limit: attempt.limit }, attempt, n));
  const values = order.columns.map((_, index) => valueName(sql, index));
  const shared = list(sql, [...values, sql`rid`, sql`shard`, sql`cut`]);
  const union = joined(
    sql,
    parts.map(({ name, gathers }) => sql`select ${shared} from ${name}${gathers ? sql` where not cut` : sql``}`),
    sql` union all `,
  );
  const ctes = list(
    sql,
    parts.map(({ name, select }) => sql`${name} as materialized (${select})`),
  );
  const givenUp = [
    sql`exists (select from page where cut)`,
    ...parts.filter(({ gathers }) => gathers).map(({ name }) => sql`exists (select from ${name} where cut)`),
  ];
  return sql`
    with ${ctes}, page as materialized (
      select distinct on (${orderedTerms(sql, order)}) * from (${union!}) u
      order by ${orderBy(sql, order)}, cut desc limit ${rows}
    )
    select h.*, m.* from (
      select pg_current_snapshot() as snapshot, ${or(sql, givenUp)} as given_up, ${also ?? sql`null`} as also
    ) h left join lateral (
      select ${columns}
      from page p ${joins}
      where not h.given_up
      order by ${list(sql, orderedAgain(sql, order))}
    ) m on true`;
}

/** What a statement tells of its page, and the tables that it needs for it, joined to `p`. */
export interface PageColumns {
  readonly columns: Fragment;
  readonly joins: Fragment;
  /** What it tells beside, once. */
  readonly also?: Fragment;
}

/** Something of a match (how good it is), of its search row `t` and resource `r`. */
export type Score = (sql: Sql, row: Fragment) => Fragment;

/** The versions themselves, their score, what `marks` tells of them, the rid and the values that they are sorted by. */
export function bodies(
  sql: Sql,
  order: Order,
  { score, marks }: { score?: Score | undefined; marks?: Score | undefined },
): PageColumns {
  const values = order.columns.map((_, index) => sql`p.${valueName(sql, index)}::text`);
  const resource = sql`join fhir.resource r on r.rid = p.rid and r.shard = p.shard`;
  return {
    columns: sql`r.ty, r.id, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.content,
      ${score === undefined ? sql`null::float8` : score(sql, sql`t`)},
      ${marks === undefined ? sql`null::text` : marks(sql, sql`t`)}, p.rid, ${list(sql, values)}`,
    joins:
      score === undefined && marks === undefined
        ? resource
        : sql`${resource} join fhir.search t on t.rid = p.rid and t.shard = p.shard`,
  };
}

/** Only which versions they are. */
export function identities(sql: Sql): PageColumns {
  return { columns: sql`r.id, r.ver`, joins: sql`join fhir.resource r on r.rid = p.rid and r.shard = p.shard` };
}

/** The hashes of `Type/<id>`. */
export function ownHashes(sql: Sql, also: Fragment): PageColumns {
  return { columns: sql`t.own`, joins: sql`join fhir.search t on t.rid = p.rid and t.shard = p.shard`, also };
}

/** The order once more, of rows `p`. */
function orderedAgain(sql: Sql, order: Order): Fragment[] {
  const back = isBackward(order);
  const terms = order.columns.flatMap((column, index) => {
    const value = sql`p.${valueName(sql, index)}`;
    const by = column.type === 'text' ? sql`${value} collate "C"` : value;
    const missing = column.canMiss ? [direction(sql, sql`(${value} is null)`, back)] : [];
    return [...missing, direction(sql, by, column.descending !== back)];
  });
  return [...terms, direction(sql, sql`p.rid`, ridDescends(order))];
}

function direction(sql: Sql, term: Fragment, down: boolean): Fragment {
  return down ? sql`${term} desc` : term;
}

function partsOf(reading: Reading, attempt: Attempt, branch: number): Part[] {
  const { sql } = reading;
  return attempt.ways.flatMap((way, n): Part[] => {
    const named = (k: number): Fragment => sql`${sql(`b${branch}_${n}_${k}`)}`;
    if (way.kind === 'gather') return [{ name: named(0), gathers: true, select: gathered(reading, way.source) }];
    const back = isBackward(reading.order);
    const segments = (back ? way.segments.toReversed() : way.segments).filter((each) => isAhead(reading.order, each));
    return segments.map((segment, k) => {
      const before = Array.from({ length: k }, (_, earlier) => sql`(select count(*) from ${named(earlier)})`);
      const gate = joined(sql, before, sql` + `);
      const open = gate === undefined ? sql`true` : sql`${gate} < ${reading.rows}`;
      return { name: named(k), gathers: false, select: walked(reading, segment, open) };
    });
  });
}

/** Rows without a value stand behind all others. */
function isAhead({ from, columns }: Order, { column }: Segment): boolean {
  if (from === undefined || !columns[0]!.canMiss) return true;
  const among = from.values[0] === null;
  return from.before ? among || column !== undefined : !among || column === undefined;
}

/** A stretch of an index in its order, as far as the page needs it. `open`: whether the stretches before left room. */
function walked(reading: Reading, segment: Segment, open: Fragment): Fragment {
  const { sql, order, rows, limit } = reading;
  const down = order.columns[0]!.descending !== isBackward(order);
  const terms = [...(segment.column === undefined ? [] : [segment.column]), sql`c.rid`];
  const ordered = list(
    sql,
    terms.map((term) => direction(sql, term, down)),
  );
  const once = segment.repeats ? sql`distinct on (${list(sql, terms)})` : sql``;
  const where = and(sql, [segment.where, open, walkedBehind(sql, order, segment)]);
  const value = valueOf(sql, order, segment);
  const also = alsoOf(sql, order, segment, down);
  const { probes, tests } = tested(sql, segment, { order, needed: also !== undefined, also });
  const candidates = (): Fragment =>
    sql`select ${once} ${neededOf(sql, segment, segment.column)} from ${segment.from} where ${where} order by ${ordered}`;
  const select =
    limit === undefined
      ? segment.joined !== undefined
        ? // Sorted first, so that only those are probed that the page needs.
          sql`select ${value} as v1, c.rid, c.shard, false as cut from (${candidates()} offset 0) c ${probes}
          where ${tests} order by ${ordered} limit ${rows}`
        : sql`select ${once} ${value} as v1, c.rid, c.shard, false as cut from ${segment.from} ${probes}
          where ${and(sql, [where, tests])} order by ${ordered} limit ${rows}`
      : sql`select ${value} as v1, c.rid, c.shard, c.n > ${limit} as cut from (
            select row_number() over (order by ${ordered}) as n, c.* from (
              ${candidates()}
            ) c order by ${ordered} limit ${limit + 1}
          ) c ${probes} where (c.n > ${limit} or (${tests})) order by ${ordered} limit ${rows}`;
  return forEach(sql, segment, select);
}

/** All candidates of a source that meet the conditions; the first of them in the order. */
function gathered(reading: Reading, source: Source): Fragment {
  const { sql, order, rows, limit } = reading;
  const { probes, tests } = tested(sql, source, {
    order,
    needed: order.columns.some((column) => !column.ofResource && !isKnown(column, source)),
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
  const select =
    limit === undefined
      ? sql`select ${values}, c.rid, c.shard, false as cut from (${needed}) c ${probes} where ${tests}`
      : sql`select ${values}, c.rid, c.shard, c.n > ${limit} as cut from (
            select row_number() over () as n, c.* from (${needed}) c limit ${limit + 1}
          ) c ${probes} where (c.n > ${limit} or (${tests}))`;
  return sql`
    select distinct on (cut, ${orderedTerms(sql, order)}) * from (${select}) b
    where (cut or ${behind(sql, order)}) order by cut desc, ${orderBy(sql, order)} limit ${rows}`;
}

/**
 * The columns of a candidate that anything asks for. Of a posting no more than where it stands and whose it is, so that its index
 * alone tells.
 */
function neededOf(sql: Sql, { row, test }: Source, column?: Fragment): Fragment {
  if (row) return sql`c.*`;
  const place = [sql`c.rid`, sql`c.shard`, ...(test === undefined ? [] : [sql`c.txid`])];
  return list(sql, column === undefined ? place : [column, ...place]);
}

/** The first column as it is sorted by. */
function valueOf(sql: Sql, order: Order, { column }: Segment): Fragment {
  const [first] = order.columns;
  return column ?? sql`null::${sql(first!.type)}`;
}

/** What is cheap to ask comes first. */
function alsoOf(sql: Sql, order: Order, { also, joined }: Segment, down: boolean): Fragment | undefined {
  const { from, columns } = order;
  // Walking back, a row comes first where it stands last.
  if (joined === undefined || also === undefined || isBackward(order)) return also;
  const at = from?.values[0] ?? null;
  const since = at === null ? undefined : cast(sql, columns[0]!, at);
  // The planner asks what looks cheap to it first.
  return sql`case when ${joined(since, down)} then ${also} else false end`;
}

function walkedBehind(sql: Sql, order: Order, { column, joined, limited }: Segment): Fragment {
  const { from, columns } = order;
  if (from === undefined) return sql`true`;
  const [first] = columns;
  const at = from.values[0] ?? null;
  const down = first!.descending !== from.before;
  if (column === undefined) {
    if (at !== null) return sql`true`;
    return down ? sql`c.rid < ${from.rid}::bigint` : sql`c.rid > ${from.rid}::bigint`;
  }
  if (at === null) return sql`true`;
  const value = cast(sql, first!, at);
  const limit = sql`(${value}, ${from.rid}::bigint)`;
  const behind = down ? sql`(${column}, c.rid) < ${limit}` : sql`(${column}, c.rid) > ${limit}`;
  // No index has a pair of two tables; and of limits of one column the tightest counts, but a pair is none of them.
  if (joined === undefined && limited !== true) return behind;
  return down ? sql`${column} <= ${value} and ${behind}` : sql`${column} >= ${value} and ${behind}`;
}
