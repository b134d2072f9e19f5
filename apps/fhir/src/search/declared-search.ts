/** The part of the CapabilityStatement that declares search. https://hl7.org/fhir/R5/capabilitystatement.html */
import { type ParseOptions, SearchFault } from '@dhp/fhir-search';
import { notIndexed, type OwnParameters, type SearchParameter, searchParametersOf } from '@dhp/fhir-search/parameters';
import { conditionOf } from '@dhp/search-index';
import { compartments, compartmentUrl } from './compartments.ts';
import { maxCount } from './results.ts';

/** Searches that parameters with their own rules understand, if the server understands them at all. */
const samples: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    _text: 'x',
    _content: 'x',
    _filter: '_id eq x',
    _list: 'x',
    _in: 'Group/x',
    near: '41.3|69.2|1|km',
    contains: '41.3|69.2',
    'section-code-text': 'x$x',
  }),
);

const options: ParseOptions = {
  ...{ timeZone: 'UTC', now: new Date(0), ownBases: [], lenient: false },
  collections: { members: () => [] },
};

/** The parameters by which the resources of a type can be found, in the order of the definitions. */
export function searchableParameters(type: string, own?: OwnParameters): SearchParameter[] {
  const special = notIndexed(type);
  return [...searchParametersOf(type, own).values()].filter(
    ({ code, unready }) =>
      unready === undefined && (!special.has(code) || isUnderstood(type, code, samples.get(code) ?? 'x')),
  );
}

function isUnderstood(type: string, code: string, value: string): boolean {
  try {
    conditionOf(type, [[code, value]], options);
    return true;
  } catch (error) {
    if (error instanceof SearchFault) return false;
    throw error;
  }
}

/** `CapabilityStatement.rest.resource`: the search of each of the types. */
export function declaredSearches(types: readonly string[], own?: OwnParameters): ReadonlyMap<string, object> {
  const referrers = referrersOf(types, own);
  return new Map(
    types.map((type) => {
      const parameters = searchableParameters(type, own);
      // `_in` is membership, kept by the group: the member holds no reference to follow.
      const references = parameters.filter((parameter) => parameter.type === 'reference' && parameter.code !== '_in');
      const search = {
        searchInclude: ['*', `${type}:*`, ...references.map(({ code }) => `${type}:${code}`)],
        searchRevInclude: ['*', ...(referrers.get(type) ?? [])],
        searchParam: parameters.map(declared),
      };
      return [type, search] as const;
    }),
  );
}

function declared({ code, url, type, expression, base }: SearchParameter): object {
  // For parameters that every type has, the definition says enough.
  const isCommon = base === 'Resource' || base === 'DomainResource';
  return {
    name: code,
    definition: url,
    type,
    ...(expression === undefined || isCommon ? {} : { documentation: `Values: ${partsFor(base, expression)}` }),
  };
}

/** Returns the parts of an expression for many types that are about one of them. */
function partsFor(type: string, expression: string): string {
  const parts = expression.split(' | ').filter((part) => part.replace('(', '').startsWith(`${type}.`));
  return parts.length === 0 ? expression : parts.join(' | ');
}

/** A parameter that refers to more types than this refers to nearly all: `*` in `searchRevInclude` covers it for all of them. */
const manyTypes = 100;

/** For each type the `Type:parameter` whose values can be references to it. */
function referrersOf(types: readonly string[], own?: OwnParameters): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>(types.map((type) => [type, []]));
  for (const source of types) {
    for (const { code, type, target, unready } of searchParametersOf(source, own).values()) {
      if (type !== 'reference' || target.length > manyTypes || unready !== undefined) continue;
      for (const each of target) found.get(each)?.push(`${source}:${code}`);
    }
  }
  return found;
}

/**
 * Parameters that every search takes beside those of its types: "These search parameters should include the control search parameters such
 * as _sort, _count, etc." Most have no definition; a test compares them with the parameters that a search accepts.
 * https://hl7.org/fhir/R5/capabilitystatement-definitions.html#CapabilityStatement.rest.searchParam
 */
const answerParametersDeclared = (
  [
    ['_type', 'special', 'Of a search of several types: those to search'],
    ['_has', 'special', 'What another resource that refers to the match must meet'],
    ['_include', 'string', 'By the names of searchInclude, perhaps with the type of the target, and :iterate'],
    ['_revinclude', 'string', 'By the names of searchRevInclude, and :iterate'],
    ['_sort', 'string', 'By parameters of the type, _lastUpdated, _id and _score; - before one is descending'],
    ['_count', 'number', `Matches on a page, ${maxCount} at most; 0 for the number alone`],
    ['_maxresults', 'number', 'Matches in all'],
    ['_total', 'token', 'none, estimate or accurate'],
    ['_score', 'token', 'true or false'],
    ['_summary', 'token', 'true, text, data, count or false'],
    ['_elements', 'string', 'Elements of the resource itself'],
    ['_contained', 'token', 'false, true or both'],
    ['_containedType', 'token', 'container or contained'],
  ] as const
).map(([name, type, documentation]) => {
  const definition = searchParametersOf('Basic').get(name)?.url;
  return { name, ...(definition !== undefined && { definition }), type, documentation };
});

/** `CapabilityStatement.rest`: the search of several types, and compartments. `types`: those that can be searched. */
export function declaredSystemSearch(
  types: readonly string[],
  timeZone: string,
): { documentation: string; searchParam: object[]; compartment: string[] } {
  const [first = '', ...others] = types;
  const common = searchableParameters(first).filter((parameter) =>
    others.every((other) => searchParametersOf(other).get(parameter.code)?.type === parameter.type),
  );
  return {
    documentation:
      `Dates and times without a zone, in resources and in searches, are of the time zone ${timeZone}. ` +
      'A search is strict: what it does not know is an error, unless the request says "Prefer: handling=lenient".',
    searchParam: [...common.map(declared), ...answerParametersDeclared],
    compartment: compartments.map(compartmentUrl),
  };
}
