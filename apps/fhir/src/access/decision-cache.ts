/** Decisions about versions: whether one is within a rule, where the content of the version alone tells that. */
import { LRUCache } from 'lru-cache';
import type { Condition, Consented } from '@dhp/search-index';
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
  /** The parts of a rule that the database tells with a version. */
  told(rule: Condition): ToldParts;
}

export interface ToldParts {
  /** Undefined: it asks nothing of the consents of whose record it is. */
  readonly consents: Consented | undefined;
  /** The part of the rule that is left; `true`: none is. */
  readonly rest: (unrefused: boolean, unlabelled: boolean) => Condition | true;
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
  const parts = new LRUCache<Condition, ToldParts>({ max: most });

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
    told(rule) {
      let known = parts.get(rule);
      if (known === undefined) parts.set(rule, (known = toldParts(rule)));
      return known;
    },
  };
}

function toldParts(rule: Condition): ToldParts {
  const consents = consentsAskedBy(rule);
  const made: (Condition | true | undefined)[] = [];
  return {
    consents,
    rest(unrefused, unlabelled) {
      const which = (unrefused ? 1 : 0) + (unlabelled ? 2 : 0);
      return (made[which] ??= without(rule, unrefused ? consents : undefined, unlabelled));
    },
  };
}

/** The first question of consents that is asked of every version. */
function consentsAskedBy(rule: Condition): Consented | undefined {
  if (rule.op === 'consented') return rule.of === 'record' ? rule : undefined;
  if (rule.op !== 'all' && rule.op !== 'any') return undefined;
  for (const part of rule.of) {
    const asked = consentsAskedBy(part);
    if (asked !== undefined) return asked;
  }
  return undefined;
}

/** The rule where consents refuse nothing to who is named by one of its questions, and where there are no labels. */
function without(rule: Condition, asked: Consented | undefined, unlabelled: boolean): Condition | true {
  if (rule.op === 'consented') return asked !== undefined && isOfSame(rule, asked) ? true : rule;
  if (rule.op === 'unlabelled') return unlabelled ? true : rule;
  if (rule.op !== 'all' && rule.op !== 'any') return rule;
  const all = rule.of.map((part) => without(part, asked, unlabelled));
  const left = all.filter((part) => part !== true);
  if (rule.op === 'any' && left.length < all.length) return true;
  if (left.length === 0) return rule.op === 'all' ? true : rule;
  if (left.length === 1) return left[0]!;
  return left.every((part, n) => part === rule.of[n]) && left.length === rule.of.length
    ? rule
    : { op: rule.op, of: left };
}

/** Purposes do not matter: nothing is refused whatever they are. */
function isOfSame(one: Consented, other: Consented): boolean {
  const isSame = one.of === other.of && one.action === other.action && one.callers.length === other.callers.length;
  return isSame && one.callers.every((caller, n) => caller === other.callers[n]);
}
