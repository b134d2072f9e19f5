import { searchParametersOf, type SearchParameter } from './search-parameters.ts';

/**
 * Why no values are extracted for a search parameter, undefined when they are. Those of type `special` have rules of their
 * own and are answered from elsewhere. https://hl7.org/fhir/R5/search.html#special
 */
export function reasonNotIndexed(parameter: SearchParameter): string | undefined {
  if (parameter.type === 'special') return 'special: has rules of its own';
  // `Resource.id` is the text that the CareTeam, Group or List must name: membership is kept by those.
  if (parameter.code === '_in') return 'special: membership is kept by the CareTeam, Group or List';
  if (parameter.expression === undefined) return 'its definition has no expression';
  if (parameter.component.some(({ type }) => type === 'special')) return 'composite with a part of type special';
  return undefined;
}

/** The search parameters of a resource type that no values are extracted for, by code, with the reason. */
export function notIndexed(type: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const parameter of searchParametersOf(type).values()) {
    const reason = reasonNotIndexed(parameter);
    if (reason !== undefined) reasons.set(parameter.code, reason);
  }
  return reasons;
}
