import { isResourceType, resourceTypes } from '@dhp/fhir-model';
import { refuse } from './ask.ts';
import type { Criterion } from '../ast/criterion.ts';
import type { Include, Search, SortRule } from '../ast/search.ts';
import { requireFhirText } from './fhir-text.ts';
import { givenParameters, type GivenParameter } from './given-parameters.ts';
import { includeOf } from './include.ts';
import { nearNames } from './near-names.ts';
import type { ParseOptions } from './parse-options.ts';
import { isInclude, resultParameter, type ResultParameters } from './result-parameters.ts';
import { stepsLeft } from './given-criterion.ts';
import { requireAtMost } from './search-limits.ts';
import { SearchFault, type SearchProblem } from './search-problem.ts';
import { containedProblems } from './contained.ts';
import { shapeOf, type AskedShape } from './asked-shape.ts';
import { criteria } from './several-types.ts';
import { sortOf } from './sort.ts';
import { hiddenParameter } from './unknown-parameter.ts';

/** The resources that are searched: those of a type, or of several in one answer. */
export type SearchScope = { readonly type: string } | { readonly types: readonly string[] };

export interface ParsedSearch {
  readonly search: Search;
  /** Parameters that were applied, in the order given, for the self link. */
  readonly applied: readonly GivenParameter[];
  /** Lenient: the parts left out, with the reasons. */
  readonly ignored: readonly SearchProblem[];
  /** For the form of the answer, checked. */
  readonly result: ResultParameters;
}

/**
 * Parses a search in FHIR's words. Parameters without a value are skipped. `_format`, `_pretty` and the like are unknown here: parameters
 * of the answer's encoding must be removed before. https://hl7.org/fhir/R5/search.html
 * @throws SearchFault with all problems; lenient, they are in `ignored` instead, except those that must not be ignored
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * parseSearch({ type: 'Patient' }, [['_count', '20']], options).result.count; // 20
 */
export function parseSearch(
  scope: SearchScope,
  parameters: readonly GivenParameter[],
  options: ParseOptions,
): ParsedSearch {
  const given = givenParameters(parameters);
  const problems: SearchProblem[] = [];
  const applied = new Set<GivenParameter>();
  const types = typesOf(scope, given, problems, applied);
  const wheres = new Map<string, Criterion[]>(types.map((type) => [type, []]));
  const sort: SortRule[] = [];
  const includes: Include[] = [];
  const steps = stepsLeft();
  let result: ResultParameters = {};
  // The container of a resource may be of any type, and references from it are followed.
  const matched = given.some(([name, value]) => name === '_contained' && value !== 'false') ? resourceTypes : types;

  for (const parameter of given) {
    const [name, value] = parameter;
    if (name === '_type') continue;
    try {
      requireFhirText(name, value);
      const reader = resultParameter(name);
      if (reader !== undefined) result = { ...result, ...once(result, reader(value, name, types), name, value) };
      else if (name === '_sort') {
        if (sort.length > 0) refuse(twice(name, value));
        sort.push(...sortOf(types, value, options.own));
      } else if (isInclude(name)) {
        requireAtMost('includes', includes.length + 1, name);
        includes.push(includeOf(matched, name, value, options.own));
      } else
        for (const [type, criterion] of criteria(types, [name, value], options, steps))
          wheres.get(type)!.push(criterion);
      applied.add(parameter);
    } catch (error) {
      if (!(error instanceof SearchFault)) throw error;
      problems.push(...error.problems);
    }
  }
  const asked = [...wheres.values()].flat().map(shapeOf);
  const excluded = [...excludedParameters(sort, includes, result, asked), ...containedProblems(sort, result, asked)];
  problems.push(...excluded);
  // A resource may be contained in one of any type, in which contained resources may be hidden.
  if (matched !== types && options.own?.hidden !== undefined && options.own.hidden.isPlain !== true)
    problems.push(hiddenParameter('_contained', 'it looks at'));
  if (sort.length === 0 && options.own?.hidden?.hidesOrder(types) === true)
    sort.push(...sortOf(types, '-_lastUpdated', options.own));
  const refused = options.lenient ? problems.filter(mustBeRefused) : problems;
  if (refused.length > 0) throw new SearchFault(refused);
  for (const { parameter } of excluded) {
    if (parameter === '_sort') sort.length = 0;
    else if (parameter === '_contained') result = without(result, 'contained');
    else result = without(result, 'summary');
    for (const one of applied) if (one[0] === parameter) applied.delete(one);
  }
  return {
    search: { types: types.map((type) => ({ type, where: wheres.get(type)! })), sort, includes },
    applied: given.filter((one) => applied.has(one)),
    ignored: problems,
    result,
  };
}

