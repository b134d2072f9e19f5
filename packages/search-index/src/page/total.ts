import type { Budget } from '@dhp/budget';
import { numberOf } from '../sql/columns.ts';
import { countingNodes } from '../plan/plan-alternatives.ts';
import { forEach, tested } from './candidates.ts';
import { alike, testsOf, type Branch } from './branches.ts';
import { heldCount, type Held } from './held-rows.ts';
import { joined, list, or, type Fragment, type Sql } from '../sql/fragment.ts';
import { anyOrder } from '../sort/order.ts';
import { isNothing } from '../row-condition/row-condition.ts';
import type { Run } from '../sql/run.ts';
import { pagesOfJoins, payForTime, payForTotal } from './payment.ts';
import { SearchTimeout } from '../sql/search-errors.ts';
import type { Segment, Source, PlanNode } from '../plan/plan-node.ts';

export interface Total {
  readonly value: number;
  readonly accurate: boolean;
}

/** Matches that are counted one by one before an estimate makes do. */
const counted = 10_000;
/** Rows that an estimate looks at. */
const sampled = 5_000;

/**
 * How many matches there are in all. `accurate` counts them if that can be done in the time that the session of `sql` allows;
 * else, and for `estimate` beyond 10,000, a sample of all rows tells.
 * @param budget pays for the rows that are counted
 * @param held count the contained resources that meet these, instead of the rows that contain them
 */
export async function totalOf(
  { sql, run, budget }: { sql: Sql; run: Run; budget?: Budget | undefined },
  branches: readonly Branch[],
  asked: 'estimate' | 'accurate',
  held?: readonly Held[],
): Promise<Total> {
  const some = branches.filter(({ where }) => !isNothing(where));
  if (some.length === 0) return { value: 0, accurate: true };
  const most = asked === 'estimate' ? counted : undefined;
  const least = await withinTime(payForTime(budget, () => count({ sql, run }, some, { most, held })));
  const pages = Math.max(...some.map(({ where }) => pagesOfJoins(where)));
  payForTotal(budget, { pages, rows: least ?? counted });
  if (least !== undefined && (most === undefined || least <= most)) return { value: least, accurate: true };
  const value = await withinTime(estimate({ sql, run }, some));
  return { value: Math.round(Math.max(value ?? 0, least ?? 0)), accurate: false };
}

async function withinTime(counting: Promise<number>): Promise<number | undefined> {
  try {
    return await counting;
  } catch (error) {
    if (error instanceof SearchTimeout) return undefined;
    throw error;
  }
}

/** @param most one more than that is not counted further */
async function count(
  { sql, run }: { sql: Sql; run: Run },
  branches: readonly Branch[],
  { most, held }: { most: number | undefined; held: readonly Held[] | undefined },
): Promise<number> {
  const counts = alike(branches).map(({ types, where }) => {
    const nodes = countingNodes(sql, types, where);
    const inOrder = stretchesOf(nodes);
    const sources = nodes.flatMap((node): readonly Source[] =>
      node.kind === 'ordered-scan' ? node.segments : [node.source],
    );
    const selects =
      inOrder?.map((segment) => ridsInOrder(sql, segment)) ?? sources.map((source) => ridsOf(sql, source));
    const rids = joined(sql, selects, sql` union all `)!;
    const repeats = inOrder === undefined && (sources.length > 1 || sources[0]!.repeats);
    if (repeats && most !== undefined && held === undefined) return distinctUpTo(sql, rids, most);
    const once = repeats ? sql`distinct` : sql``;
    const rows = sql`(select ${once} u.rid, u.shard from (${rids}) u ${most === undefined ? sql`` : sql`limit ${most + 1}`}) x`;
    if (held === undefined) return sql`(select count(*) from ${rows})`;
    return sql`(select coalesce(sum(h.matches), 0) from ${rows}
      cross join lateral (select * from fhir.search s where s.rid = x.rid and s.shard = x.shard limit 1) s
      cross join lateral (${heldCount(sql, sql`s`, held)}) h (matches))`;
  });
  const [row] = await run(sql, sql`select ${joined(sql, counts, sql` + `)!}`, 'total');
  return numberOf(row![0]);
}

/**
 * How many different ones there are, as far as `most` and one more. Twice as many rows tell, unless most of them come again: to find
 * those that differ among all of them, all would have to be read.
 */
function distinctUpTo(sql: Sql, rids: Fragment, most: number): Fragment {
  const enough = 2 * (most + 1);
  return sql`(
    with read as materialized (select u.rid, u.shard from (${rids}) u limit ${enough})
    select case when d.n > ${most} or (select count(*) from read) < ${enough} then least(d.n, ${most + 1}::bigint)
      else (select count(*) from (select distinct u.rid, u.shard from (${rids}) u limit ${most + 1}) x) end
    from (select count(*) as n from (select distinct rid, shard from read) once) d)`;
}

function ridsOf(sql: Sql, source: Source): Fragment {
  const { probes, tests } = tested(sql, source, { order: anyOrder, needed: false });
  return forEach(
    sql,
    source,
    sql`select c.rid, c.shard from ${source.from} ${probes} where ${source.where} and ${tests}`,
  );
}

/** Stretches of one index in its order, in which what comes again stands together: that takes half of the time to count each once. */
function stretchesOf(nodes: readonly PlanNode[]): readonly Segment[] | undefined {
  const [node] = nodes;
  if (nodes.length !== 1 || node?.kind !== 'ordered-scan') return undefined;
  return node.segments.every(({ column, parameters }) => column !== undefined && parameters === undefined)
    ? node.segments
    : undefined;
}

function ridsInOrder(sql: Sql, segment: Segment): Fragment {
  if (!segment.repeats) return ridsOf(sql, segment);
  const { probes, tests } = tested(sql, segment, { order: anyOrder, needed: false });
  const place = list(sql, [segment.column!, sql`c.rid`]);
  return sql`(select distinct on (${place}) c.rid, c.shard from ${segment.from} ${probes}
    where ${segment.where} and ${tests} order by ${place})`;
}

/** The share of matches in a sample of whole pages, of all rows. */
async function estimate({ sql, run }: { sql: Sql; run: Run }, branches: readonly Branch[]): Promise<number> {
  const [size] = await run(
    sql,
    sql`select sum(greatest(reltuples, 0)) from pg_class
        where oid in (select relid from pg_partition_tree('fhir.search') where isleaf union select 'fhir.search'::regclass)`,
    'size of the index',
  );
  const percent = Math.min(100, (100 * sampled) / Math.max(1, numberOf(size![0])));
  const isOne = or(sql, testsOf(sql, branches, sql`c`));
  const [row] = await run(
    sql,
    sql`select count(*) from fhir.search c tablesample system (${percent}::float4) where ${isOne}`,
    'sample',
  );
  return (numberOf(row![0]) * 100) / percent;
}
