import type { Criterion } from '../ast/criterion.ts';
import { readCriterion } from './read-criterion.ts';
import { searchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';

import { givenCriterion, readForEach, type StepsLeft } from './given-criterion.ts';
import type { GivenParameter } from './given-parameters.ts';
import type { ParseOptions } from './parse-options.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';

/**
 * Returns the criterion of a parameter for each type. A name that several types share must mean values of the same kind.
 * https://hl7.org/fhir/R5/search.html#type
 * @param steps remaining for the whole search
 * @throws SearchFault
 */
export function criteria(
  types: readonly string[],
  [name, value]: GivenParameter,
  options: ParseOptions,
  steps: StepsLeft,
): (readonly [string, Criterion])[] {
  const [code = ''] = name.split(/[:.]/);
  const kinds = new Map(types.flatMap((type) => kindOf(type, code, options)));
  if (kinds.size > 1) {
    const different = [...kinds].map(([kind, type]) => `${kind} in ${type}`).join(', ');
    refuse({
      kind: 'bad-combination',
      parameter: name,
      expected: `a parameter of one type in all; ${code} is ${different}`,
    });
  }
  return readForEach(types, steps, (type) => {
    try {
      return [type, readCriterion(type, givenCriterion(name, value, steps), options)] as const;
    } catch (error) {
      if (!(error instanceof SearchFault) || types.length === 1) throw error;
      throw new SearchFault(error.problems.map((problem) => ofSeveral(problem, type)));
    }
  });
}

function kindOf(type: string, code: string, { own }: ParseOptions): (readonly [string, string])[] {
  const parameter = searchParameter(type, code, own);
  return parameter === undefined ? [] : [[parameter.type, type]];
}

function ofSeveral(problem: SearchProblem, type: string): SearchProblem {
  if (problem.kind !== 'unknown-parameter') return problem;
  return { ...problem, expected: `a search parameter that all searched types have; ${type} has none of this name` };
}