/** Parameters of the answer that cannot be met together with the rest: `_summary` or `_sort`. */
function excludedParameters(
  sort: readonly SortRule[],
  includes: readonly Include[],
  { summary }: ResultParameters,
  asked: readonly AskedShape[],
): SearchProblem[] {
  const problems: SearchProblem[] = [];
  if (summary === 'text' && includes.length > 0) {
    const expected = 'another summary: what is included cannot be shown as text alone';
    problems.push({ kind: 'bad-combination', parameter: '_summary', value: summary, expected });
  }
  const isScored = asked.some(({ kind }) => kind === 'near' || kind === 'full-text');
  if (sort.some(({ by }) => by.kind === 'score') && !isScored) {
    const expected = 'near, _text or _content in the search, by which matches are better or worse';
    problems.push({ kind: 'bad-combination', parameter: '_sort', value: '_score', expected });
  }
  return problems;
}

function without<Key extends keyof ResultParameters>(result: ResultParameters, key: Key): Omit<ResultParameters, Key> {
  const { [key]: _, ...rest } = result;
  return rest;
}

/**
 * Whether a problem refuses the search even from a lenient client: an unsupported modifier changes the meaning of its parameter, and an
 * unknown `_query` is another search. https://hl7.org/fhir/R5/search.html#modifiers
 */
function mustBeRefused({ kind, parameter }: SearchProblem): boolean {
  if (kind === 'unknown-operation' || kind === 'not-ready' || kind === 'hidden') return true;
  if (kind === 'incomplete' || kind === 'too-much') return true;
  if (parameter === '_sort' || isInclude(parameter)) return false;
  return kind === 'unknown-modifier' || (kind === 'not-supported' && /:[a-z-]+$/.test(parameter));
}

function twice(name: string, value: string): SearchProblem {
  return { kind: 'bad-combination', parameter: name, value, expected: `${name} once` };
}

/** The most unknown types that are reported one by one. */
const mostProblems = 50;

/** The types of the scope, or those of them that `_type` names. https://hl7.org/fhir/R5/search.html#_type */
function typesOf(
  scope: SearchScope,
  given: readonly GivenParameter[],
  problems: SearchProblem[],
  applied: Set<GivenParameter>,
): readonly string[] {
  const searched = 'type' in scope ? [scope.type] : scope.types;
  const asked = given.filter(([name]) => name === '_type');
  if (asked.length === 0) return searched;
  const types = new Set<string>();
  for (const parameter of asked) {
    const [name, value] = parameter;
    const given = value.split(',');
    requireAtMost('values', given.length, name);
    const bad = given.filter((one) => one !== '' && !searched.includes(one)).slice(0, mostProblems);
    for (const one of bad) {
      problems.push({
        kind: isResourceType(one) ? 'bad-combination' : 'unknown-type',
        parameter: name,
        value: one,
        near: nearNames(one, isResourceType(one) ? [] : resourceTypes),
        expected: isResourceType(one) ? 'a type that is searched here' : 'the name of a type of resource',
      });
    }
    for (const one of value.split(',')) if (searched.includes(one)) types.add(one);
    if (bad.length === 0) applied.add(parameter);
  }
  return types.size === 0 ? searched : [...types];
}

/** @throws SearchFault when the parameter was given before with another value */
function once(before: ResultParameters, now: ResultParameters, name: string, value: string): ResultParameters {
  for (const key of Object.keys(now) as (keyof ResultParameters)[]) {
    if (before[key] !== undefined && JSON.stringify(before[key]) !== JSON.stringify(now[key])) {
      refuse(twice(name, value));
    }
  }
  return now;
}
