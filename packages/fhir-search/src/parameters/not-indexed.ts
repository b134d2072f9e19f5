import { searchParametersOf, type SearchParameter } from './search-parameters.ts';

/** Parameters with special rules. https://hl7.org/fhir/R5/search.html#special */
const special: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    _content: 'special: full text of the resource, kept apart from the values',
    _filter: 'special: an expression over other parameters',
    _has: 'special: asks what refers to the resource',
    // `Resource.id` is the text that the CareTeam, Group or List must name: these store the membership.
    _in: 'special: membership is kept by the CareTeam, Group or List',
    _list: 'special: membership is kept by the List',
    _query: 'special: names a query of the server, which has none',
    _text: 'special: full text of the narrative, kept apart from the values',
    _type: 'special: says which types are searched',
    contains: 'special: the box around the boundary is kept as numbers, and a search reads the boundary itself',
    near: 'special: latitude and longitude are kept as numbers instead',
    'section-text': 'special: full text of the sections, which a search reads from the resources themselves',
  }),
);

/**
 * Returns the reason why no values are extracted for a search parameter; undefined when they are.
 * @example
 * reasonNotIndexed(searchParameter('Patient', 'family')!); // undefined
 */
export function reasonNotIndexed(parameter: SearchParameter): string | undefined {
  const { code, type, expression, component } = parameter;
  if (type === 'special' || code === '_in' || code === '_text')
    return special.get(code) ?? 'special: has rules of its own';
  if (expression === undefined) return 'its definition has no expression';
  if (component.some((part) => part.type === 'special'))
    return 'composite with a part of type special: a search reads the sections themselves';
  return undefined;
}

/**
 * The search parameters of a resource type that no values are extracted for, by code, with the reason.
 * @example
 * notIndexed('Patient').size; // 8
 */
export function notIndexed(type: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const parameter of searchParametersOf(type).values()) {
    const reason = reasonNotIndexed(parameter);
    if (reason !== undefined) reasons.set(parameter.code, reason);
  }
  return reasons;
}
