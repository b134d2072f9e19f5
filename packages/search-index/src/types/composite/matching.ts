import type { Value } from '@dhp/fhir-search';
import { searchParameter, type SearchParameterType } from '@dhp/fhir-search/parameters';
import { allOf, anyOf } from '../../condition/combine.ts';
import type { Condition } from '../../condition/condition.ts';
import { comparedSeed, keyOf, mostRepetitions, partText, seedOf, tokenText } from '../../keys/keys.ts';
import { postingComposite, type PostingComposite } from '../../keys/posted-numbers.ts';
import { type Ask, valueOf } from '../ask.ts';
import { dateCondition } from '../date/matching.ts';
import { numberCondition } from '../number/matching.ts';
import { quantityCondition, type QuantityUnder } from '../quantity/matching.ts';
import { referenceTexts } from '../reference/matching.ts';
import { stringCondition } from '../string/matching.ts';
import { tokenAsked, tokenCondition } from '../token/matching.ts';

/**
 * `a$b`: all components in the same repetition. Components tested for equality are folded into one key, in their order; a compared one, if
 * any, is searched under that key. Several compared ones each lead to the resource, and must then be in one repetition of it.
 * https://hl7.org/fhir/R5/search.html#composite
 */
export function compositeCondition(ask: Ask, values: readonly Value[]): Condition {
  const types = ask.parameter.component.map(({ type }) => type);
  return anyOf(values.map((value) => tupleCondition(ask, valueOf(value, 'composite').components, types)));
}

const measured: ReadonlySet<SearchParameterType> = new Set(['date', 'number', 'quantity', 'string']);

function tupleCondition(ask: Ask, parts: readonly Value[], types: readonly SearchParameterType[]): Condition {
  const posting = postingComposite(ask.type, ask.parameter.rows);
  if (posting !== undefined) return besideCode(ask, posting, parts as readonly [Value, Value]);
  let keys = [ask.seed];
  const compared: number[] = [];
  for (const [part, type] of types.entries()) {
    if (measured.has(type)) compared.push(part);
    else {
      const forms = formsOf(ask, parts[part]!);
      keys = keys.flatMap((key) => forms.map((form) => keyOf(key, partText(part, form))));
    }
  }
  const [only, ...others] = compared;
  if (only === undefined) return { op: 'keys', any: keys, expect: 'many' };
  if (others.length === 0) return anyOf(keys.map((key) => componentCondition(ask, types[only]!, key, parts[only]!)));
  const of = compared.map((part) => componentCondition(ask, types[part]!, comparedSeed(ask.seed, part), parts[part]!));
  if (compared.length < types.length) of.push({ op: 'keys', any: keys, expect: 'many' });
  return allOf([...of, { op: 'repetition', most: mostRepetitions, of }]);
}

/** A quantity that is posted beside its code, without the system of that. */
function besideCode(
  ask: Ask,
  { units, posted, code: whole }: PostingComposite,
  [token, quantity]: readonly [Value, Value],
): Condition {
  const { system, code = '' } = valueOf(token, 'token');
  const seed = keyOf(posted, tokenText.code(code));
  const asked = (under: QuantityUnder): Condition => quantityCondition(ask, [quantity], under);
  if (system === undefined) return asked({ seed, units });
  if (whole === undefined) {
    return asked({ seed: keyOf(ask.seed, tokenText.coding(system, code)), units, posted: { seed } });
  }
  const parameter = searchParameter(ask.type, whole)!;
  const ofCode: Ask = { ...ask, parameter, modifier: undefined, seed: seedOf(ask.type, parameter.rows) };
  return allOf([tokenCondition(ofCode, [token]), asked({ seed, units })]);
}

/** The texts that the index may have for a component tested for equality. */
function formsOf(ask: Ask, part: Value): string[] {
  const value = valueOf(part, 'uri', 'reference', 'token');
  if (value.type === 'uri') return [value.uri];
  return value.type === 'reference' ? referenceTexts(ask, value) : [tokenAsked(value)];
}

/** A component that is compared, under the key that the others lead to. */
function componentCondition(ask: Ask, type: SearchParameterType, seed: bigint, part: Value): Condition {
  const component: Ask = { ...ask, seed, main: false };
  if (type === 'date') return dateCondition(component, [part]);
  if (type === 'number') return numberCondition(component, [part]);
  if (type === 'quantity') return quantityCondition(component, [part], { seed });
  return stringCondition(component, [part]);
}
