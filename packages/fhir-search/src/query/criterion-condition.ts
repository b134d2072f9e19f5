import { derivedParameters } from '../index/derived-parameters.ts';
import { isPresent } from '../index/usual-parameters.ts';
import { searchParameter, type SearchParameter } from '../parameters/search-parameters.ts';
import { badValue, refuse } from './ask.ts';
import { chainCondition } from './chain.ts';
import { allOf, anyOf, everything, not, nothing } from './combine.ts';
import type { Condition } from './condition.ts';
import { spend, valuesOf, type Asking, type Criterion } from './criterion.ts';
import { hasCondition } from './has.ts';
import { checkModifier } from './modifiers.ts';
import type { ParseOptions } from './parse-options.ts';
import { specialCondition } from './special.ts';
import { requireParameter } from './unknown-parameter.ts';
import { valuesCondition } from './values-condition.ts';

/**
 * What one parameter asks of resources of a type: a search parameter with its modifier, a chain or `_has`.
 * https://hl7.org/fhir/R5/search.html
 * @throws SearchFault
 */
export function criterionCondition(type: string, criterion: Criterion, options: ParseOptions): Condition {
  const { name, given } = criterion;
  spend(criterion);
  const next: Asking = (reached, rest) => criterionCondition(reached, rest, options);
  if (name === '_has' || name.startsWith('_has:')) return hasCondition(type, criterion, next, options.own);
  if (name.includes('.')) return chainCondition(type, criterion, next, options.own);
  const [code = '', modifier, ...more] = name.split(':');
  if (more.length > 0) {
    return refuse({ kind: 'unknown-modifier', parameter: given, expected: 'one modifier at most' });
  }
  const special = specialCondition(type, code, modifier, criterion, options, next);
  if (special !== undefined) return special;
  const parameter = requireParameter(type, code, given, options.own);
  if (modifier !== undefined) checkModifier(type, parameter, modifier, given);
  const values = valuesOf(criterion);
  if (modifier === 'missing') return missing(type, parameter, criterion);
  const derived = derivedParameters(type).get(code);
  if (derived === undefined) return valuesCondition(type, parameter, modifier, values, given, options);
  const parts = derived.map((one) => searchParameter(type, one)!);
  if (modifier === 'not' || modifier === 'not-in') {
    return allOf(parts.map((part) => valuesCondition(type, part, modifier, values, given, options)));
  }
  return anyOf(parts.map((part) => valuesCondition(type, part, modifier, values, given, options)));
}

/** https://hl7.org/fhir/R5/search.html#modifiermissing */
function missing(type: string, parameter: SearchParameter, { value, given }: Criterion): Condition {
  if (value !== 'true' && value !== 'false') return badValue({ name: given }, value, 'true or false');
  // All that is stored has one, in a column.
  if (parameter.code === '_lastUpdated') return value === 'true' ? nothing : everything;
  const codes = derivedParameters(type).get(parameter.code) ?? [parameter.rows];
  const present = anyOf(codes.map((code) => isPresent(type, code)));
  return value === 'true' ? not(present) : present;
}
