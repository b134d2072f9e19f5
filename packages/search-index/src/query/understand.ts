import {
  type GivenParameter,
  parseCriteria,
  type ParsedSearch,
  type ParseOptions,
  parseSearch,
  type SearchScope,
} from '@dhp/fhir-search';
import { generationOf } from '@dhp/fhir-search/parameters';
import { allOf } from '../condition/combine.ts';
import type { Condition } from '../condition/condition.ts';
import type { MatchOptions } from '../types/ask.ts';
import { criterionCondition } from './criterion-condition.ts';
import type { ContainedAsked, SearchQuery, UnderstoodSearch } from './search-query.ts';
import { payForCondition, payForParameters, payForQuery } from './payment.ts';
import { sortKey } from './sort-key.ts';
import { together } from './together.ts';
import { understoodBefore } from './understood-before.ts';

/** A search in the terms of the index. @param options the options with which it was parsed */
export function searchQuery({ search, result }: ParsedSearch, options: MatchOptions): SearchQuery {
  const { types, sort, includes } = search;
  const contained = containedOf(result);
  const follows = generationOf(options.own);
  return {
    branches: types.map(({ type, where }) => ({
      type,
      where: allOf(
        together(
          type,
          where.map((criterion) => ({ criterion, condition: criterionCondition(type, criterion, options) })),
          options,
        ),
      ),
    })),
    sort: sort.map((rule) => sortKey(types[0]!.type, rule, options)),
    includes,
    ...(contained !== undefined && { contained }),
    ...(follows !== undefined && { follows }),
  };
}

/** https://hl7.org/fhir/R5/search.html#contained */
function containedOf({ contained = 'false', containedType }: ParsedSearch['result']): ContainedAsked | undefined {
  if (contained === 'false') return undefined;
  return { alsoStored: contained === 'both', shown: containedType ?? 'container' };
}

/**
 * Makes the query of the index from the parameters of a search; the result is shared and must not be changed. @throws SearchFault as `parseSearch`
 * @throws BudgetSpent
 */
export function understandSearch(
  scope: SearchScope,
  parameters: readonly GivenParameter[],
  options: ParseOptions,
): UnderstoodSearch {
  const { budget } = options;
  payForParameters(parameters, budget);
  const anew = (asked: ParseOptions): UnderstoodSearch => {
    const parsed = parseSearch(scope, parameters, asked);
    return { ...parsed, query: searchQuery(parsed, asked) };
  };
  const understood = 'type' in scope ? understoodBefore(scope.type, parameters, options, anew) : anew(options);
  payForQuery(understood.query, budget);
  return understood;
}

/** Criteria alone, in the terms of the index. @throws SearchFault as `parseCriteria` @throws BudgetSpent */
export function conditionOf(type: string, parameters: readonly GivenParameter[], options: ParseOptions): Condition {
  const { budget } = options;
  payForParameters(parameters, budget);
  const condition = allOf(
    parseCriteria(type, parameters, options).map((one) => criterionCondition(type, one, options)),
  );
  payForCondition(condition, budget);
  return condition;
}
