import type { Value, ValueOf } from '../../ast/value.ts';
import { normaliseString } from '../../values/normalise-string.ts';
import { badValue, type Ask } from '../ask.ts';
import { unescape } from '../escapes.ts';
import { wordsValue } from '../words.ts';

/** https://hl7.org/fhir/R5/search.html#string */
export function stringValue(ask: Ask, value: string): Value {
  if (ask.modifier === 'exact') return { type: 'text', text: unescape(value) };
  return ask.modifier === 'text' ? wordsValue(ask, value) : textValue(ask, value);
}

/** Text to be compared without case and marks. @throws SearchFault when nothing is left of it then, which every text would match */
export function textValue(ask: Pick<Ask, 'name'>, value: string): ValueOf<'text'> {
  const text = unescape(value);
  return normaliseString(text) === ''
    ? badValue(ask, value, 'a text with at least one letter or digit')
    : { type: 'text', text };
}
