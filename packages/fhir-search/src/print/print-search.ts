import type { Collection, Criterion } from '../ast/criterion.ts';
import type { Include, SortRule } from '../ast/search.ts';
import { escape } from '../query/escapes.ts';
import type { GivenParameter } from '../query/given-parameters.ts';
import type { ParsedSearch } from '../query/parse-search.ts';
import type { ResultParameters } from '../query/result-parameters.ts';
import { printFilter } from './print-filter.ts';
import { printToken, printValue } from './print-value.ts';
import { printWords } from './print-words.ts';

/**
 * The parameters of a search: parsed in the same scope and with the same services they give the same search. Equal meanings are written in
 * one way. The types are those of the scope.
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * printSearch(parseSearch({ type: 'Patient' }, [['family', 'Karimov']], options)); // [ [ 'family', 'Karimov' ] ]
 */
export function printSearch({ search, result }: Pick<ParsedSearch, 'search' | 'result'>): GivenParameter[] {
  // The criteria of all types are the same, so the first type is printed.
  const [first] = search.types;
  return [
    ...(first?.where.map(printCriterion) ?? []),
    ...(search.sort.length === 0 ? [] : [['_sort', search.sort.map(printRule).join(',')] as const]),
    ...search.includes.map(printInclude),
    ...printResult(result),
  ];
}

/**
 * A criterion as the parameter that asks for it. @throws TypeError for a part of one, which is no parameter by itself
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * printCriterion(parseCriteria('Patient', [['family', 'Karimov']], options)[0]!); // [ 'family', 'Karimov' ]
 */
export function printCriterion(criterion: Criterion): GivenParameter {
  switch (criterion.kind) {
    case 'parameter': {
      const { parameter, modifier, values } = criterion;
      return [named(parameter, modifier), listed(values.map(printValue))];
    }
    case 'missing':
      return [`${criterion.parameter}:missing`, String(criterion.missing)];
    case 'chain': {
      const [name, value] = criterion.written ?? printCriterion(criterion.to[0]!.where);
      return [`${named(criterion.parameter, criterion.target)}.${name}`, value];
    }
    case 'has': {
      const [name, value] = printCriterion(criterion.where);
      return [`_has:${criterion.type}:${criterion.parameter}:${name}`, value];
    }
    case 'filter':
      return ['_filter', printFilter(criterion.filter)];
    case 'full-text':
      return [criterion.parameter, listed(criterion.words.map((words) => escape(printWords(words))))];
    case 'section-code-text':
      return [
        'section-code-text',
        listed(criterion.sections.map(({ code, words }) => `${printToken(code)}$${escape(printWords(words))}`)),
      ];
    case 'member':
      return [named(criterion.parameter, criterion.modifier), listed(criterion.collections.map(printCollection))];
    case 'all':
    case 'any':
    case 'not':
      throw new TypeError(`${criterion.kind} is no parameter by itself`);
  }
}

function named(name: string, modifier: string | undefined): string {
  return modifier === undefined ? name : `${name}:${modifier}`;
}

/** An empty list is not an empty value, which would be ignored. */
function listed(values: readonly string[]): string {
  return values.length === 0 ? ',' : values.join(',');
}

function printCollection(collection: Collection): string {
  if ('list' in collection) return escape(collection.list);
  return collection.named === undefined ? collection.id : `${collection.named}/${collection.id}`;
}

function printRule({ parameter, descending, by }: SortRule): string {
  return `${descending ? '-' : ''}${named(parameter, by.kind === 'display' ? 'text' : undefined)}`;
}

function printInclude({ direction, iterate, source, parameter, target }: Include): GivenParameter {
  const place = source === '*' ? ['*'] : [source, parameter, ...(target === undefined ? [] : [target])];
  return [named(`_${direction}`, iterate ? 'iterate' : undefined), place.join(':')];
}

const resultNames: Readonly<Record<keyof ResultParameters, string>> = {
  count: '_count',
  maxResults: '_maxresults',
  total: '_total',
  summary: '_summary',
  elements: '_elements',
  contained: '_contained',
  containedType: '_containedType',
  score: '_score',
  explain: '_explain',
};

function printResult(result: ResultParameters): GivenParameter[] {
  return Object.entries(result).map(([key, value]) => [
    resultNames[key as keyof ResultParameters],
    Array.isArray(value) ? value.join(',') : String(value as number | boolean | string),
  ]);
}
