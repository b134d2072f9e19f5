/** Decisions about versions: whether one is within a rule, where the content of the version alone tells that. */
import { LRUCache } from 'lru-cache';
import type { Condition } from '@dhp/search-index';
import type { StoredVersion } from '@dhp/fhir-store';

/**
 * A version never changes, and a rule neither, so what is kept here is never stale: another version, another token or other search
 * parameters of the environment's own (for which rules are made anew) are another question. What depends on anything beside the content must not be kept.
 * The server owns it as a part of what it remembers of its database: one that has lost its last commits gives a version anew.
 */
export interface DecisionCache {
  /** Undefined for what is not known. */
  of(version: StoredVersion, rule: Condition): boolean | undefined;
  keep(version: StoredVersion, rule: Condition, decision: boolean): void;
}

/** Some 150 bytes each. */
const mostKept = 20_000;

/**
 * For all callers of a server: the same rule is the same object for each request of a token.
 * @param most how many decisions are kept, and of how many rules; those that were asked for longest ago are forgotten first
 */
export function openDecisionCache(most = mostKept): DecisionCache {
  const numbers = new LRUCache<Condition, number>({ max: most });
  let rules = 0;
  const decisions = new LRUCache<string, boolean>({ max: most });

  function numberOf(rule: Condition): number {
    let number = numbers.get(rule);
    if (number === undefined) {
      // One that was forgotten gets another number when it is asked about again.
      numbers.set(rule, (number = rules++));
    }
    return number;
  }

  function nameOf({ type, id, versionId, lastUpdated }: StoredVersion, rule: Condition): string {
    return `${String(numberOf(rule))} ${type}/${id}/${String(versionId)}/${String(lastUpdated.getTime())}`;
  }

  return {
    of: (version, rule) => (version.deleted ? undefined : decisions.get(nameOf(version, rule))),
    keep(version, rule, decision) {
      if (version.deleted) return;
      decisions.set(nameOf(version, rule), decision);
    },
  };
}
