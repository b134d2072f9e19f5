import { keyOf, seedOf } from '../../index/keys.ts';
import { textForIndex } from '../../index/text-for-index.ts';
import { normaliseString } from '../../values/string.ts';
import { badValue, type Ask } from '../ask.ts';
import { anyOf } from '../combine.ts';
import type { Condition, TextMatch } from '../condition.ts';
import { unescape } from '../escapes.ts';
import { textQuery } from '../text-query.ts';

/** https://hl7.org/fhir/R5/search.html#string */
export function stringCondition(ask: Ask, values: readonly string[]): Condition {
  const { type, parameter, modifier, seed } = ask;
  if (modifier === 'exact') {
    const exact = seedOf(type, parameter.rows, 'exact');
    return { op: 'keys', any: values.map((value) => keyOf(exact, unescape(value))), expect: 'some' };
  }
  const asks = (match: TextMatch) => (text: string) => ({ op: 'string', key: seed, match, text }) as const;
  if (modifier === 'text') return anyOf(values.map((value) => textQuery(ask, value, asks('contains'))));
  const ask1 = asks(modifier === 'contains' ? 'contains' : 'starts');
  return anyOf(values.map((value) => ask1(normalised(ask, value))));
}

/** The text as the index has it. @throws SearchFault when nothing is left of it, which every text would match */
export function normalised(ask: Pick<Ask, 'name'>, value: string): string {
  const text = textForIndex(normaliseString(unescape(value)));
  return text === '' ? badValue(ask, value, 'a text with at least one letter or digit') : text;
}
