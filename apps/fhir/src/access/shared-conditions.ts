/** Conditions of the criteria of access policies: made once for all tokens, which only put them together. */
import { LRUCache } from 'lru-cache';
import type { SharedConditions } from '../contract/known-policies.ts';
import { atMost } from '../http/at-most.ts';

/** Some kilobytes each. Criteria of one rule are many where they have the organisation or the person of the caller in them. */
const mostKept = 5_000;

/** Of one set of policies, so that another one begins again. @param most how many; those that were asked for longest ago are forgotten first */
export function openSharedConditions(most = mostKept): SharedConditions {
  let made: { readonly state: string; readonly conditions: LRUCache<string, Known> } | undefined;
  return (state, type, criteria, make) => {
    if (made?.state !== state) made = { state, conditions: new LRUCache(atMost(most)) };
    const key = `${type}?${criteria}`;
    let known = made.conditions.get(key);
    if (known === undefined) made.conditions.set(key, (known = { condition: make() }));
    return known.condition;
  };
}

interface Known {
  readonly condition: ReturnType<SharedConditions>;
}
