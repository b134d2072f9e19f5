/** A search as the caller means it: parsed with the parameters of the environment, and with the values that must be looked up first. */
import { withLookups, type GivenParameter, type LookupServices, type ParseOptions } from '@dhp/fhir-search';
import { SearchParametersChanged, type ReadPermission } from '@dhp/fhir-store';
import type { Condition, UnderstoodSearch } from '@dhp/search-index';
import { ownSearch } from '../access/own-subscriptions.ts';
import { headerOf, type Call, type Services } from '../contract/interaction.ts';
import { isLenient } from '../http/negotiate.ts';
import { sentence } from '../http/search-problems.ts';
import { lookupServices } from './lookups.ts';
import { understand, type SearchScope } from './scope.ts';
import { searchAccess, typesNotPermitted } from './search-access.ts';
import type { SearchNotice } from './search-notices.ts';
import { fromStore } from '../http/store-failure.ts';

/** Returns the context in which parameters are parsed on this server. */
export function parseOptions({ baseUrl, timeZone, clock, store }: Services, call: Call): ParseOptions {
  const own = store.knownSearchParameters();
  const lenient = isLenient(headerOf(call, 'prefer'));
  return { timeZone, now: clock(), ownBases: [baseUrl], lenient, own, budget: call.budget };
}

/** Attempts to parse a search while the environment's own search parameters change. */
const attempts = 3;

/**
 * Runs a function that parses a search, and runs it again if the search parameters have changed meanwhile. @throws what the last attempt
 * throws
 */
export async function whileParametersChange<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SearchParametersChanged) || attempt === attempts) throw error;
    }
  }
}

/**
 * The search, and the part of each type that the caller may search. Fails for errors in the parameters and for types that the caller may
 * not search.
 */
export async function understood(
  services: Services,
  call: Call,
  scope: SearchScope,
  searched: readonly GivenParameter[],
): Promise<{ parsed: UnderstoodSearch; permitted: ReadPermission }> {
  const { access } = call;
  if (access === undefined) throw new Error('a search came without access');
  const permitted = searchAccess(services);
  const parsed = await fromStore(async () => {
    const shown = await services.store.searchParameters();
    const asksOwn = { of: scope.of, names: searched.map(([name]) => name), own: shown };
    const mine = await ownSearch(services, access, asksOwn);
    const options = { ...parseOptions(services, call), own: mine?.own ?? shown };
    const lookups = askedFor(() => lookupServices(services, permitted, { options, budget: call.budget }));
    const parse = (found: Found): UnderstoodSearch => {
      const read = understand(scope, searched, { access, permitted, options: optionsWith(options, found) });
      return mine === undefined ? read : within(read, mine.condition);
    };
    return withLookups(lookups, parse, call.budget);
  }, scope);
  return { parsed, permitted };
}

type Found = Pick<ParseOptions, 'terminology' | 'collections' | 'hierarchies'>;

/** The services, created when the first of them is used: few searches need any. */
function askedFor(make: () => LookupServices): LookupServices {
  let made: LookupServices | undefined;
  return {
    get terminology() {
      return (made ??= make()).terminology;
    },
    get collections() {
      return (made ??= make()).collections;
    },
    get hierarchies() {
      return (made ??= make()).hierarchies;
    },
  };
}

/** The options with what is found, of which nothing is asked yet. */
function optionsWith(options: ParseOptions, found: Found): ParseOptions {
  return {
    ...options,
    get terminology() {
      return found.terminology;
    },
    get collections() {
      return found.collections;
    },
    get hierarchies() {
      return found.hierarchies;
    },
  };
}

function within(read: UnderstoodSearch, condition: Condition): UnderstoodSearch {
  const branches = read.query.branches.map(({ type, where }) => ({
    ...{ type, where: { op: 'all' as const, of: [condition, where] } },
  }));
  return { ...read, query: { ...read.query, branches } };
}

/** The phrases that tell a client how its search was understood. */
export function noticesOf(parsed: UnderstoodSearch, permitted: ReadPermission): SearchNotice[] {
  const told: SearchNotice[] = parsed.ignored.map((problem) => ({
    code: 'search-parameter-ignored',
    values: { name: problem.parameter.slice(0, 200) },
    diagnostics: sentence(problem),
    parameter: problem.parameter,
  }));
  for (const type of typesNotPermitted(parsed.query, permitted)) {
    told.push({ code: 'search-type-not-permitted', values: { type }, diagnostics: `It needs system/${type}.s.` });
  }
  return told;
}
