/** What was found out before: whether a version is within a rule, where the content of the version alone tells that. */
import type { Condition } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import type { UnguardedStore, UnguardedStore as FhirStore } from './guard-settings.ts';

/**
 * A version never changes, and a rule neither, so what is kept here is never stale: another version, another token or other search
 * parameters of the environment's own (for which rules are made anew) are another question. What depends on anything beside the content must not be kept.
 * A database that has lost its last commits gives a version anew: then nothing is kept.
 */
export interface Verdicts {
  /** Undefined for what is not known. */
  of(version: StoredVersion, rule: Condition): boolean | undefined;
  keep(version: StoredVersion, rule: Condition, verdict: boolean): void;
}

/** Some 150 bytes each. */
const mostKept = 20_000;

const byStore = new WeakMap<FhirStore, () => Verdicts>();

/** Those of a store: of all its callers, since the same rule is the same object for each request of a token. */
export function verdictsOf(store: UnguardedStore): Verdicts {
  let verdicts = byStore.get(store);
  if (verdicts === undefined) {
    verdicts = store.memory('verdicts', () => openVerdicts(mostKept));
    byStore.set(store, verdicts);
  }
  return verdicts();
}

/** @param most how many are kept; those that were kept first are forgotten first */
export function openVerdicts(most: number): Verdicts {
  const numbers = new WeakMap<Condition, number>();
  let rules = 0;
  const kept = new Map<string, boolean>();

  function nameOf({ type, id, versionId, lastUpdated }: StoredVersion, rule: Condition): string {
    let number = numbers.get(rule);
    if (number === undefined) numbers.set(rule, (number = rules++));
    return `${String(number)} ${type}/${id}/${String(versionId)}/${String(lastUpdated.getTime())}`;
  }

  return {
    of: (version, rule) => (version.deleted ? undefined : kept.get(nameOf(version, rule))),
    keep(version, rule, verdict) {
      if (version.deleted) return;
      kept.set(nameOf(version, rule), verdict);
      if (kept.size > most) kept.delete(kept.keys().next().value!);
    },
  };
}
