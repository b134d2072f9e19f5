import type { SearchParameter } from '../parameters/search-parameters.ts';
import type { ParseOptions } from './parse-options.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';

/** One criterion: a parameter of a resource type, with the modifier given, ready for its values. */
export interface Ask {
  readonly type: string;
  readonly parameter: SearchParameter;
  readonly modifier: string | undefined;
  /** The given name, for problems. */
  readonly name: string;
  readonly options: ParseOptions;
}

/** @throws SearchFault always: the value is malformed for its type. */
export function badValue(ask: Pick<Ask, 'name'>, value: string, expected: string): never {
  throw new SearchFault([{ kind: 'bad-value', parameter: ask.name, value, expected }]);
}

/** @throws SearchFault always */
export function refuse(problem: SearchProblem): never {
  throw new SearchFault([problem]);
}
