import type { OwnParameters } from '../parameters/own-parameters.ts';
import { searchParameter, searchParametersOf, type SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { nearNames } from './near-names.ts';
import { answerParameters } from './result-parameters.ts';
import type { SearchProblem } from './search-problem.ts';

/** The problem of a name that no search parameter of the type has. */
export function unknownParameter(type: string, code: string, given: string, own?: OwnParameters) {
  const known = new Set([...searchParametersOf(type, own).keys(), ...answerParameters]);
  const near = nearNames(code, known);
  return {
    kind: 'unknown-parameter',
    parameter: given,
    near,
    expected: `a search parameter of ${type}${near.length === 0 ? `: ${listed([...known])}` : ''}`,
  } as const;
}

/** No type of R5 has more parameters; a server's own may be more. */
const mostListed = 100;

/** Lists names, those of the type itself first, in alphabetical order. */
function listed(names: readonly string[]): string {
  const sorted = names.toSorted((a, b) => Number(a.startsWith('_')) - Number(b.startsWith('_')) || (a < b ? -1 : 1));
  const more = sorted.length - mostListed;
  return sorted.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The search parameter of the name. @throws SearchFault if it does not exist, or cannot be searched by yet */
export function requireParameter(type: string, code: string, given: string, own?: OwnParameters): SearchParameter {
  const found = searchParameter(type, code, own) ?? refuse(unknownParameter(type, code, given, own));
  requireReady(found, given);
  return found;
}

/** @throws SearchFault for a parameter that reads hidden elements */
export function requireShown({ code, hidden }: SearchParameter, given: string): void {
  if (hidden !== undefined) refuse(hiddenParameter(given, `${code} looks at`, hidden));
}

/** @param by default: an access policy; otherwise it is shown only for the caller's own resources */
export function hiddenParameter(
  parameter: string,
  what: string,
  by: NonNullable<SearchParameter['hidden']> = 'by policy',
): SearchProblem {
  const expected =
    by === 'by policy'
      ? `an access policy of this environment hides from you what ${what}`
      : `of resources of others you do not see what ${what}`;
  return { kind: 'hidden', parameter, expected };
}

/**
 * @throws SearchFault for one of the environment's own parameters by which not all resources are indexed yet, and for one whose values are
 * missing in the index for some resources: its results would be incomplete. Also for one that `requireShown` refuses
 */
export function requireReady(parameter: SearchParameter, given: string): void {
  requireShown(parameter, given);
  const { code, unready, missing } = parameter;
  if (missing !== undefined) {
    const expected = `the values of ${code} could not be computed for ${missing} of the stored resources`;
    refuse({ kind: 'incomplete', parameter: given, missing, expected });
  }
  if (unready === undefined) return;
  const expected = `${code} is new: ${unready} % of the resources are indexed by it`;
  refuse({ kind: 'not-ready', parameter: given, done: unready, expected });
}
