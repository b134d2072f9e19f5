/** Searches by which somebody follows what is stored: all from a time on, in the order of that. docs/reliability.md, "Following changes" */
import { typeNumber } from '@dhp/fhir-model';
import type { Condition } from '../condition/condition.ts';
import type { SearchQuery } from '../query/search-query.ts';
import { untilOf } from '../sort/cursor.ts';

/** Whether the end of the last page is likely to be where the next search begins. */
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
 * Until when such a search shows what is stored, in milliseconds since 1970: nothing appears later that would stand before. All its pages
 * end there, since they show what the first one could see.
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
