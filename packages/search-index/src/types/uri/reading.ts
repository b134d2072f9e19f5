import { textOf } from '../json.ts';
import type { UriValue } from '../value.ts';

/** As written: uris are compared without any normalisation. https://hl7.org/fhir/R5/search.html#uri */
export function uriValues(value: unknown): UriValue[] {
  const uri = textOf(value);
  return uri === undefined ? [] : [{ type: 'uri', uri }];
}
