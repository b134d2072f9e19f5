import type { Value } from '@dhp/fhir-search';
import { normaliseString, searchForms } from '@dhp/name-scripts';
import { allOf, anyOf } from '../../condition/combine.ts';
import type { Condition, TextMatch } from '../../condition/condition.ts';
import { exactTextOf, exactTexts, leadTo } from '../../keys/exact-texts.ts';
import { keyOf, seedOf } from '../../keys/keys.ts';
import { longTextKey, piecesOf, textForIndex } from '../../keys/text-for-index.ts';
import { type Ask, type FilterOperator, valueOf } from '../ask.ts';
import { wordsCondition } from '../words.ts';

/** Comparisons of texts by the operators of `_filter`. https://hl7.org/fhir/R5/search_filter.html#ops */
export const matchOf: Partial<Record<FilterOperator, TextMatch>> = {
  ...({ eq: 'equals', co: 'contains', sw: 'starts', ew: 'ends' } as const),
  ...({ gt: 'gt', ge: 'ge', lt: 'lt', le: 'le' } as const),
};

/** https://hl7.org/fhir/R5/search.html#string */
export function stringCondition(ask: Ask, values: readonly Value[]): Condition {
  const { type, parameter, modifier, operator, seed } = ask;
  if (modifier === 'exact') {
    const exact = seedOf(type, parameter.rows, 'exact');
    return anyOf(values.map((value) => asWritten(seed, exact, valueOf(value, 'text').text)));
  }
  if (modifier === 'text') {
    return anyOf(
      values.map((value) =>
        wordsCondition(valueOf(value, 'words').words, (text) => stringUnder(seed, 'contains', text)),
      ),
    );
  }
  const plain = modifier === 'contains' ? 'contains' : 'starts';
  const match = operator === undefined ? plain : matchOf[operator]!;
  const formsOf = match === 'starts' || match === 'contains' ? searchForms : (text: string) => [normaliseString(text)];
  const texts = values.flatMap((value) => formsOf(valueOf(value, 'text').text));
  return anyOf(texts.map((text) => stringUnder(seed, match, text)));
}

/** By the key if the rows have it: those of definition 13 and earlier, and those of texts without another way to find them. */
function asWritten(seed: bigint, exact: bigint, text: string): Condition {
  const key = keyOf(exact, text);
  const byKey: Condition = { op: 'keys', any: [key], expect: 'some' };
  const lead = leadTo(normaliseString(text));
  if (lead === undefined) return byKey;
  const isWritten = {
    op: 'string',
    key: exactTexts,
    match: 'contains',
    text: exactTextOf(key),
    unposted: true,
  } as const;
  return anyOf([byKey, allOf([{ op: 'string', key: seed, ...lead }, isWritten])]);
}

/** Strings under the key that match the text: of any length from the start and as a whole, else no longer than may be requested. */
export function stringUnder(key: bigint, match: TextMatch, text: string): Condition {
  if (match !== 'starts' && match !== 'equals') return { op: 'string', key, match, text: textForIndex(text) };
  const [last, ...others] = piecesOf(key, text).toReversed();
  return { op: 'string', match, ...last!, ...(others.length > 0 && { follows: key }) };
}

/** The text anywhere in words of the parameter. */
export function withinWords(parameter: bigint, text: string): Condition {
  const within = { op: 'term', match: 'contains', text } as const;
  return anyOf([
    { ...within, parameter },
    { ...within, parameter: longTextKey(parameter) },
  ]);
}

/** Words of the parameter that start with the text. */
export function startsWords(parameter: bigint, value: Value): Condition {
  const texts = searchForms(valueOf(value, 'text').text).map(textForIndex);
  return anyOf(texts.map((text) => ({ op: 'term', parameter, match: 'starts', text })));
}
