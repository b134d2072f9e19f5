import { searchParametersOf } from '../parameters/search-parameters.ts';
import { nearNames } from './near-names.ts';
import { answerParameters } from './result-parameters.ts';

/** The problem of a name that no search parameter of the type has. */
export function unknownParameter(type: string, code: string, given: string) {
  const known = new Set([...searchParametersOf(type).keys(), ...answerParameters]);
  return {
    kind: 'unknown-parameter',
    parameter: given,
    near: nearNames(code, known),
    expected: `a search parameter of ${type}`,
  } as const;
}
