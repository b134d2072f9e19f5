import { isResourceType } from '@dhp/fhir-model';
import { derivedParameters } from '../index/derived-parameters.ts';
import { inlinedCondition } from '../index/inlined.ts';
import { referenceSeed } from '../index/shared-references.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { searchParameter, searchParametersOf, type SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { anyOf } from './combine.ts';
import type { Condition } from './condition.ts';
import { followed, type Asking, type Criterion } from './criterion.ts';
import { nearNames } from './near-names.ts';
import { SearchFault } from './search-problem.ts';
import { requireParameter } from './unknown-parameter.ts';
import { hasReferences } from './value-types.ts';

/**
 * `subject:Patient.organization.name`: a reference leads to a resource that meets the rest. Without a type: to one of any
 * target type that has the rest. https://hl7.org/fhir/R5/search.html#chaining
 */
export function chainCondition(type: string, criterion: Criterion, next: Asking, own?: OwnParameters): Condition {
  const { name, given } = criterion;
  const dot = name.indexOf('.');
  const [code = '', target, ...more] = name.slice(0, dot).split(':');
  if (more.length > 0) refuse({ kind: 'unknown-modifier', parameter: given, expected: 'one type before the dot' });
  const parameter = requireParameter(type, code, given, own);
  const rest = followed(criterion, name.slice(dot + 1));
  const start = /^[^.:]*/.exec(rest.name)![0];
  const refers = (to: string): Condition => refersTo(type, parameter, to, (reached) => next(reached, rest));
  return chainTargets(type, parameter, target, start, rest, refers, own);
}

/**
 * What `refers` makes of the type that the chain names, or of all target types that it can make something of.
 * @param target the type after the colon, if any
 * @param start the name of the parameter that follows
 * @param rest what follows, for problems
 * @throws SearchFault
 */
export function chainTargets(
  type: string,
  parameter: SearchParameter,
  target: string | undefined,
  start: string,
  rest: Criterion,
  refers: (to: string) => Condition,
  own: OwnParameters | undefined,
): Condition {
  const { code } = parameter;
  const { given } = rest;
  if (!isWithin(type, parameter)) requireFollowable(type, parameter, given);
  if (target === undefined) return anyTarget(parameter, start, rest, refers, own);
  if (!parameter.target.includes(target)) {
    refuse({
      kind: isResourceType(target) ? 'bad-combination' : 'unknown-type',
      parameter: given,
      near: nearNames(target, parameter.target),
      expected: `${code} of ${type} leads to ${parameter.target.slice(0, 12).join(', ')}`,
    });
  }
  return refers(target);
}

/** A reference by the parameter to a resource of a type that meets a condition, or such a resource within a Bundle itself. */
export function refersTo(
  type: string,
  parameter: SearchParameter,
  to: string,
  where: (reached: string) => Condition,
): Condition {
  if (isWithin(type, parameter)) return inlinedCondition(parameter.code, where(to))!;
  return { op: 'refers', seeds: seedsOf(type, parameter), type: to, where: where(to) };
}

/** A chain through whichever target types have the rest. @throws the problems of the types that have it, else that none has */
function anyTarget(
  parameter: SearchParameter,
  start: string,
  rest: Criterion,
  refers: (to: string) => Condition,
  own: OwnParameters | undefined,
): Condition {
  const possible = parameter.target.filter((to) => start === '_has' || searchParameter(to, start, own) !== undefined);
  if (possible.length === 0) {
    return refuse({
      kind: 'unknown-parameter',
      parameter: rest.given,
      near: nearNames(start, new Set(parameter.target.flatMap((to) => [...searchParametersOf(to, own).keys()]))),
      expected: `after ${parameter.code}. a search parameter of ${parameter.target.slice(0, 12).join(', ')}`,
    });
  }
  const found: Condition[] = [];
  let fault: SearchFault | undefined;
  for (const to of possible) {
    try {
      found.push(refers(to));
    } catch (error) {
      if (!(error instanceof SearchFault) || error.problems.some(({ kind }) => kind === 'too-much')) throw error;
      fault ??= error;
    }
  }
  // The same name may mean another kind of value in another type, or lead no further there.
  if (found.length === 0) throw fault!;
  return anyOf(found);
}

/** The seeds of a reference parameter: its own, or of those that it is made of. */
export function seedsOf(type: string, { code, rows }: SearchParameter): bigint[] {
  return (derivedParameters(type).get(code) ?? [rows]).map((one) => referenceSeed(type, one));
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

/** Whether the parameter leads to a resource that is part of this one: the first of a document or message. */
function isWithin(type: string, { code }: SearchParameter): boolean {
  return type === 'Bundle' && inlinedCondition(code, anyOf([])) !== undefined;
}
