/** Values by the declaration of a search row: a separate file, since its lists are made from the declaration when it is loaded. */
import type { IndexRow } from '../row/index-row.ts';
import { sentColumns, type SentName } from './column-lists.ts';
import { rowSource } from './row-source.ts';
import { searchRow } from './search-row.ts';

type Row = typeof searchRow;

/** The values of a search row as sent, by the names of the columns in code. */
export type SearchRowValues = { readonly [Name in SentName<Row>]: ReturnType<Row[Name]['of']> } & {
  /** Generation of the search parameters that the row follows: `OwnParameters.generation`. */
  readonly generation: number;
};

const columns = sentColumns(searchRow);

/** Copied for each row: an object that gets this many members one by one is moved again and again as it grows. */
const noValues: Readonly<Record<string, unknown>> = Object.fromEntries<unknown>([
  ['generation', 0],
  ...columns.map(([name]) => [name, undefined] as const),
]);

/**
 * Returns the stored values of an index row.
 * @param type of the resource under whose `id` the row is stored: the body may not have it yet
 * @param generation of the search parameters that the row follows
 */
export function searchRowValues(row: IndexRow, type: string, id: string, generation: number): SearchRowValues {
  const source = rowSource(row, type, id);
  const values: Record<string, unknown> = { ...noValues, generation };
  for (const [name, { of }] of columns) values[name] = of(source);
  return values as SearchRowValues;
}
