/** Page size and total of a search. https://hl7.org/fhir/R5/search.html#count */
import type { ParsedSearch } from '@dhp/fhir-search';
import type { PageWithBuiltIn } from './built-in.ts';
import type { Position } from '../contract/page-links.ts';

const defaultCount = 20;
export const maxCount = 1000;
/** Most included resources of a page. */
export const maxIncluded = 5000;

export interface PageAsked {
  /** Matches on a page; 0 if only their number is wanted. */
  readonly size: number;
  /** Matches on this page: fewer when `_maxresults` is nearly reached. */
  readonly count: number;
  /** The client asked for more matches on a page than `maxCount`. */
  readonly isLimited: boolean;
  /** `_maxresults`: the number that may still be returned, including this page. */
  readonly left: number;
  readonly total: 'none' | 'estimate' | 'accurate';
}

/** `position`: where the page begins, undefined for the first. */
export function pageAsked({ result }: ParsedSearch, position: Position | undefined): PageAsked {
  const wanted = result.summary === 'count' ? 0 : (result.count ?? defaultCount);
  const left = position?.left ?? result.maxResults ?? Infinity;
  const size = Math.min(wanted, maxCount);
  const count = Math.min(size, left);
  // The first page has counted.
  const total = position?.total !== undefined ? 'none' : (result.total ?? 'none');
  return {
    size,
    count,
    isLimited: wanted > maxCount,
    left,
    total: size === 0 && total === 'none' ? 'accurate' : total,
  };
}

/** The total to return: counted, or known because the first page holds all matches. */
export function totalOf(
  page: PageWithBuiltIn,
  position: Position | undefined,
  { result }: ParsedSearch,
): Position['total'] | undefined {
  const counted = page.total ?? position?.total;
  if (counted !== undefined) return counted;
  const isAll = position === undefined && page.next === undefined && result.total !== 'none';
  return isAll ? { value: page.matches.length + page.builtIn.length, accurate: true } : undefined;
}
