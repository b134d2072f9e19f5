/** The links of a page of matches. https://hl7.org/fhir/R5/http.html#paging */
import type { GivenParameter, ParsedSearch } from '@dhp/fhir-search';
import type { Services } from '../interactions/interaction.ts';
import type { SearchPage } from '@dhp/fhir-store';
import type { Position } from './page-links.ts';
import { queryString, type SearchParameters } from './parameters.ts';
import type { PageAsked } from './results.ts';
import type { SearchLink } from './searchset.ts';

export interface SearchLinks {
  /** Where the page begins, undefined for the first. Fails as `PageLinks.open` does. */
  readonly position: Position | undefined;
  /** `total`: what is known of it, to be told on the other pages too. */
  of(asked: PageAsked, page: SearchPage, total: Position['total']): SearchLink[];
}

/** What says how much of the answer is shown, and how: it may differ from page to page. */
const free = ['_count', '_summary', '_elements', '_total'];

/** `path`: the address below the base URL. */
export function searchLinks(
  { baseUrl, pageLinks }: Services,
  path: string,
  { applied }: ParsedSearch,
  { presented, cursors }: SearchParameters,
): SearchLinks {
  const search = `${path}?${queryString(applied.filter(([name]) => !free.includes(name)).sort(byName))}`;
  const position = cursors.length === 0 ? undefined : pageLinks.open(search, cursors.join());
  const common = [...applied.filter(([name]) => name !== '_count'), ...presented];

  function urlOf(count: number, at: Position | undefined): string {
    const paging: GivenParameter[] = [['_count', String(count)]];
    if (at !== undefined) paging.push(['_cursor', pageLinks.seal(search, at)]);
    return `${baseUrl}${path}?${queryString([...common, ...paging])}`;
  }

  return {
    position,
    of({ size, left }, { matches, next, previous }, total) {
      const links: SearchLink[] = [{ relation: 'self', url: urlOf(size, position) }];
      // A number alone has no pages.
      if (size === 0) return links;
      const at = (cursor: string, remaining: number): Position => ({
        cursor,
        ...(Number.isFinite(remaining) ? { left: remaining } : {}),
        ...(total === undefined ? {} : { total }),
      });
      links.push({ relation: 'first', url: urlOf(size, undefined) });
      const isFirst = position === undefined;
      if (previous !== undefined && !isFirst) {
        links.push({ relation: 'previous', url: urlOf(size, at(previous, left + size)) });
      }
      const remaining = left - matches.length;
      if (next !== undefined && remaining > 0) links.push({ relation: 'next', url: urlOf(size, at(next, remaining)) });
      return links;
    },
  };
}

function byName([a, x]: GivenParameter, [b, y]: GivenParameter): number {
  return a === b ? (x < y ? -1 : Number(x > y)) : a < b ? -1 : 1;
}
