import type { SortedBy } from '../sorting.ts';
import { stringSortKey } from '../string/sorting.ts';

/** The index has uris as strings, too. */
export function uriSortKey(type: string, rows: string): SortedBy<'string'> {
  return stringSortKey(type, rows);
}
