import type { Value } from '../ast/value.ts';
import { refuse, type Ask } from './ask.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';
import { compositeValue } from './types/composite.ts';
import { dateValue } from './types/date.ts';
import { numberValue } from './types/number.ts';
import { quantityValue } from './types/quantity.ts';
import { referenceValues } from './types/reference.ts';
import { stringValue, uriValue } from './types/string.ts';
import { tokenValue } from './types/token.ts';

/**
 * The values of a search parameter of a type.
 * @param values still escaped
 * @throws SearchFault with the problems of each value
 */
export function typedValues(ask: Ask, values: readonly string[]): Value[] {
  try {
    return valuesByType(ask, values);
  } catch (error) {
    if (!(error instanceof SearchFault) || values.length < 2) throw error;
    throw new SearchFault(problemsOfEach(ask, values, error));
  }
}

/** The most values whose problems are listed: after correcting these, the client may try again. */
const mostProblems = 50;

/** The problems of each of several values; reading all at once has given the first problem. */
function problemsOfEach(ask: Ask, values: readonly string[], first: SearchFault): SearchProblem[] {
  const problems: SearchProblem[] = [];
  for (const value of values) {
    if (problems.length >= mostProblems) break;
    try {
      valuesByType(ask, [value]);
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      // A problem that is not about a value is the same for all of them.
      problems.push(...error.problems.filter(({ kind }) => kind === 'bad-value'));
    }
  }
  return problems.length > 0 ? problems : [...first.problems];
}

function valuesByType(ask: Ask, values: readonly string[]): Value[] {
  switch (ask.parameter.type) {
    case 'token':
      return values.map((value) => tokenValue(ask, value));
    case 'string':
      return values.map((value) => stringValue(ask, value));
    case 'reference':
      return referenceValues(ask, values);
    case 'date':
      return values.map((value) => dateValue(ask, value));
    case 'number':
      return values.map((value) => numberValue(ask, value));
    case 'quantity':
      return values.map((value) => quantityValue(ask, value));
    case 'uri':
      return values.map((value) => uriValue(ask, value));
    case 'composite':
      return values.map((value) => compositeValue(ask, value));
    case 'special':
      return refuse({
        kind: 'not-supported',
        parameter: ask.name,
        expected: 'a parameter with rules that are not known here',
      });
  }
}
