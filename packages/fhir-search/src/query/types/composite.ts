import { comparedSeed, keyOf, mostRepetitions, partText, seedOf, tokenText } from '../../index/keys.ts';
import { postingComposite, type PostingComposite } from '../../index/posted-numbers.ts';
import type { SearchParameterType } from '../../parameters/encoding.ts';
import { searchParameter } from '../../parameters/search-parameters.ts';
import { badValue, type Ask } from '../ask.ts';
import { allOf, anyOf } from '../combine.ts';
import type { Condition } from '../condition.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import { dateCondition } from './date.ts';
import { numberCondition } from './number.ts';
import { quantityCondition, type QuantityUnder } from './quantity.ts';
import { referenceTexts } from './reference.ts';
import { stringCondition } from './string.ts';
import { tokenCondition, tokenParts } from './token.ts';

/**
 * `a$b`: all components in the same repetition. What is asked by equality is folded into one key, in the order of the
 * components; the one that is compared, if any, is asked under that key. Several that are compared lead to the resource each, and must
 * then be in one repetition of it. https://hl7.org/fhir/R5/search.html#composite
 */
export function compositeCondition(ask: Ask, values: readonly string[]): Condition {
  const types = ask.parameter.component.map(({ type }) => type);
  return anyOf(values.map((value) => tupleCondition(ask, value, types)));
}

const measured: ReadonlySet<SearchParameterType> = new Set(['date', 'number', 'quantity', 'string']);

function tupleCondition(ask: Ask, value: string, types: readonly SearchParameterType[]): Condition {
  const parts = splitEscaped(value, '$');
  if (parts.length !== types.length || parts.includes('')) {
    return badValue(ask, value, `${types.join('$')}, with $ between its ${types.length} components`);
  }
  const posting = postingComposite(ask.type, ask.parameter.rows);
  if (posting !== undefined) return besideCode(ask, posting, value, parts as [string, string]);
  let keys = [ask.seed];
  const compared: number[] = [];
  for (const [part, type] of types.entries()) {
    if (measured.has(type)) compared.push(part);
    else {
      const forms = formsOf(ask, type, parts[part]!, value);
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
  value: string,
  [token, quantity]: readonly [string, string],
): Condition {
  const { system, code } = codeOf(ask, token, value);
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

/** What the index may have of a component that is asked for by equality. */
function formsOf(ask: Ask, type: SearchParameterType, part: string, value: string): string[] {
  if (type === 'uri') return [unescape(part)];
  if (type === 'reference') return referenceTexts(ask, part);
  const { system, code } = codeOf(ask, part, value);
  return [system === undefined ? tokenText.code(code) : tokenText.coding(system, code)];
}

function codeOf(ask: Ask, part: string, value: string): { system?: string; code: string } {
  const { system, code } = tokenParts(ask, part);
  if (code === undefined)
    return badValue(ask, value, 'a code in each token of a composite: system| alone cannot be asked for');
  return system === undefined ? { code } : { system, code };
}

/** A component that is compared, under the key that the others lead to. */
function componentCondition(ask: Ask, type: SearchParameterType, seed: bigint, part: string): Condition {
  const component: Ask = { ...ask, seed, main: false };
  if (type === 'date') return dateCondition(component, [part]);
  if (type === 'number') return numberCondition(component, [part]);
  if (type === 'quantity') return quantityCondition(component, [part], { seed });
  return stringCondition(component, [part]);
}
