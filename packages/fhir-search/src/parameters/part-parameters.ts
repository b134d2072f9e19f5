import { searchParameter } from './search-parameters.ts';

/**
 * The search parameters by which a resource of the type names another one of it that it is part of, as `Location?partof`.
 * @example
 * partParameters('Location'); // [ 'partof' ]
 */
export function partParameters(type: string): readonly string[] {
  return ['partof', 'part-of'].filter((code) => searchParameter(type, code)?.target.includes(type) === true);
}
