/** @dhp/search-index: the columns of the search row, and what a resource has in them. */
export type { Column, EncodedValues, Encoding, SentColumn } from './schema/column.ts';
export { columnLists, sentColumns } from './schema/column-lists.ts';
export { searchRow } from './schema/search-row.ts';
export { searchRowValues, type SearchRowValues } from './schema/search-row-values.ts';
export { searchable, textSeparator } from './schema/texts.ts';
