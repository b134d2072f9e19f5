import { refuse } from './ask.ts';
import { allOf } from './combine.ts';
import type { Condition } from './condition.ts';
import { criterionCondition } from './criterion-condition.ts';
import { givenCriterion, stepsLeft } from './criterion.ts';
import type { ParseOptions } from './parse-options.ts';
import { givenParameters, type GivenParameter } from './given-parameters.ts';
import { isInclude, resultParameter } from './result-parameters.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';

/**
 * The criteria alone, for conditional operations, scopes and compartments: what is no criterion is refused, and nothing is
 * ever ignored.
 * @throws SearchFault with all that is wrong
 */
export function conditionOf(type: string, parameters: readonly GivenParameter[], options: ParseOptions): Condition {
  const problems: SearchProblem[] = [];
  const conditions: Condition[] = [];
  const steps = stepsLeft();
  for (const [name, value] of givenParameters(parameters)) {
    try {
      if (resultParameter(name) !== undefined || name === '_sort' || name === '_type' || isInclude(name)) {
        refuse({
          kind: 'bad-combination',
          parameter: name,
          expected: 'criteria alone: this asks something of the answer',
        });
      }
      conditions.push(criterionCondition(type, givenCriterion(name, value, steps), options));
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SearchFault(problems);
  return allOf(conditions);
}
