import { joined, type Sql } from '../sql/fragment.ts';
import { sizeOf, type RowCondition } from '../row-condition/row-condition.ts';
import type { AccessPath } from './access-path.ts';
import type { Source } from './plan-node.ts';

/** The most conditions that the sources of an access path may repeat as remaining tests. */
const mostRepeated = 1_000;
/** Sources that are parts of a statement by themselves. */
const mostSources = 32;

/** Whether this many parts of a statement, each with all of these conditions, are too many: the statement grows with their product. */
export function areTooMany(parts: number, others: readonly RowCondition[]): boolean {
  return parts > mostSources || parts * others.reduce((size, other) => size + sizeOf(other), 0) > mostRepeated;
}

/**
 * The access path of a condition, with all of its sources merged into one if they are many: then the remaining tests are in the statement
 * once, together with the condition itself, which replaces the tests of single sources. Undefined if they cannot be merged.
 */
export function together(
  sql: Sql,
  accessPath: AccessPath,
  condition: RowCondition,
  others: readonly RowCondition[],
): AccessPath | undefined {
  const { sources } = accessPath;
  const left = sources.map(({ rest }) => rest);
  if (sources.length < 2 || !areTooMany(sources.length, [...others, ...left])) return accessPath;
  if (sources.some(({ parameters, test }) => parameters !== undefined || test !== undefined)) return undefined;
  const selects = sources.map(({ from, where }) => sql`select c.rid, c.shard from ${from} where ${where}`);
  const source: Source = {
    row: false,
    repeats: true,
    from: sql`(${joined(sql, selects, sql` union all `)!}) c`,
    where: sql`true`,
    rest: condition,
    ...(sources.every(({ undated }) => undated) && { undated: true }),
    ...(sources.some(({ deletedToo }) => deletedToo) && { deletedToo: true }),
  };
  return { ...accessPath, sources: [source] };
}
