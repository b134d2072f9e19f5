/** @dhp/search-index: the queries of a search to the index, and the index values of a resource. */
export type { Cared, Condition, Consented, Interval, KeysCondition, Limits, TextMatch } from './condition/condition.ts';
export type { SearchQuery, UnderstoodSearch } from './query/search-query.ts';
export { conditionOf, searchQuery, understandSearch } from './query/understand.ts';
export type { Column, EncodedValues, Encoding, SentColumn } from './schema/column.ts';
export { columnLists, sentColumns } from './schema/column-lists.ts';
export { searchRow } from './schema/search-row.ts';
export { searchRowValues, type SearchRowValues } from './schema/search-row-values.ts';
export { searchable, textSeparator } from './schema/texts.ts';
export type { SortKey } from './types/sorting.ts';
export { quantityConditions } from './types/quantity/units.ts';
