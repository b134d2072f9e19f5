/**
 * Lists that are read a page at a time: a page begins after the last item of the previous one, so that inserted and deleted items do not
 * shift pages.
 */
import { AdministrationError } from './administration-error.ts';

export interface PageRequest {
  /** How many at most, 1 to 500 (default 50). */
  count?: number | undefined;
  /** The id of the last item of the page before. */
  after?: string | undefined;
}

export interface Page<Item> {
  /** How many the filters leave, on all pages. */
  total: number;
  items: Item[];
  /** Value of `after` for the next page; absent on the last one. */
  next?: string;
}

const counts = { usual: 50, most: 500 };

/** @throws AdministrationError for a count out of bounds */
export function countOf({ count = counts.usual }: PageRequest): number {
  if (Number.isInteger(count) && count >= 1 && count <= counts.most) return count;
  throw new AdministrationError('invalid-page', `count is from 1 to ${String(counts.most)}`);
}

export function unknownPlace(after: string): AdministrationError {
  return new AdministrationError('invalid-page', `after: "${after}" is not in the list`);
}

/** @param rows one more than `count` if there is another page */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  o: { total: number; count: number; idOf: (row: Row) => string; shown: (row: Row) => Item },
): Page<Item> {
  const items = rows.slice(0, o.count);
  const last = items.at(-1);
  const next = last !== undefined && rows.length > o.count ? { next: o.idOf(last) } : {};
  return { total: o.total, items: items.map(o.shown), ...next };
}

/** A page, and whether more follows. */
export interface Listed<Row> {
  rows: Row[];
  more: boolean;
}

/** The last row of a page: the next one begins behind it. */
export interface Place {
  created: Date;
  id: string;
}

/** @param rows one more than the limit if more follow */
export function listed<Row>(rows: readonly Row[], limit: number): Listed<Row> {
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}
