import type { Condition, KeysCondition } from './condition.ts';

/** The condition that every resource meets. */
export const everything: Condition = { op: 'all', of: [] };
/** The condition that no resource meets. */
export const nothing: Condition = { op: 'any', of: [] };

/** All of the conditions, without redundant nesting. */
export function allOf(conditions: readonly Condition[]): Condition {
  const flat = conditions.flatMap((one) => (one.op === 'all' ? one.of : [one]));
  return flat.length === 1 ? flat[0]! : { op: 'all', of: flat };
}

/** Any of the conditions, without redundant nesting; keys become one condition, and so do ids. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const flat = conditions.flatMap((one) => (one.op === 'any' ? one.of : [one]));
  if (flat.length === 1) return flat[0]!;
  const keys = flat.filter((one) => one.op === 'keys');
  const ids = flat.filter((one) => one.op === 'id');
  const merged: Condition[] = flat.filter(({ op }) => op !== 'keys' && op !== 'id');
  if (ids.length > 0) merged.unshift({ op: 'id', any: [...new Set(ids.flatMap(({ any }) => any))] });
  if (keys.length > 0) merged.unshift(keys.length === 1 ? keys[0]! : mergeKeys(keys));
  return merged.length === 1 ? merged[0]! : { op: 'any', of: merged };
}

const breadth = ['one', 'some', 'many', 'most'] as const;

/** As broad as the broadest; with postings only where all have them. */
function mergeKeys(conditions: readonly KeysCondition[]): KeysCondition {
  const postings = conditions.map((one) => one.postings);
  return {
    op: 'keys',
    any: [...new Set(conditions.flatMap(({ any }) => any))],
    expect: breadth[Math.max(...conditions.map(({ expect }) => breadth.indexOf(expect)))]!,
    ...(postings.every((one) => one !== undefined) ? { postings: distinct(postings.flat()) } : {}),
  };
}

function distinct(postings: NonNullable<KeysCondition['postings']>): NonNullable<KeysCondition['postings']> {
  return [...new Map(postings.map((one) => [`${one.key} ${one.system ?? ''}`, one])).values()];
}

/** Returns the negation of a condition. */
export function not(condition: Condition): Condition {
  return condition.op === 'not' ? condition.of : { op: 'not', of: condition };
}
