import { refuse } from './ask.ts';

/** A parameter as the request has it, percent-decoded. */
export type GivenParameter = readonly [name: string, value: string];

/** More than anybody asks; each becomes a part of the statement. */
const maxParameters = 500;

/** The parameters that have a value: an empty one is ignored. @throws SearchFault when there are too many to be meant */
export function givenParameters(parameters: readonly GivenParameter[]): GivenParameter[] {
  const given = parameters.filter(([, value]) => value !== '');
  const next = given[maxParameters];
  if (next !== undefined) {
    refuse({ kind: 'not-supported', parameter: next[0], expected: `at most ${maxParameters} parameters` });
  }
  return given;
}
