/**
 * Encoding of columns. They go to PostgreSQL as a few texts, whatever the number of rows: a text parameter is one copy, while an array of
 * bodies would have every quote escaped by the driver and unescaped by the server (measured for 1.7 kB bodies, 50 a statement: 7 instead of
 * 17 µs of Node and 24 instead of 27 µs of PostgreSQL a row). They come back as raw Buffers, so that a body is never decoded.
 */
import { Deferred, EncodedText } from '@dhp/postgres';
import { separator } from '@dhp/search-index/sql';

export { booleanOf, numberOf, numbers, separator, textOf, type Column } from '@dhp/search-index/sql';

/** Rows from which on the columns of a statement are made one by one, between the turns of others. */
const manyRows = 1_000;

/** The text of a column with a value for each of so many rows. */
export function textOfColumn(count: number, make: () => string): string | Deferred {
  return count < manyRows ? make() : new Deferred(make);
}

/** `boolean[]` */
export function booleans(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? 't' : 'f')).join(',')}}`;
}

/** For `string_to_array(…, ',')`. Ids have no comma; an array literal would read the id `null` as no id. */
export function ids(values: readonly string[]): string {
  return values.join(',');
}

/** For `string_to_array(…, separator)`. One empty text arrives as null. */
export function bodies(values: readonly string[]): string {
  return values.join(separator);
}

/** A text of a resource: one of many megabytes is encoded before, a part at a time. */
export type Content = string | EncodedText;

/** `bodies`, for texts of which some are encoded. */
export function contents(values: readonly Content[]): Content | Deferred {
  if (values.every((value) => typeof value === 'string')) return textOfColumn(values.length, () => bodies(values));
  const between = Buffer.from(separator);
  return new EncodedText(
    values.flatMap((value, index) => [
      ...(index === 0 ? [] : [between]),
      ...(typeof value === 'string' ? [Buffer.from(value)] : value.pieces),
    ]),
  );
}
