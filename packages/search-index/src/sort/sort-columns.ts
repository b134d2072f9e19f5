import { sortingByDate, sortingByMainDate } from '../types/date/sorting.ts';
import { sortingByElement } from '../types/element-sorting.ts';
import { sortingByNumber } from '../types/number/sorting.ts';
import { sortingByQuantity } from '../types/quantity/sorting.ts';
import { sortingByReference } from '../types/reference/sorting.ts';
import { firstOf, type SortColumn, type SortContext, type Sorting, type SortKey } from '../types/sorting.ts';
import { sortingById, sortingByLastUpdated, sortingByScore } from '../types/special/sorting.ts';
import { sortingByString } from '../types/string/sorting.ts';
import { sortingByWord } from '../types/token/sorting.ts';

const byDefault: readonly SortKey[] = [{ by: { kind: 'main-date' }, descending: true }];

/** The columns that rows are sorted by. @throws SearchNotPossible */
export function sortColumns(keys: readonly SortKey[], context: SortContext): SortColumn[] {
  return (keys.length === 0 ? byDefault : keys).map(({ by, descending }) => ({
    by,
    descending,
    ...sortingBy(by, descending, context),
  }));
}

function sortingBy(by: SortKey['by'], descending: boolean, context: SortContext): Sorting {
  const first = firstOf(descending);
  switch (by.kind) {
    case 'main-date':
      return sortingByMainDate(descending);
    case 'last-updated':
      return sortingByLastUpdated;
    case 'id':
      return sortingById;
    case 'date':
      return sortingByDate(by, first);
    case 'number':
      return sortingByNumber(by, first);
    case 'quantity':
      return sortingByQuantity(by, first, context);
    case 'string':
      return sortingByString(by, first);
    case 'word':
      return sortingByWord(by, first, context);
    case 'json':
      return sortingByElement(by, first);
    case 'reference':
      return sortingByReference(by, descending, first, context);
    case 'score':
      return sortingByScore(context);
  }
}
