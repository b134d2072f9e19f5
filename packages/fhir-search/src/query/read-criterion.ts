import type { Criterion } from '../ast/criterion.ts';
import { derivedParameters } from '../parameters/derived-parameters.ts';
import { searchParameter } from '../parameters/search-parameters.ts';
import { badValue, refuse } from './ask.ts';
import { chainCriterion } from './chain.ts';
import { spend, spendComparisons, valuesOf, type GivenCriterion, type Reading } from './given-criterion.ts';
import { hasCriterion } from './has.ts';
import { checkModifier } from './modifiers.ts';
import type { ParseOptions } from './parse-options.ts';
import { specialCriterion } from './special.ts';
import { requireParameter } from './unknown-parameter.ts';
import { typedValues } from './values.ts';

/**
 * One parameter as a criterion on resources of a type: a search parameter with its modifier, a chain or `_has`.
 * https://hl7.org/fhir/R5/search.html
 * @throws SearchFault
 */
export function readCriterion(type: string, criterion: GivenCriterion, options: ParseOptions): Criterion {
  const { name, given, value } = criterion;
  spend(criterion);
  const next: Reading = (reached, rest) => readCriterion(reached, rest, options);
  if (name === '_has' || name.startsWith('_has:')) return hasCriterion(type, criterion, next, options.own);
  if (name.includes('.')) return chainCriterion(type, criterion, next, options.own);
  const [code = '', modifier, ...more] = name.split(':');
  if (more.length > 0) {
    return refuse({ kind: 'unknown-modifier', parameter: given, expected: 'one modifier at most' });
  }
  const special = specialCriterion(type, code, modifier, criterion, options, next);
  if (special !== undefined) return special;
  const parameter = requireParameter(type, code, given, options.own);
  if (modifier !== undefined) checkModifier(type, parameter, modifier, given);
  const texts = valuesOf(criterion);
  if (modifier === 'missing') return missing(code, value, given);
  const parts = derivedParameters(type)
    .get(code)
    ?.map((one) => searchParameter(type, one)!) ?? [parameter];
  // Values of a parameter that has those of others must be values of each of these.
  const [values = []] = parts.map((part) =>
    typedValues({ type, parameter: part, modifier, name: given, options }, texts),
  );
  spendComparisons(criterion, values, modifier);
  return { kind: 'parameter', parameter: code, ...(modifier !== undefined && { modifier }), values };
}

/** https://hl7.org/fhir/R5/search.html#modifiermissing */
export function missing(parameter: string, value: string, given: string): Criterion {
  if (value !== 'true' && value !== 'false') return badValue({ name: given }, value, 'true or false');
  return { kind: 'missing', parameter, missing: value === 'true' };
}
