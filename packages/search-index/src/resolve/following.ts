/**
 * Searches by which a client follows changes: all versions from a time on, in the order of time. docs/reliability.md, "Following changes"
 */
import { typeNumber } from '@dhp/fhir-model';
import type { Condition } from '../condition/condition.ts';
import type { SearchQuery } from '../query/search-query.ts';
import { untilOf } from '../sort/cursor.ts';

/** Whether the next search is likely to begin at the end of the last page. */
export function isFollowing({ sort, branches }: SearchQuery): boolean {
  const [first] = sort;
  if (first === undefined || first.by.kind !== 'last-updated' || first.descending) return false;
  return branches.length > 0 && branches.every(({ where }) => beginsAtTime(where));
}

function beginsAtTime(where: Condition): boolean {
  if (where.op === 'all') return where.of.some(beginsAtTime);
  return where.op === 'last-updated' && (where.interval.low?.ge ?? where.interval.low?.gt) !== undefined;
}

/** Asks the time, in milliseconds since 1970, before which no version of the types appears any more. */
export type Settle = (types: readonly number[]) => Promise<number>;

/**
 * The time up to which such a search shows versions, in milliseconds since 1970: nothing can appear later before it. All its pages end
 * there, since they show the state of the first one.
 */
export async function settledFor(
  settle: Settle,
  { branches }: SearchQuery,
  cursor: string | undefined,
): Promise<number> {
  const types = branches.map(({ type }) => typeNumber(type)).filter((type) => type !== undefined);
  return (cursor === undefined ? undefined : untilOf(cursor)) ?? settle(types);
}

export function before(query: SearchQuery, until: number): SearchQuery {
  const settled: Condition = { op: 'last-updated', interval: { low: { lt: until } } };
  const branches = query.branches.map(({ type, where }) => ({
    type,
    where: { op: 'all', of: [where, settled] } as const,
  }));
  return { ...query, branches };
}
