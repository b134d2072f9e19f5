/** Elements of resources that a caller does not see, or does not write. */
import { names, type PolicyCaller, type PolicySet } from './policy-set.ts';

export interface ElementLimits {
  readonly hidden: readonly string[];
  readonly readOnly: readonly string[];
  /** The names of the deciding rules. */
  readonly rules: readonly string[];
}

/**
 * Returns the elements of a type that rules with the effect `limit` hide from a caller, or protect from its writes: by all such rules
 * together, regardless of permitting rules.
 */
export function limitsOf(set: PolicySet, caller: PolicyCaller, type: string): ElementLimits {
  const about = set.rules.filter(
    ({ effect, types, who }) =>
      effect === 'limit' && (types.includes('*') || types.includes(type)) && names(who, caller),
  );
  return {
    hidden: [...new Set(about.flatMap(({ hide = [] }) => hide))],
    readOnly: [...new Set(about.flatMap(({ readOnly = [] }) => readOnly))],
    rules: about.map(({ name }) => name),
  };
}
