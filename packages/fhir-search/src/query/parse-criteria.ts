import type { Criterion } from '../ast/criterion.ts';
import { refuse } from './ask.ts';
import { requireFhirText } from './fhir-text.ts';
import { givenCriterion, stepsLeft } from './given-criterion.ts';
import { givenParameters, type GivenParameter } from './given-parameters.ts';
import type { ParseOptions } from './parse-options.ts';
import { readCriterion } from './read-criterion.ts';
import { isInclude, resultParameter } from './result-parameters.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';

/**
 * The criteria alone, all of which must be met, for conditional operations, scopes and compartments: other parameters are refused, and
 * nothing is ever ignored.
 * @throws SearchFault with all problems
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * parseCriteria('Patient', [['gender', 'female']], options).map(({ kind }) => kind); // [ 'parameter' ]
 */
export function parseCriteria(
  type: string,
  parameters: readonly GivenParameter[],
  options: ParseOptions,
): readonly Criterion[] {
  const problems: SearchProblem[] = [];
  const criteria: Criterion[] = [];
  const steps = stepsLeft();
  for (const [name, value] of givenParameters(parameters)) {
    try {
      requireFhirText(name, value);
      if (resultParameter(name) !== undefined || name === '_sort' || name === '_type' || isInclude(name)) {
        refuse({
          kind: 'bad-combination',
          parameter: name,
          expected: 'criteria alone: this asks something of the answer',
        });
      }
      criteria.push(readCriterion(type, givenCriterion(name, value, steps), options));
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SearchFault(problems);
  return criteria;
}
