import { mainDateParameter } from '../index/main-date.ts';
import { seedOf } from '../index/keys.ts';
import type { SearchParameter } from '../parameters/search-parameters.ts';
import { refuse, type Ask } from './ask.ts';
import type { Condition } from './condition.ts';
import type { ParseOptions } from './parse-options.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';
import { compositeCondition } from './types/composite.ts';
import { dateCondition } from './types/date.ts';
import { numberCondition } from './types/number.ts';
import { quantityCondition } from './types/quantity.ts';
import { referenceCondition } from './types/reference.ts';
import { stringCondition } from './types/string.ts';
import { tokenCondition } from './types/token.ts';
import { uriCondition } from './types/uri.ts';

/**
 * At least one of the values of a search parameter of a type.
 * @param values still escaped
 * @param name as it was given, for problems
 * @throws SearchFault with what is wrong with each value
 */
export function valuesCondition(
  type: string,
  parameter: SearchParameter,
  modifier: string | undefined,
  values: readonly string[],
  name: string,
  options: ParseOptions,
): Condition {
  const seed = seedOf(type, parameter.rows);
  const main = mainDateParameter(type) === parameter.code;
  const ask: Ask = { type, parameter, modifier, name, seed, main, options };
  try {
    return typeCondition(ask, values);
  } catch (error) {
    if (!(error instanceof SearchFault) || values.length < 2) throw error;
    throw new SearchFault(problemsOfEach(ask, values, error));
  }
}

/** Values of which is said what is wrong with each: whoever has mended these may ask again. */
const mostProblems = 50;

/** What is wrong with each of several values, of which reading all at once has told the first problem. */
function problemsOfEach(ask: Ask, values: readonly string[], first: SearchFault): SearchProblem[] {
  const problems: SearchProblem[] = [];
  for (const value of values) {
    if (problems.length >= mostProblems) break;
    try {
      typeCondition(ask, [value]);
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      // What is not about a value is the same for all of them.
      problems.push(...error.problems.filter(({ kind }) => kind === 'bad-value'));
    }
  }
  return problems.length > 0 ? problems : [...first.problems];
}

/** At least one of the values, by the type of the parameter. */
function typeCondition(ask: Ask, values: readonly string[]): Condition {
  switch (ask.parameter.type) {
    case 'token':
      return tokenCondition(ask, values);
    case 'string':
      return stringCondition(ask, values);
    case 'reference':
      return referenceCondition(ask, values);
    case 'date':
      return dateCondition(ask, values);
    case 'number':
      return numberCondition(ask, values);
    case 'quantity':
      return quantityCondition(ask, values);
    case 'uri':
      return uriCondition(ask, values);
    case 'composite':
      return compositeCondition(ask, values);
    case 'special':
      return refuse({
        kind: 'not-supported',
        parameter: ask.name,
        expected: 'a parameter with rules that are not known here',
      });
  }
}
