/** Criteria of a conditional interaction: search parameters in the place of an id. https://hl7.org/fhir/R5/http.html#conditional */
import type { Budget } from '@dhp/budget';
import { SearchFault } from '@dhp/fhir-search';
import { generationOf } from '@dhp/fhir-search/parameters';
import { type Condition, conditionOf } from '@dhp/search-index';
import { missingPermission } from '../http/access.ts';
import { fail } from '../http/errors.ts';
import { readPairs } from '../http/query.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { queryString, type Parameter } from '../search/parameters.ts';
import { searchFailure } from '../http/search-problems.ts';
import { searchAddressOf } from './search-address.ts';

export interface Criteria {
  readonly type: string;
  /** `Patient?identifier=…`: the same text for criteria that are the same. */
  readonly text: string;
  readonly condition: Condition;
  /** The default order of the matches is by a value that the caller does not see. */
  readonly isOrderHidden?: boolean;
  /** As `SearchQuery.follows`. */
  readonly follows?: number | undefined;
  /** The budget that their look-ups are charged to. */
  readonly budget?: Budget | undefined;
  /** Names that are locked while a request acts on the matches, so that no other one does the same at that time. */
  readonly locks: readonly string[];
}

const ofTheFormat = ['_format', '_pretty'];

/**
 * Fails with `criteria-missing` if there are no criteria, and as a search does for unknown parameters and those that shape results
 * (`_count`, `_sort` …), which have no meaning here. The format of the answer is no criterion: clients write it into every address that
 * they make.
 * @param budget pays for them
 */
export function readCriteria(services: Services, type: string, given: readonly Parameter[], budget?: Budget): Criteria {
  const { timeZone, clock, baseUrl, store } = services;
  const parameters = distinct(given.filter(([name]) => !ofTheFormat.includes(name)));
  if (parameters.length === 0) {
    const diagnostics = `A conditional interaction on ${type} needs search parameters that say which resource is meant.`;
    fail('criteria-missing', {}, { diagnostics });
  }
  const text = `${type}?${queryString(parameters)}`;
  try {
    const own = store.knownSearchParameters();
    const options = { timeZone, now: clock(), ownBases: [baseUrl], lenient: false, own, ...(budget && { budget }) };
    const condition = conditionOf(
      type,
      parameters.map(([name, value]) => [name, value]),
      options,
    );
    const isOrderHidden = own.hidden?.hidesOrder([type]) === true;
    return {
      ...(isOrderHidden && { isOrderHidden }),
      type,
      text,
      condition,
      follows: generationOf(own),
      budget,
      locks: locksOf(type, text, parameters),
    };
  } catch (error) {
    throw error instanceof SearchFault ? searchFailure(error) : error;
  }
}

/**
 * The criteria in If-None-Exist: a query, or the address of a search of the type, relative or below the own base. Fails with
 * `criteria-address-invalid` for an address of another type or server.
 */
export function criteriaInHeader(services: Services, { type, budget }: Call, header: string): Criteria {
  const { baseUrl } = services;
  const { path, query, isAbsolute } = searchAddressOf(header.trim(), baseUrl);
  if (path !== type && (path !== '' || isAbsolute)) {
    const address = header.trim().split('?')[0]!.slice(0, 200);
    const diagnostics =
      `The criteria of a conditional create of ${type} are at ${JSON.stringify(address)}. ` +
      `Send a query ("identifier=…"), or the address of a search of ${type}: "${type}?identifier=…" or "${baseUrl}/${type}?identifier=…".`;
    fail('criteria-address-invalid', { type, address }, { diagnostics });
  }
  return readCriteria(services, type, readPairs(query, 'If-None-Exist'), budget);
}

/** The criteria in the query of an address. @param parameters of the interaction that are not criteria */
export function criteriaInQuery(
  services: Services,
  { type, query, budget }: Call,
  own: readonly string[] = [],
): Criteria {
  const parameters = Object.entries(query).flatMap(([name, value = []]) =>
    [value].flat().map((one) => [name, one] as const),
  );
  return readCriteria(
    services,
    type,
    parameters.filter(([name]) => !own.includes(name)),
    budget,
  );
}

/** Requires the permission to search, because the outcome of a conditional interaction reveals whether something matches. */
export function requireCriteriaPermission({ access, type }: Call): void {
  if (access === undefined) throw new Error('a conditional interaction came without access');
  const missing = missingPermission(access, 's', type, 'a conditional interaction');
  if (missing !== undefined) throw missing;
}

/** Each once, in one order. */
function distinct(given: readonly Parameter[]): Parameter[] {
  const byText = new Map(given.map((parameter) => [queryString([parameter]), parameter]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parameter]) => parameter);
}

/**
 * Criteria with the same identifier share a lock, even if they otherwise differ: the identifier makes two resources the same. Other
 * criteria share a lock if they are equal.
 */
function locksOf(type: string, text: string, parameters: readonly Parameter[]): string[] {
  const identifiers = parameters.flatMap(([name, value]) => (name === 'identifier' ? value.split(',') : []));
  if (identifiers.length === 0) return [`criteria ${text}`];
  return identifiers.map((identifier) => `identifier ${type} ${identifier}`);
}
