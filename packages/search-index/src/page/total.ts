import { hash } from 'node:crypto';
import type { Budget } from '@dhp/budget';
import { numberOf } from '../sql/columns.ts';
import type { FailedPlans } from '../plan/cost-limits.ts';
import { countingNodes, signature } from '../plan/plan-alternatives.ts';
import { forEach, tested } from './candidates.ts';
import { alike, testsOf, type Branch, type Branches } from './branches.ts';
import { countType, type KeptCounts } from './counted-type.ts';
import { heldCount, type Held } from './held-rows.ts';
import { lookedAtMost, lookedThrough, lookThrough, shareOf, type LookedThrough } from './looked-through.ts';
import { joined, list, or, type Fragment, type Sql } from '../sql/fragment.ts';
import { anyOrder } from '../sort/order.ts';
import { isEverything, isNothing, nothing, type RowCondition } from '../row-condition/row-condition.ts';
import { addedUp, type Run } from '../sql/run.ts';
import { countsOfShards, ofBranches } from './pages-of-shards.ts';
import { pagesOfJoins, payForTime, payForTotal } from './payment.ts';
import { SearchTimeout } from '../sql/search-errors.ts';
import type { Segment, Source, PlanNode } from '../plan/plan-node.ts';

export interface Total {
  readonly value: number;
  readonly accurate: boolean;
}

/** Matches that are counted one by one before an estimate makes do. */
const countedAtMost = 10_000;
/** Rows that an estimate reads. */
const sampled = 5_000;
/** Milliseconds for which a count is not tried again that took too long: the machine may have been busy with something else. */
const givenUpFor = 60_000;

/**
 * The total number of matches. `accurate` counts them if that is possible within the time limit of the session of `sql`; else, and for `estimate`
 * beyond 10,000, it is estimated from a sample of all rows. A count that was cancelled less than a minute ago is not tried again: each attempt would
 * take all of the time. Counts are the same if their conditions are, including those of the caller.
 * @param counting `budget` pays for the counted rows; `kept`: cached counts of whole types
 * @param held count the contained resources that meet these, instead of the rows that contain them
 */
export async function totalOf(
  counting: Counting,
  branches: readonly Branch[],
  asked: 'estimate' | 'accurate',
  held?: readonly Held[],
): Promise<Total> {
  const { sql, run, budget } = counting;
  const some = branches.filter(({ where }) => !isNothing(where));
  if (some.length === 0) return { value: 0, accurate: true };
  const whole = held === undefined ? wholeOf(counting, some, asked) : undefined;
  const through = whole === undefined && held === undefined ? lookedThrough(sql, alike(some)) : undefined;
  if (through !== undefined) return totalThrough(counting, some, through);
  const most = asked === 'estimate' && whole === undefined ? countedAtMost : undefined;
  const counts = (): Promise<Counted> =>
    whole === undefined ? count({ sql, run }, some, { most, held }) : countWhole(counting, whole);
  const within = remembering(counting.failedPlans, () => nameOf(some, held));
  const least = await within(`count ${asked}`, () => payForTime(budget, counts));
  const pages = Math.max(...some.map(({ where }) => pagesOfJoins(where)));
  payForTotal(budget, { pages, rows: least?.read ?? countedAtMost });
  if (least !== undefined && (most === undefined || least.value <= most)) return { value: least.value, accurate: true };
  const value = await within('sample', () => estimate({ sql, run }, some));
  return { value: Math.round(Math.max(value ?? 0, least?.value ?? 0)), accurate: false };
}

