import { isResourceType } from '@dhp/fhir-model';
import type { ChainCriterion, Criterion } from '../ast/criterion.ts';
import { leadsWithin } from '../parameters/within-bundle.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { searchParameter, searchParametersOf, type SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { followed, readForEach, type Reading, type GivenCriterion } from './given-criterion.ts';
import { nearNames } from './near-names.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';
import { requireParameter } from './unknown-parameter.ts';
import { hasReferences } from '../parameters/value-types.ts';

/**
 * `subject:Patient.organization.name`: a reference leads to a resource that meets the rest. Without a type: to one of any
 * target type that has the rest. https://hl7.org/fhir/R5/search.html#chaining
 */
export function chainCriterion(type: string, criterion: GivenCriterion, next: Reading, own?: OwnParameters): Criterion {
  const { name, given } = criterion;
  const dot = name.indexOf('.');
  const [code = '', target, ...more] = name.slice(0, dot).split(':');
  if (more.length > 0) refuse({ kind: 'unknown-modifier', parameter: given, expected: 'one type before the dot' });
  const parameter = requireParameter(type, code, given, own);
  const rest = followed(criterion, name.slice(dot + 1));
  const start = /^[^.:]*/.exec(rest.name)![0];
  const chain = chainTo(type, parameter, target, start, rest, (reached) => next(reached, rest), own);
  return target === undefined ? { ...chain, written: [rest.name, rest.value] } : chain;
}

/**
 * A chain to resources of the named type, or of all target types to which `where` applies.
 * @param target the type after the colon, if any
 * @param start the name of the parameter that follows
 * @param rest the rest, for problems
 * @throws SearchFault
 */
export function chainTo(
  type: string,
  parameter: SearchParameter,
  target: string | undefined,
  start: string,
  rest: GivenCriterion,
  where: (to: string) => Criterion,
  own: OwnParameters | undefined,
): ChainCriterion {
  const { code } = parameter;
  const { given } = rest;
  if (!leadsWithin(type, parameter)) requireFollowable(type, parameter, given);
  if (target === undefined)
    return { kind: 'chain', parameter: code, to: anyTarget(parameter, start, rest, where, own) };
  if (!parameter.target.includes(target)) {
    refuse({
      kind: isResourceType(target) ? 'bad-combination' : 'unknown-type',
      parameter: given,
      near: nearNames(target, parameter.target),
      expected: `${code} of ${type} leads to ${parameter.target.slice(0, 12).join(', ')}`,
    });
  }
  return { kind: 'chain', parameter: code, target, to: [{ type: target, where: where(target) }] };
}

/** Any target type that has the rest. @throws the problems of the types that have it, else that none has */
function anyTarget(
  parameter: SearchParameter,
  start: string,
  rest: GivenCriterion,
  where: (to: string) => Criterion,
  own: OwnParameters | undefined,
): ChainCriterion['to'] {
  const possible = parameter.target.filter((to) => start === '_has' || searchParameter(to, start, own) !== undefined);
  if (possible.length === 0) {
    return refuse({
      kind: 'unknown-parameter',
      parameter: rest.given,
      near: nearNames(start, new Set(parameter.target.flatMap((to) => [...searchParametersOf(to, own).keys()]))),
      expected: `after ${parameter.code}. a search parameter of ${parameter.target.slice(0, 12).join(', ')}`,
    });
  }
  const found: { readonly type: string; readonly where: Criterion }[] = [];
  let fault: SearchFault | undefined;
  readForEach(possible, rest.budget, (to) => {
    try {
      found.push({ type: to, where: where(to) });
    } catch (error) {
      if (!(error instanceof SearchFault) || error.problems.some(({ kind }) => isForAll(kind))) throw error;
      fault ??= error;
    }
  });
  // The same name may mean another kind of value in another type, or lead no further there.
  if (found.length === 0) throw fault!;
  return found;
}

/** Whether a problem in one target type refuses the chain to all of them. */
function isForAll(kind: SearchProblem['kind']): boolean {
  return kind === 'too-much' || kind === 'hidden';
}

/** @throws SearchFault when the parameter is no reference, or one to resources that are named by canonical only */
export function requireFollowable(type: string, parameter: SearchParameter, given: string): void {
  if (parameter.type !== 'reference') {
    refuse({
      kind: 'bad-combination',
      parameter: given,
      expected: `a parameter of type reference before the dot; ${parameter.code} of ${type} is of type ${parameter.type}`,
    });
  }
  if (!hasReferences(type, parameter)) {
    refuse({
      kind: 'not-supported',
      parameter: given,
      expected: `${parameter.code} of ${type} holds canonical URLs, which R5 search does not follow`,
    });
  }
}
