/** The links of a page of matches. https://hl7.org/fhir/R5/http.html#paging */
import { createHash } from 'node:crypto';
import type { GivenParameter } from '@dhp/fhir-search';
import type { UnderstoodSearch } from '@dhp/search-index';
import type { Call, Services } from '../contract/interaction.ts';
import type { PageWithBuiltIn } from './built-in.ts';
import { keep, longestAddress } from './kept-parameters.ts';
import { formatScope } from '@dhp/smart-scopes';
import type { Position } from '../contract/page-links.ts';
import { queryString, type SearchParameters } from './parameters.ts';
import type { PageAsked } from './results.ts';
import type { SearchLink } from './searchset.ts';

export interface SearchLinks {
  /** Position of the page, undefined for the first page. Fails as `PageLinks.open` does. */
  readonly position: Position | undefined;
  /** `total`: the known total, to be repeated on the other pages. */
  of(asked: PageAsked, page: PageWithBuiltIn, total: Position['total']): Promise<SearchLink[]>;
}

/** `path`: the address below the base URL. */
type LinkedSearch = { readonly path: string } & Pick<UnderstoodSearch, 'applied' | 'texts'> &
  Omit<SearchParameters, 'searched'>;

interface Place {
  readonly relation: SearchLink['relation'];
  readonly at: Position | undefined;
}

/** Parameters of the amount and form of the answer, which may differ from page to page. */
const free = ['_count', '_summary', '_elements', '_total'];

/** @param call whose answer contains the links */
export function searchLinks(
  services: Services,
  call: Call,
  { path, applied, texts, presented, cursors }: LinkedSearch,
): SearchLinks {
  const { baseUrl, pageLinks } = services;
  let made: string | undefined;
  const search = (): string =>
    (made ??= `${path}?${queryString(applied.filter(([name]) => !free.includes(name)).sort(byName))}`);
  const opened = cursors.length === 0 ? undefined : pageLinks.open(search(), cursors.join());
  const position = opened && ofCaller(opened, call);
  const text = texts?.get('links') ?? appliedText(applied);
  texts?.set('links', text);
  const asked = presented.length === 0 ? [text] : [text, queryString(presented)];

  /** Positions that hold for a page of a size, as links with these parameters. */
  function linksOf(parameters: readonly string[], size: number, places: readonly Place[]): SearchLink[] {
    const given = parameters.map((one) => (one === '' ? '' : `${one}&`)).join('');
    const url = `${baseUrl}${path}?${given}_count=${size}`;
    return places.map(({ relation, at }) => {
      if (at === undefined) return { relation, url };
      return { relation, url: `${url}&${queryString([['_cursor', pageLinks.seal(search(), at)]])}` };
    });
  }

  return {
    position,
    async of({ size, left }, { matches, builtIn, next, previous }, total) {
      const places: Place[] = [{ relation: 'self', at: position }];
      const at = (cursor: string, remaining: number): Position => ({
        cursor,
        ...(Number.isFinite(remaining) ? { left: remaining } : {}),
        ...(total === undefined ? {} : { total: { ...total, by: rightsOf(call) } }),
      });
      const remaining = left - matches.length - builtIn.length;
      // A number alone has no pages.
      if (size > 0) {
        places.push({ relation: 'first', at: undefined });
        const isFirst = position === undefined;
        if (previous !== undefined && !isFirst) places.push({ relation: 'previous', at: at(previous, left + size) });
        if (next !== undefined && remaining > 0) places.push({ relation: 'next', at: at(next, remaining) });
      }
      const links = linksOf(asked, size, places);
      if (links.every(({ url }) => url.length <= longestAddress)) return links;
      const common = [...applied.filter(notCount), ...presented];
      const shown = common.filter(([name]) => free.includes(name) || presented.some(([other]) => other === name));
      const kept = await keep(
        services,
        call,
        common.filter((each) => !shown.includes(each)),
      );
      return linksOf([queryString([kept, ...shown])], size, places);
    },
  };
}

const notCount = ([name]: GivenParameter): boolean => name !== '_count';

/** The parameters of a search in its links, without the page size. */
function appliedText(applied: LinkedSearch['applied']): string {
  return queryString(applied.filter(notCount));
}

/** The position without a total that was counted with other rights: it must be counted again. */
function ofCaller(position: Position, call: Call): Position {
  const { total, ...others } = position;
  return total === undefined || total.by === rightsOf(call) ? position : others;
}

/** A name of what the caller may see. */
function rightsOf({ access }: Call): string {
  const scopes = [...(access?.scopes ?? []), ...(access?.narrowed ?? [])].map(formatScope).sort();
  const { purpose, emergency } = access ?? {};
  const acting = purpose === undefined ? [] : [purpose, emergency?.patient];
  const rights = JSON.stringify([access?.clientId, access?.subject, access?.patient, scopes, ...acting]);
  return createHash('sha256').update(rights).digest('base64url').slice(0, 16);
}

function byName([a, x]: GivenParameter, [b, y]: GivenParameter): number {
  return a === b ? (x < y ? -1 : Number(x > y)) : a < b ? -1 : 1;
}
