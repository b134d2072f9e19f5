/**
 * Matches of a search that are built in, not stored: code systems, value sets and concept maps, if a search names their `url`. A client
 * that looks for a value set before it expands it finds what `$expand` knows. https://hl7.org/fhir/R5/terminology-service.html
 */
import { createPauses } from '@dhp/budget';
import type { Criterion, JsonResource } from '@dhp/fhir-search';
import { indexRow, usualWork } from '@dhp/search-index/rows';
import type { UnderstoodSearch } from '@dhp/search-index';
import type { ReadPermission, SearchPage } from '@dhp/fhir-store';
import { meets } from '../matching/meets.ts';
import type { Call, Services } from '../contract/interaction.ts';
import type { Position, Total } from '../contract/page-links.ts';
import type { SearchScope } from './scope.ts';

/** A match without an address at this server. */
export interface BuiltInMatch {
  readonly fullUrl: string;
  /** Made only for the page that contains it. */
  readonly content: () => string;
}

interface Definition extends JsonResource {
  readonly url: string;
  readonly id?: string;
  readonly meta?: { readonly tag?: readonly object[] };
}

const types: readonly string[] = ['CodeSystem', 'ValueSet', 'ConceptMap'];

/**
 * Returns the built-in resources that a search requests by `url`. No code systems are returned if the search is by their codes, which are
 * not available as elements. Only stored resources have ids, so `_id` finds no built-in one.
 * @throws BudgetSpent
 */
export async function builtInMatches(
  services: Services,
  call: Call,
  { of, within }: SearchScope,
  { parsed, permitted }: { readonly parsed: UnderstoodSearch; readonly permitted: ReadPermission },
): Promise<readonly BuiltInMatch[]> {
  if (typeof of !== 'string' || within !== undefined || !types.includes(of)) return [];
  const rule = permitted(of);
  const [asked] = parsed.search.types;
  const [branch] = parsed.query.branches;
  const urls = asked === undefined ? [] : urlsAsked(asked.where);
  if (urls.length === 0 || branch === undefined || rule === false) return [];
  if ((parsed.result.contained ?? 'false') !== 'false') return [];
  if (of === 'CodeSystem' && asked!.where.some(asksForCodes)) return [];
  const { timeZone, baseUrl, store } = services;
  const options = { timeZone, ownBases: [baseUrl], own: store.knownSearchParameters() };
  const isMatch = (resource: Definition): boolean => {
    const budget = call.budget.part({ work: usualWork }, 'resource');
    const candidate = { id: '', row: indexRow(resource, { ...options, budget }) };
    return (rule === true || meets(candidate, rule) === true) && meets(candidate, branch.where) === true;
  };
  const matches: Definition[] = [];
  // A search may request thousands of urls: other requests get their turn between them.
  const pause = createPauses();
  for (const url of urls) {
    const known: readonly unknown[] = await store.terminology.ask((now) => now.builtIn(of, url));
    for (const resource of known as readonly Definition[]) {
      const due = pause();
      if (due !== undefined) await due;
      if (isMatch(resource)) matches.push(resource);
    }
  }
  return matches.map(matchOf);
}

/** The values of the first `url` without a modifier: all matches have one of them. */
function urlsAsked(where: readonly Criterion[]): readonly string[] {
  for (const criterion of where) {
    if (criterion.kind !== 'parameter' || criterion.parameter !== 'url' || criterion.modifier !== undefined) continue;
    return [...new Set(criterion.values.flatMap((value) => (value.type === 'uri' ? value.uri : [])))];
  }
  return [];
}

/** Criteria other than a plain parameter may hold any. */
const asksForCodes = (criterion: Criterion): boolean =>
  criterion.kind === 'parameter' || criterion.kind === 'missing'
    ? ['code', 'language'].includes(criterion.parameter)
    : true;

const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

/**
 * The resource is marked as a part: its narrative, and the concepts of a code system, are left out. Of several versions with one
 * address only the first has it as its `fullUrl`: no two entries of a Bundle have the same one (invariant bdl-7).
 */
function matchOf(resource: Definition, n: number, all: readonly Definition[]): BuiltInMatch {
  const { resourceType, id, meta = {}, ...rest } = resource;
  const isAddress = id !== undefined && resource.url.endsWith(`/${resourceType}/${id}`);
  const isFirst = all[n - 1]?.url !== resource.url;
  return {
    fullUrl: isAddress && isFirst ? resource.url : `urn:uuid:${crypto.randomUUID()}`,
    content: () =>
      JSON.stringify({
        resourceType,
        ...(id !== undefined && { id }),
        meta: { ...meta, tag: [...(meta.tag ?? []), subsetted] },
        ...rest,
      }),
  };
}

/** A page of stored matches, with the built-in ones after the last of them. */
export interface PageWithBuiltIn extends SearchPage {
  readonly builtIn: readonly BuiltInMatch[];
}

const cursorOf = (from: number): string => `built-in:${from}`;

/** The position at which a page of only built-in matches begins; undefined for a position among the stored ones. */
export function builtInFrom(position: Position | undefined): number | undefined {
  const [, from] = /^built-in:(\d{1,6})$/.exec(position?.cursor ?? '') ?? [];
  return from === undefined ? undefined : Number(from);
}

/**
 * The page with those built-in matches that have room on it; they come last, whatever the order. The total includes them.
 * @param options `count`: most matches on the page; `from`: index of the first built-in match on this page
 */
export function withBuiltIn(
  page: SearchPage,
  all: readonly BuiltInMatch[],
  { count, from = 0 }: { readonly count: number; readonly from?: number | undefined },
): PageWithBuiltIn {
  const total: Total | undefined = page.total && { ...page.total, value: page.total.value + all.length };
  const counted = { ...page, ...(total !== undefined && { total }) };
  if (page.next !== undefined) return { ...counted, builtIn: [] };
  const to = from + Math.max(0, count - page.matches.length);
  return {
    ...counted,
    builtIn: all.slice(from, to),
    ...(to < all.length && { next: cursorOf(to) }),
  };
}
