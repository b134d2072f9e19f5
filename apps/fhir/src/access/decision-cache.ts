/** Decisions about versions: whether one is within a rule, where the content of the version alone tells that. */
import { LRUCache } from 'lru-cache';
import type { Condition, Consented } from '@dhp/search-index';
import type { ResourceStore, StoredVersion } from '@dhp/fhir-store';
import { atMost } from '../http/at-most.ts';

/**
 * Neither a version nor a rule changes, so cached decisions are never stale: another version, another token or other custom search
 * parameters (for which rules are made again) are another question. A decision that depends on anything beside the content must not be
 * cached. The server discards the cache with the rest of its knowledge of the database: a database that has lost its last commits assigns a
 * version number again.
 */
export interface DecisionCache {
  /** Undefined if the decision is not cached. */
  of(version: StoredVersion, rule: Condition): boolean | undefined;
  keep(version: StoredVersion, rule: Condition, decision: boolean): void;
  /** The parts of a rule that the database tells with a version. */
  told(rule: Condition): ToldParts;
}

export interface ToldParts {
  /** The question to the read; undefined: there is nothing to ask. @param labels whether those of the version are shown or withheld */
  readonly asked: (labels: boolean) => AskedOfRead | undefined;
  /** The part of the rule that is left, as far as the read of the version has not answered it; `true`: none is. */
  readonly rest: (version: Pick<StoredVersion, 'unrefused' | 'unlabelled' | 'hasOneOf'>) => Condition | true;
}

/** The questions of a read, as the store takes them. */
type AskedOfRead = NonNullable<Parameters<ResourceStore['read']>[2]>;

/** Some 150 bytes each. */
const mostKept = 20_000;

/**
 * For all callers of a server: the same rule is the same object for each request of a token.
 * @param most how many decisions are kept, and of how many rules; those that were asked for longest ago are forgotten first
 */
export function openDecisionCache(most = mostKept): DecisionCache {
  const numbers = new LRUCache<Condition, number>(atMost(most));
  let rules = 0;
  const decisions = new LRUCache<string, boolean>(atMost(most));
  const parts = new LRUCache<Condition, ToldParts>(atMost(most));

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
  const consents = firstIn(rule, (part) => (part.op === 'consented' && part.of === 'record' ? part : undefined));
  const keys = firstIn(rule, (part) => (part.op === 'keys' ? part.any : undefined));
  const isAsked = consents !== undefined || keys !== undefined;
  const [plain, labelled] = [false, true].map((labels): AskedOfRead => ({ consents, keys, labels }));
  const made: (Condition | true | undefined)[] = [];
  return {
    asked: (labels) => (labels ? labelled : isAsked ? plain : undefined),
    rest({ unrefused, unlabelled = false, hasOneOf }) {
      const isUnrefused = unrefused !== undefined && unrefused === consents;
      const hasKey = hasOneOf !== undefined && hasOneOf === keys;
      const which = (isUnrefused ? 1 : 0) + (unlabelled ? 2 : 0) + (hasKey ? 4 : 0);
      if (which === 0) return rule;
      const told = { consents: isUnrefused ? consents : undefined, keys: hasKey ? keys : undefined, unlabelled };
      return (made[which] ??= without(rule, told));
    },
  };
}

/** The first question that is asked about every version; negated conditions are not searched. */
function firstIn<Asked>(rule: Condition, of: (part: Condition) => Asked | undefined): Asked | undefined {
  if (rule.op !== 'all' && rule.op !== 'any') return of(rule);
  for (const part of rule.of) {
    const asked = firstIn(part, of);
    if (asked !== undefined) return asked;
  }
  return undefined;
}

/** Answers of a read. */
interface Told {
  readonly consents: Consented | undefined;
  readonly keys: readonly bigint[] | undefined;
  readonly unlabelled: boolean;
}

/**
 * The rule that remains if consents refuse nothing to the callers of one of its questions, if there are no labels, or if one of the keys is
 * present.
 */
function without(rule: Condition, told: Told): Condition | true {
  if (rule.op === 'consented') return told.consents !== undefined && isOfSame(rule, told.consents) ? true : rule;
  if (rule.op === 'unlabelled') return told.unlabelled ? true : rule;
  if (rule.op === 'keys') return rule.any === told.keys ? true : rule;
  if (rule.op !== 'all' && rule.op !== 'any') return rule;
  const all = rule.of.map((part) => without(part, told));
  const left = all.filter((part) => part !== true);
  if (rule.op === 'any' && left.length < all.length) return true;
  if (left.length === 0) return rule.op === 'all' ? true : rule;
  if (left.length === 1) return left[0]!;
  return left.every((part, n) => part === rule.of[n]) && left.length === rule.of.length
    ? rule
    : { op: rule.op, of: left };
}

/** Purposes are not compared: if consents refuse nothing, that holds for every purpose. */
function isOfSame(one: Consented, other: Consented): boolean {
  const isSame = one.of === other.of && one.action === other.action && one.callers.length === other.callers.length;
  return isSame && one.callers.every((caller, n) => caller === other.callers[n]);
}
