import { requireAtMost, searchLimits } from './search-limits.ts';

/** A parameter as the request has it, percent-decoded. */
export type GivenParameter = readonly [name: string, value: string];

/** The parameters that have a value: an empty one is ignored. @throws SearchFault when there are too many to be meant */
export function givenParameters(parameters: readonly GivenParameter[]): GivenParameter[] {
  const given = parameters.filter(([, value]) => value !== '');
  requireAtMost('parameters', given.length, given[searchLimits.parameters]?.[0] ?? '');
  return given;
}
