/**
 * Encoding of columns. They go to PostgreSQL as a few texts, whatever the number of rows: a text parameter is one copy, while an array of
 * bodies would have every quote escaped by the driver and unescaped by the server (measured for 1.7 kB bodies, 50 a statement: 7 instead of
 * 17 µs of Node and 24 instead of 27 µs of PostgreSQL a row). They come back as raw Buffers, so that a body is never decoded.
 */
import { binary, Deferred, EncodedText } from '@dhp/postgres/values';
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

const oidOfBytea = 17;
/** Dimensions, whether there are nulls, type of elements; then the length and the first index of the one dimension. */
const headLength = 5 * 4;

/**
 * An array of values, of which some may be null, as `bytea[]` in the binary form of PostgreSQL (array_recv): as base64 each value would be written
 * by the server here, split, and read again there, which takes longer than to store it.
 */
export function byteArray(values: readonly (Buffer | undefined)[]): ReturnType<typeof binary> {
  const length = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), headLength);
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  const number = (value: number): void => {
    at = bytes.writeInt32BE(value, at);
  };
  for (const each of [1, values.includes(undefined) ? 1 : 0, oidOfBytea, values.length, 1]) number(each);
  for (const value of values) {
    number(value?.length ?? -1);
    if (value !== undefined) at += value.copy(bytes, at);
  }
  return binary(bytes);
}
