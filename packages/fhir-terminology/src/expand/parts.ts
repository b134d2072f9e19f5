import type { ValueSet, ValueSetComposeInclude } from '@dhp/fhir-model';

/** The parts of a value set, each a value set by itself. */
export interface Parts {
  readonly include: readonly ValueSet[];
  readonly exclude: readonly ValueSet[];
}

/** Separates a value set into its parts. */
export function separated(valueSet: ValueSet): Parts {
  const { compose } = valueSet;
  // Without a url, so that a part is not mistaken for the whole; an inactive code is left out of a part if it is of the whole.
  const part = (include: ValueSetComposeInclude, inactive?: boolean): ValueSet => ({
    resourceType: 'ValueSet',
    status: valueSet.status,
    compose: { include: [include], ...(inactive !== undefined && { inactive }) },
  });
  return {
    include: (compose?.include ?? []).map((one) => part(one, compose?.inactive)),
    exclude: (compose?.exclude ?? []).map((one) => part(one)),
  };
}
