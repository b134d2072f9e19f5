/** Equality as a lookup: finds the subscriptions, among many, whose filters a change can meet. */
import type { Condition } from '@dhp/search-index';
import { hash64, referenceText } from '@dhp/search-index/keys';
import type { IndexRow } from '@dhp/search-index/rows';

/**
 * Keys of which any row that meets the condition has one; of several alternatives, the keys that the fewest resources have; undefined if
 * there are none.
 */
export function equalityKeys(condition: Condition): readonly bigint[] | undefined {
  return found(condition)?.keys;
}

interface Found {
  readonly keys: readonly bigint[];
  /** How many resources have one, as an order. */
  readonly rank: number;
}

const ranks = { one: 0, some: 1, many: 2, most: 3 } as const;

function found(condition: Condition): Found | undefined {
  if (condition.op === 'keys') {
    const posted = (condition.postings ?? []).map(({ key }) => key);
    return { keys: [...condition.any, ...posted], rank: ranks[condition.expect] };
  }
  if (condition.op === 'id') return { keys: condition.any.map(keyOfId), rank: ranks.one };
  if (condition.op !== 'all' && condition.op !== 'any') return undefined;
  const known = condition.of.flatMap((each) => found(each) ?? []);
  if (condition.op === 'all') return known.toSorted((a, b) => a.rank - b.rank || a.keys.length - b.keys.length)[0];
  // One alternative without keys makes the keys of all unknown.
  if (known.length < condition.of.length) return undefined;
  return { keys: known.flatMap(({ keys }) => keys), rank: Math.max(0, ...known.map(({ rank }) => rank)) };
}

function keyOfId(id: string): bigint {
  return hash64(referenceText('', id));
}

export function keysOfRow(id: string, { keys, postings }: IndexRow): ReadonlySet<bigint> {
  return new Set([...keys, ...postings.map(({ key }) => key), keyOfId(id)]);
}
