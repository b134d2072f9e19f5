import type { Value, ValueOf } from '../../ast/value.ts';
import { normaliseString } from '@dhp/name-scripts';
import { badValue, type Ask } from '../ask.ts';
import { unescape } from '../escapes.ts';
import { requireShort } from '../short-enough.ts';
import { wordsValue } from '../words.ts';

/** https://hl7.org/fhir/R5/search.html#string */
export function stringValue(ask: Ask, value: string): Value {
  if (ask.modifier === 'exact') return { type: 'text', text: unescape(value) };
  if (ask.modifier === 'text') return wordsValue(ask, value);
  return ask.modifier === 'contains' ? shortTextValue(ask, value) : textValue(ask, value);
}

/** Text to be compared without case and marks. @throws SearchFault if the rest is empty, which every text would match */
export function textValue(ask: Pick<Ask, 'name'>, value: string): ValueOf<'text'> {
  const text = unescape(value);
  return normaliseString(text) === ''
    ? badValue(ask, value, 'a text with at least one letter or digit')
    : { type: 'text', text };
}

/** As `textValue`, of a text that is not compared from its start or as a whole. @throws SearchFault for a long one, too */
export function shortTextValue(ask: Pick<Ask, 'name'>, value: string): ValueOf<'text'> {
  const asked = textValue(ask, value);
  requireShort(ask, value, normaliseString(asked.text));
  return asked;
}

/** https://hl7.org/fhir/R5/search.html#uri */
export function uriValue(ask: Ask, value: string): ValueOf<'uri'> {
  const uri = unescape(value);
  if ((ask.modifier === 'below' || ask.modifier === 'above') && !/^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) {
    return badValue(ask, uri, 'a URL: above and below follow its path');
  }
  if (ask.modifier === 'contains') requireShort(ask, uri, uri);
  return { type: 'uri', uri };
}
