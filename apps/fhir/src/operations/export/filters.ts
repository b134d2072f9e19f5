/** `_typeFilter`: for some types, searches of which a resource has to meet one. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#_typefilter-query-parameter */
import { SearchFault } from '@dhp/fhir-search';
import { conditionOf, type Condition } from '@dhp/search-index';
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow, usualWork } from '@dhp/search-index/rows';
import type { Call, Services } from '../../contract/interaction.ts';
import { readPairs } from '../../http/query.ts';
import { searchFailure } from '../../http/search-problems.ts';
import { isToldByResource, meets } from '../../matching/meets.ts';
import { invalid } from '../input.ts';
import { parseOptions } from '../../search/understood.ts';

/** By type. */
export type Filters = ReadonlyMap<string, Condition>;

/** In a list, which commas separate: the searches have commas too. */
const between = /,(?=[A-Z][A-Za-z]+\?)/;

/** Parameters that shape the answer to a search, and do not select matches. */
const ofResults =
  /^_(include|revinclude|sort|count|total|summary|elements|contained|containedType|score|format|pretty|cursor|maxresults|graph|type|query)\b/;

/** @param isFound whether they are for the index, which tells more than a resource does. Fails with `parameter-invalid` and with the failures of a search */
export function readFilters(
  services: Services,
  call: Call,
  given: readonly string[],
  types: readonly string[],
  isFound = false,
): Filters {
  const found = new Map<string, Condition[]>();
  for (const filter of given.flatMap((each) => each.split(between)).filter((each) => each !== '')) {
    const [, type = '', query = ''] = /^([A-Za-z]+)\?(.+)$/s.exec(filter) ?? [];
    const shown = JSON.stringify(filter.slice(0, 100));
    if (type === '')
      invalid('_typeFilter', `_typeFilter is a search such as Observation?category=laboratory, not ${shown}.`);
    if (!types.includes(type))
      invalid(
        '_typeFilter',
        `${shown} is about a type that is not ${isFound ? 'asked for' : 'exported'}. Name it in _type too.`,
      );
    const all = found.get(type) ?? [];
    all.push(filterOf(services, call, { type, query, isFound }));
    found.set(type, all);
  }
  return new Map([...found].map(([type, of]) => [type, { op: 'any', of }]));
}

interface Filter {
  readonly type: string;
  readonly query: string;
  readonly isFound: boolean;
}

function filterOf(services: Services, call: Call, { type, query, isFound }: Filter): Condition {
  const pairs = readPairs(query, '_typeFilter');
  const unfit = pairs.find(([name]) => ofResults.test(name));
  if (unfit !== undefined)
    invalid('_typeFilter', `${unfit[0].slice(0, 100)} is about the answer to a search. Leave it out.`);
  try {
    const condition = conditionOf(type, pairs, { ...parseOptions(services, call), lenient: false });
    // Each is tested as it was at the time of the export, which no index tells.
    if (isFound || (isToldByResource(condition) && !leadsOn(condition))) return condition;
  } catch (error) {
    throw error instanceof SearchFault ? searchFailure(error) : error;
  }
  const diagnostics = `${type}?${query.slice(0, 100)} asks more than the resource itself tells: chains, _has, quantities, places, full text and _lastUpdated are not for _typeFilter.`;
  return invalid('_typeFilter', diagnostics);
}

/** Whether it depends on targets of references, which may have changed since. */
function leadsOn(condition: Condition): boolean {
  if (condition.op === 'all' || condition.op === 'any') return condition.of.some(leadsOn);
  return condition.op === 'not' ? leadsOn(condition.of) : condition.op === 'refers';
}

/** @throws BudgetSpent for a resource with too many index values */
export function meetsFilter(
  { timeZone, baseUrl, store }: Services,
  { budget }: Call,
  resource: JsonResource,
  condition: Condition,
): boolean {
  const work = budget.part({ work: 10 * usualWork }, 'resource');
  const own = store.knownSearchParameters();
  const row = indexRow(resource, { timeZone, ownBases: [baseUrl], own, budget: work });
  return meets({ id: resource['id'] as string, row }, condition) === true;
}
