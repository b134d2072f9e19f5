import type { Criterion } from '@dhp/fhir-search';
import {
  derivedParameters,
  mainDateParameter,
  searchParameter,
  type SearchParameter,
} from '@dhp/fhir-search/parameters';
import { allOf, anyOf, not } from '../condition/combine.ts';
import type { Condition } from '../condition/condition.ts';
import { inlinedCondition } from '../indexing/inlined.ts';
import { seedOf } from '../keys/keys.ts';
import { referenceSeed } from '../keys/shared-references.ts';
import { isPresent } from '../keys/usual-parameters.ts';
import type { Ask, MatchOptions } from '../types/ask.ts';
import { missingInColumn, specialCondition } from '../types/special/matching.ts';
import { anyShownLabel } from '../types/token/shown-labels.ts';
import { webSearch } from '../types/words.ts';
import { typeCondition } from './type-condition.ts';

type Of<Kind extends Criterion['kind']> = Extract<Criterion, { readonly kind: Kind }>;

/** A criterion on resources of a type, in the terms of the index. */
export function criterionCondition(type: string, criterion: Criterion, options: MatchOptions): Condition {
  const inner = (one: Criterion): Condition => criterionCondition(type, one, options);
  switch (criterion.kind) {
    case 'all':
      return allOf(criterion.of.map(inner));
    case 'any':
      return anyOf(criterion.of.map(inner));
    case 'not':
      return not(inner(criterion.of));
    case 'filter':
      return inner(criterion.asks);
    case 'parameter':
      return parameterCondition(type, criterion, options);
    case 'missing':
      return missingCondition(type, criterion, options);
    case 'chain':
      return chainCondition(type, criterion, options);
    case 'has': {
      const seeds = seedsOf(criterion.type, requireParameter(criterion.type, criterion.parameter, options));
      const where = criterionCondition(criterion.type, criterion.where, options);
      return { op: 'referred', seeds, type: criterion.type, where };
    }
    case 'full-text':
      // One question, whatever the number of values: each by itself would be asked of every candidate.
      return { op: 'full-text', in: placeOf.get(criterion.parameter)!, query: webSearch(criterion.words) };
    case 'section-code-text':
      return anyOf(criterion.sections.map((section) => sectionCondition(type, section, options)));
    case 'member':
      return memberCondition(type, criterion, options);
  }
}

const placeOf: ReadonlyMap<string, 'narrative' | 'sections' | 'content'> = new Map(
  Object.entries<'narrative' | 'sections' | 'content'>({
    _text: 'narrative',
    'section-text': 'sections',
    _content: 'content',
  }),
);

/** The parameter that a search names. @throws TypeError for an unknown one: the search was parsed with other parameters */
function requireParameter(type: string, code: string, { own }: MatchOptions): SearchParameter {
  const found = searchParameter(type, code, own);
  if (found === undefined) throw new TypeError(`${type} has no search parameter ${code}`);
  return found;
}

/** The parameters whose values a parameter has: itself, or those from which it is derived. */
function partsOf(type: string, code: string, options: MatchOptions): readonly SearchParameter[] {
  const derived = derivedParameters(type).get(code);
  return derived?.map((one) => searchParameter(type, one)!) ?? [requireParameter(type, code, options)];
}

function parameterCondition(type: string, criterion: Of<'parameter'>, options: MatchOptions): Condition {
  const special = specialCondition(type, criterion);
  if (special !== undefined) return special;
  const { modifier, operator, values } = criterion;
  const conditions = partsOf(type, criterion.parameter, options).map((parameter) => {
    const seed = seedOf(type, parameter.rows);
    const main = mainDateParameter(type) === parameter.code;
    const ask: Ask = { type, parameter, modifier, operator, seed, main, options };
    return typeCondition(ask, values);
  });
  return modifier === 'not' || modifier === 'not-in' ? allOf(conditions) : anyOf(conditions);
}

/** https://hl7.org/fhir/R5/search.html#modifiermissing */
function missingCondition(type: string, { parameter, missing }: Of<'missing'>, options: MatchOptions): Condition {
  const inColumn = missingInColumn(parameter, missing);
  if (inColumn !== undefined) return inColumn;
  const written = partsOf(type, parameter, options).map(({ rows }) => isPresent(type, rows));
  const present = anyOf([...written, ...anyShownLabel(parameter, options)]);
  return missing ? not(present) : present;
}

function chainCondition(type: string, criterion: Of<'chain'>, options: MatchOptions): Condition {
  const parameter = requireParameter(type, criterion.parameter, options);
  return anyOf(
    criterion.to.map((to): Condition => {
      const where = criterionCondition(to.type, to.where, options);
      const inlined = type === 'Bundle' ? inlinedCondition(parameter.code, where) : undefined;
      return inlined ?? { op: 'refers', seeds: seedsOf(type, parameter), type: to.type, where };
    }),
  );
}

/** The seeds of a reference parameter: its own, or those of the parameters from which it is derived. */
function seedsOf(type: string, { code, rows }: SearchParameter): bigint[] {
  return (derivedParameters(type).get(code) ?? [rows]).map((one) => referenceSeed(type, one));
}

/**
 * A section has the code and in its own narrative the words. These are the sections of the Composition itself, whose codes `section`
 * asks for, which leads to few.
 */
function sectionCondition(
  type: string,
  { code: token, words }: Of<'section-code-text'>['sections'][number],
  options: MatchOptions,
): Condition {
  const { system, code = '' } = token;
  const section = system === undefined ? { code } : { system, code };
  return allOf([
    criterionCondition(type, { kind: 'parameter', parameter: 'section', values: [token] }, options),
    { op: 'full-text', in: 'sections', query: webSearch([words]), section },
  ]);
}

/** https://hl7.org/fhir/R5/search.html#_in */
function memberCondition(type: string, { modifier, collections }: Of<'member'>, options: MatchOptions): Condition {
  const lists = collections.flatMap((one) => ('list' in one ? [criterionCondition(type, one.asks, options)] : []));
  const named = collections.flatMap((one) => ('list' in one ? [] : [one.ids]));
  const listed: Condition[] = named.length === 0 ? [] : [{ op: 'id', any: [...new Set(named.flat())] }];
  const condition = anyOf([...lists, ...listed]);
  return modifier === 'not' ? not(condition) : condition;
}