/** The total of a condition for which every resource of a type is read; for very many an estimate. */
async function totalThrough(counting: Counting, branches: readonly Branch[], through: LookedThrough): Promise<Total> {
  const { sql, run, kept, budget, lookedAt = lookedAtMost } = counting;
  const within = remembering(counting.failedPlans, () => nameOf(branches, undefined));
  const looked = await within('look', () => payForTime(budget, () => lookThrough({ sql, run }, through, lookedAt)));
  payForTotal(budget, { pages: pagesOfJoins(through.where), rows: looked?.read ?? lookedAt });
  if (looked !== undefined && looked.read <= lookedAt) return { value: looked.value, accurate: true };
  const value = await within('sample', async () => {
    if (looked === undefined) return estimate({ sql, run }, branches);
    const { count } = await countType({ sql, run, kept }, through.types[0]!, sql`0`, addedUp);
    const percent = await percentOfSample({ sql, run });
    return count * (await shareOf({ sql, run }, through, { percent, looked }));
  });
  return { value: Math.round(Math.max(value ?? 0, looked?.value ?? 0)), accurate: false };
}

/** The means of counting. */
export interface Counting {
  readonly sql: Sql;
  readonly run: Run;
  readonly kept: KeptCounts;
  readonly budget?: Budget | undefined;
  /** Remembers counts that took too long (default: none). */
  readonly failedPlans?: FailedPlans;
  /** Rows that are read one by one if no index leads to the counted ones (default: 100,000). */
  readonly lookedAt?: number | undefined;
}

/** A number, and the rows that were read for it. */
interface Counted {
  readonly value: number;
  readonly read: number;
}

/** All resources of a type except those with some keys, which an index finds. */
interface Whole {
  /** Its number. */
  readonly type: number;
  /** `nothing` without exceptions. */
  readonly but: RowCondition;
}

/** Undefined for other conditions, and if an estimate is enough and no count of the type is cached. */
function wholeOf({ kept }: Counting, branches: readonly Branch[], asked: 'estimate' | 'accurate'): Whole | undefined {
  const [branch, ...others] = alike(branches);
  const [type, ...more] = branch!.types;
  const but = missingIn(branch!.where);
  if (others.length > 0 || more.length > 0 || but === undefined) return undefined;
  return asked === 'estimate' && kept.get(type!) === undefined ? undefined : { type: type!, but };
}

function missingIn(where: RowCondition): RowCondition | undefined {
  if (isEverything(where)) return nothing;
  const but = where.op === 'not' ? where.of : undefined;
  return but?.op === 'keys' && but.expect !== 'most' ? but : undefined;
}

/** Both numbers are from one statement, or a write between two would be counted once. */
async function countWhole({ sql, run, kept }: Counting, { type, but }: Whole): Promise<Counted> {
  const beside = isNothing(but) ? sql`0` : counted(sql, { types: [type], where: but }, {});
  const found = await countType({ sql, run, kept }, type, beside, countsOfShards([{ where: but }]));
  return { value: found.count - found.beside, read: found.read };
}

/** Returns a function that runs a count unless the same was cancelled lately; its result is undefined if the count takes too long. */
function remembering(failed: FailedPlans | undefined, name: () => string) {
  return async <Result>(what: string, counting: () => Promise<Result>): Promise<Result | undefined> => {
    if (failed?.isEmpty() === false && failed.has(`${what} ${name()}`)) return undefined;
    try {
      return await counting();
    } catch (error) {
      if (!(error instanceof SearchTimeout)) throw error;
      failed?.add(`${what} ${name()}`, givenUpFor);
      return undefined;
    }
  };
}

/** A name of the counted set, as short for many types as for one. */
function nameOf(branches: readonly Branch[], held: readonly Held[] | undefined): string {
  const conditions = alike(branches).map(({ types, where }) => `${types.join()} ${signature(where)}`);
  const parts = held?.map(({ type, where }) => `${type} ${signature(where)}`) ?? [];
  return hash('sha256', [...conditions, 'held', ...parts].join('\n'), 'base64url');
}

/** How far is counted: `most` and one more; `held` as of `totalOf`. */
interface Limits {
  readonly most?: number | undefined;
  readonly held?: readonly Held[] | undefined;
}

