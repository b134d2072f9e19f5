import type { SortRule } from '@dhp/fhir-search';
import { searchParameter } from '@dhp/fhir-search/parameters';
import { seedOf } from '../keys/keys.ts';
import { postedParameters } from '../keys/posted-parameters.ts';
import { referenceSeed } from '../keys/shared-references.ts';
import { presenceOf } from '../keys/usual-parameters.ts';
import type { MatchOptions } from '../types/ask.ts';
import { sqlJsonPath } from '../types/sql-json-path.ts';
import type { SortKey } from './search-query.ts';

/** Where the index has what a search of a type is sorted by. @param type the first of the types that are searched */
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
      case 'number':
      case 'string':
        return { kind: by.kind, key: seedOf(type, rowsOf(by.parameter)) };
      case 'uri':
        return { kind: 'string', key: seedOf(type, rowsOf(by.parameter)) };
      case 'quantity':
        return { kind: 'quantity', seed: seedOf(type, rowsOf(by.parameter)) };
      case 'token': {
        const rows = rowsOf(by.parameter);
        const present = presenceOf(type, rows);
        return { kind: 'word', parameter: seedOf(type, rows), present, posted: postedParameters(type).has(rows) };
      }
      case 'display': {
        const rows = rowsOf(by.parameter);
        return { kind: 'word', parameter: seedOf(type, rows, 'text'), present: presenceOf(type, rows), posted: false };
      }
      case 'reference': {
        const rows = rowsOf(by.parameter);
        const [refers, present] = [referenceSeed(type, rows), presenceOf(type, rows)];
        const { targets, single } = by;
        return { kind: 'reference', paths: by.paths.map(sqlJsonPath), refers, present, targets, single };
      }
      case 'element':
        return { kind: 'json', paths: by.paths.map(sqlJsonPath) };
    }
  }

  function rowsOf(code: string): string {
    return searchParameter(type, code, own)?.rows ?? code;
  }
}
