import type { ValueOf } from '../../ast/value.ts';
import { badValue, type Ask } from '../ask.ts';
import { unescape } from '../escapes.ts';
import { requireShort } from '../short-enough.ts';

/** https://hl7.org/fhir/R5/search.html#uri */
export function uriValue(ask: Ask, value: string): ValueOf<'uri'> {
  const uri = unescape(value);
  if ((ask.modifier === 'below' || ask.modifier === 'above') && !/^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) {
    return badValue(ask, uri, 'a URL: above and below follow its path');
  }
  if (ask.modifier === 'contains') requireShort(ask, uri, uri);
  return { type: 'uri', uri };
}