async function count(
  { sql, run }: Pick<Counting, 'sql' | 'run'>,
  branches: readonly Branch[],
  limits: Limits,
): Promise<Counted> {
  const counts = alike(branches).map((each) => counted(sql, each, limits));
  const merge = countsOfShards([...branches, ...(limits.held ?? [])]);
  const statement = sql`select ${joined(sql, counts, sql` + `)!}`;
  const [row] = await run(sql, statement, 'total', merge && ofBranches(merge, branches));
  const value = numberOf(row![0]);
  return { value, read: value };
}

/** The number of matches, as a value of a statement. */
function counted(sql: Sql, { types, where }: Branches, { most, held }: Limits): Fragment {
  const nodes = countingNodes(sql, types, where);
  const inOrder = stretchesOf(nodes);
  const sources = nodes.flatMap((node): readonly Source[] =>
    node.kind === 'ordered-scan' ? node.segments : [node.source],
  );
  const selects = inOrder?.map((segment) => ridsInOrder(sql, segment)) ?? sources.map((source) => ridsOf(sql, source));
  const rids = joined(sql, selects, sql` union all `)!;
  const repeats = inOrder === undefined && (sources.length > 1 || sources[0]!.repeats);
  if (repeats && most !== undefined && held === undefined) return distinctUpTo(sql, rids, most);
  const once = repeats ? sql`distinct` : sql``;
  const rows = sql`(select ${once} u.rid, u.shard from (${rids}) u ${most === undefined ? sql`` : sql`limit ${most + 1}`}) x`;
  if (held === undefined) return sql`(select count(*) from ${rows})`;
  return sql`(select coalesce(sum(h.matches), 0) from ${rows}
    cross join lateral (select * from fhir.search s where s.rid = x.rid and s.shard = x.shard limit 1) s
    cross join lateral (${heldCount(sql, sql`s`, held)}) h (matches))`;
}

/**
 * The number of different ones, up to `most` and one more. Reading twice as many rows is enough, unless most of them repeat: to find the
 * different ones among those, all would have to be read.
 */
function distinctUpTo(sql: Sql, rids: Fragment, most: number): Fragment {
  const enough = 2 * (most + 1);
  return sql`(
    with read as materialized (select u.rid, u.shard from (${rids}) u limit ${enough})
    select case when d.n > ${most} or (select count(*) from read) < ${enough} then least(d.n, ${most + 1}::bigint)
      else (select count(*) from (select distinct u.rid, u.shard from (${rids}) u limit ${most + 1}) x) end
    from (select count(*) as n from (select distinct rid, shard from read) once) d)`;
}

function ridsOf(sql: Sql, { testHere, ...source }: Source): Fragment {
  const here = testHere === undefined ? source : { ...source, test: testHere };
  const { probes, tests } = tested(sql, here, { order: anyOrder, needed: false });
  return forEach(
    sql,
    source,
    sql`select c.rid, c.shard from ${source.from} ${probes} where ${source.where} and ${tests}`,
  );
}

/** Segments of one index in its order, in which repetitions are adjacent: counting each once then takes half of the time. */
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
  const percent = await percentOfSample({ sql, run });
  const isOne = or(sql, testsOf(sql, branches, sql`c`));
  const [row] = await run(
    sql,
    sql`select count(*) from fhir.search c tablesample system (${percent}::float4) where ${isOne}`,
    'sample',
    countsOfShards(branches),
  );
  return (numberOf(row![0]) * 100) / percent;
}

/** The percentage of the index that has the rows of a sample. */
async function percentOfSample({ sql, run }: { sql: Sql; run: Run }): Promise<number> {
  const [size] = await run(
    sql,
    sql`select sum(greatest(reltuples, 0)) from pg_class
        where oid in (select relid from pg_partition_tree('fhir.search') where isleaf union select 'fhir.search'::regclass)`,
    'size of the index',
    addedUp,
  );
  return Math.min(100, (100 * sampled) / Math.max(1, numberOf(size![0])));
}
