import type { SortRule } from '@dhp/fhir-search';
import { searchParameter } from '@dhp/fhir-search/parameters';
import type { MatchOptions } from '../types/ask.ts';
import { dateSortKey } from '../types/date/sorting.ts';
import { elementSortKey } from '../types/element-sorting.ts';
import { numberSortKey } from '../types/number/sorting.ts';
import { quantitySortKey } from '../types/quantity/sorting.ts';
import { referenceSortKey } from '../types/reference/sorting.ts';
import type { SortKey } from '../types/sorting.ts';
import { stringSortKey, uriSortKey } from '../types/string/sorting.ts';
import { displaySortKey, tokenSortKey } from '../types/token/sorting.ts';

/** The place of sort values in the index. @param type the first of the searched types */
export function sortKey(type: string, { by, descending }: SortRule, { own }: MatchOptions): SortKey {
  return { by: placeOf(), descending };

  function placeOf(): SortKey['by'] {
    switch (by.kind) {
      case 'score':
      case 'last-updated':
      case 'id':
      case 'main-date':
        return { kind: by.kind };
      case 'date':
        return dateSortKey(type, rowsOf(by.parameter));
      case 'number':
        return numberSortKey(type, rowsOf(by.parameter));
      case 'string':
        return stringSortKey(type, rowsOf(by.parameter));
      case 'uri':
        return uriSortKey(type, rowsOf(by.parameter));
      case 'quantity':
        return quantitySortKey(type, rowsOf(by.parameter));
      case 'token':
        return tokenSortKey(type, rowsOf(by.parameter));
      case 'display':
        return displaySortKey(type, rowsOf(by.parameter));
      case 'reference':
        return referenceSortKey(type, rowsOf(by.parameter), by);
      case 'element':
        return elementSortKey(by.paths);
    }
  }

  function rowsOf(code: string): string {
    return searchParameter(type, code, own)?.rows ?? code;
  }
}
