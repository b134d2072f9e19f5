import type { Item } from '@dhp/fhirpath';
import type { BuiltColumn } from './columns.ts';
import { RowFault } from './faults.ts';
import { takes } from './types.ts';

/** The value of a column in a row: a value of JSON, an array for a column with `collection`, null for an absent value. */
export type Cell = string | number | boolean | null | object;

/** A value of an item where decimals keep their digits: these are text then. */
export type ValueOf = (item: Item) => unknown;
export const withDigits: ValueOf = ({ value, digits }) => digits ?? value;
const asNumber: ValueOf = ({ value }) => value;

/**
 * The value of a column from the items of its path.
 * @param take makes a cell from an item that fits the column
 * @throws RowFault `value` for several values that are not declared, and for one of another type
 */
export function cellOf(column: BuiltColumn, items: readonly Item[], resource: string, take = asNumber): Cell {
  if (column.isCollection) return items.map((item) => valueOf(column, item, resource, take));
  if (items.length === 0) return null;
  if (items.length > 1) {
    const text = `the column ${column.name} has ${items.length} values. Choose one of them, such as by first(), or declare collection: true.`;
    throw new RowFault('value', { place: column.place, resource }, text);
  }
  return valueOf(column, items[0]!, resource, take);
}

/** A primitive that has extensions only has no value. */
function valueOf(column: BuiltColumn, item: Item, resource: string, take: ValueOf): Cell {
  const { value, type } = item;
  if (value === undefined || value === null) return null;
  const { declared } = column;
  if (declared === undefined ? typeof value === 'object' : !takes(declared, value, type)) {
    const given = type === '' ? typeof value : type;
    const text =
      declared === undefined
        ? `the column ${column.name} has a value of type ${given}, which is no primitive. Declare its type, or choose an element of it.`
        : `the column ${column.name} has a value of type ${given}, which is no ${declared}. Declare the type that it has.`;
    throw new RowFault('value', { place: column.place, resource }, text);
  }
  // An integer64 is a string in the JSON of FHIR.
  return typeof value === 'bigint' ? String(value) : (take(item) as Cell);
}
