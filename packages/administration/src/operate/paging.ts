/** Pages of the lists: each is an address, which begins behind the last row of the page before. */
import type { Paged } from '../pages/frame.ts';
import type { Place } from '@dhp/sso-kit';

export const pageSize = 50;

/** Undefined if the address has no valid place. */
export function placeIn(query: URLSearchParams): Place | undefined {
  const [, created = '', id = ''] = /^([\dTZ:.-]{24})~([\w.~-]{1,128})$/.exec(query.get('after') ?? '') ?? [];
  const at = new Date(created);
  return id === '' || Number.isNaN(at.getTime()) ? undefined : { created: at, id };
}

export function placeOfRow(created: Date, id: string): string {
  return `${created.toISOString()}~${id}`;
}

/** The addresses of the next page and of the first one, with the current query. */
export function pagedBy(
  name: string,
  query: URLSearchParams,
  asked: Record<string, string>,
  next: string | undefined,
): Paged {
  const given = Object.entries(asked).filter(([, value]) => value !== '');
  const at = (more: Record<string, string>): string =>
    `?${new URLSearchParams({ ...Object.fromEntries(given), ...more }).toString()}`;
  return {
    older: next === undefined ? undefined : at({ [name]: next }),
    newest: query.has(name) ? at({}) : undefined,
  };
}
