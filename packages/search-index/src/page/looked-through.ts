/**
 * Counts of conditions without an index, such as `:missing` of a usual parameter: every resource of the type would have to be read. Up to a limit
 * they are, and beyond it the number is estimated. docs/decisions/0088-short-ways-below-the-pipeline.md
 */
import { numberOf } from '../sql/columns.ts';
import { joined, type Fragment, type Sql } from '../sql/fragment.ts';
import { anyOrder } from '../sort/order.ts';
import { check } from '../row-condition/check.ts';
import { isEverything } from '../row-condition/row-condition.ts';
import { countingNodes } from '../plan/plan-alternatives.ts';
import type { Source } from '../plan/plan-node.ts';
import type { Run } from '../sql/run.ts';
import { countsOfShards } from './pages-of-shards.ts';
import type { Branches } from './branches.ts';
import { forEach, tested } from './candidates.ts';

/** Rows that are read one by one before an estimate is used. */
export const lookedAtMost = 100_000;
/** Rows of a type in a sample, from which on its share is representative; below, the share of the rows read is used. */
const enoughSampled = 500;

/** Resources of one type that are read one by one. */
export interface LookedThrough extends Branches {
  readonly sources: readonly Source[];
}

/** The rows of one type that have to be read one by one; undefined if an index leads to the counted rows, or decides by itself. */
export function lookedThrough(sql: Sql, groups: readonly Branches[]): LookedThrough | undefined {
  const [group, ...others] = groups;
  if (group === undefined || others.length > 0 || group.types.length > 1) return undefined;
  const sources = countingNodes(sql, group.types, group.where).flatMap((node): readonly Source[] =>
    node.kind === 'ordered-scan' ? node.segments : [],
  );
  const isEach = ({ row, repeats, rest }: Source): boolean => row && !repeats && !isEverything(rest);
  return sources.length > 0 && sources.every(isEach) ? { ...group, sources } : undefined;
}

/** Reads this many rows and one more. @returns the number of matches among the rows read */
export async function lookThrough(
  { sql, run }: { readonly sql: Sql; readonly run: Run },
  { sources, where }: LookedThrough,
  most: number,
): Promise<{ readonly value: number; readonly read: number }> {
  const looks = sources.map((source) => {
    const { probes, tests } = tested(sql, source, { order: anyOrder, needed: false });
    return forEach(sql, source, sql`select (${tests}) as ok from ${source.from} ${probes} where ${source.where}`);
  });
  const rows: Fragment = joined(sql, looks, sql` union all `)!;
  const statement = sql`select count(*) filter (where l.ok), count(*) from (select u.ok from (${rows}) u limit ${most + 1}) l`;
  const [row] = await run(sql, statement, 'total', countsOfShards([{ where }]));
  return { value: numberOf(row![0]), read: numberOf(row![1]) };
}

/**
 * The share of matches among the resources of the type.
 * @param percent of the pages of the index that are a sample of all types
 * @param looked the result for the first rows
 */
export async function shareOf(
  { sql, run }: { readonly sql: Sql; readonly run: Run },
  { types, where }: Branches,
  { percent, looked }: { readonly percent: number; readonly looked: { readonly value: number; readonly read: number } },
): Promise<number> {
  const [row] = await run(
    sql,
    sql`select count(*) filter (where ${check(sql, where, sql`c`)}), count(*)
        from fhir.search c tablesample system (${percent}::float4) where c.ty = ${types[0]!}::smallint`,
    'sample',
    countsOfShards([{ where }]),
  );
  const sample = { value: numberOf(row![0]), read: numberOf(row![1]) };
  const { value, read } = sample.read < enoughSampled ? looked : sample;
  return value / read;
}
