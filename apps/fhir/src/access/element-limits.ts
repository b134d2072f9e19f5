/** Elements of resources that access policies hide from a caller, or keep the caller from writing. */
import { limitsOf, type PolicyCaller, type PolicySet } from '@dhp/access-policies';
import { elementsOf, resourceTypes } from '@dhp/fhir-model';

export interface ElementLimits {
  /** Elements of a type that are hidden; with any of them the narrative, which tells of all. */
  readonly hidden: (type: string) => ReadonlySet<string>;
  /** The hidden elements of all types, by name; empty if none is. */
  readonly hiddenOfAny: ReadonlySet<string>;
  /** Elements of a type that the caller does not write. */
  readonly readOnly: (type: string) => ReadonlySet<string>;
}

/** Returns the limits of a caller; undefined if the policies have none for anybody. */
export function elementLimits(set: PolicySet, caller: PolicyCaller): ElementLimits | undefined {
  if (!set.rules.some(({ effect }) => effect === 'limit')) return undefined;
  const hidden = byType((type) => {
    const found = own(type, limitsOf(set, caller, type).hidden);
    return found.length > 0 ? own(type, [...found, 'text']) : [];
  });
  const readOnly = byType((type) => own(type, limitsOf(set, caller, type).readOnly));
  return { hidden, readOnly, hiddenOfAny: new Set(resourceTypes.flatMap((type) => [...hidden(type)])) };
}

/** Those that resources of the type have: a rule may be about several types. */
function own(type: string, names: readonly string[]): string[] {
  return names.filter((name) => elementsOf(type)?.has(name) === true);
}

function byType(elements: (type: string) => readonly string[]): (type: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>();
  return (type) => {
    let found = known.get(type);
    if (found === undefined) known.set(type, (found = new Set(elements(type))));
    return found;
  };
}
