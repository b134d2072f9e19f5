import type { SearchParameter } from './search-parameters.ts';

/**
 * Parameters of Bundle that lead to a resource which is part of it: the first of a document or message, and the type of that.
 * https://hl7.org/fhir/R5/bundle.html#search
 */
export const withinBundle: ReadonlyMap<string, string> = new Map([
  ['composition', 'Composition'],
  ['message', 'MessageHeader'],
]);

/** Whether the parameter leads to a resource that is part of this one. */
export function leadsWithin(type: string, { code }: Pick<SearchParameter, 'code'>): boolean {
  return type === 'Bundle' && withinBundle.has(code);
}
