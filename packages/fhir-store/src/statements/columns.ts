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

/** The text of a column with a value for each of this many rows. */
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

/** A text of a resource: one of many megabytes is encoded beforehand, in parts. */
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

const oids = { bytea: 17, text: 25, timestamptz: 1184, uuid: 2950 } as const;
/** Dimensions, whether there are nulls, type of elements; then the length and the first index of the one dimension. */
const headLength = 5 * 4;

/**
 * An array of values, some of which may be null, as `bytea[]` in the binary form of PostgreSQL (array_recv): as base64 each value would be encoded
 * here, and split and decoded by PostgreSQL, which takes longer than to store it.
 */
export function byteArray(values: readonly (Buffer | undefined)[]): ReturnType<typeof binary> {
  let length = headLength;
  for (const value of values) length += 4 + (value?.length ?? 0);
  const bytes = headOf(oids.bytea, values.length, length, values.includes(undefined));
  let at = headLength;
  for (const value of values) {
    at = put32(bytes, value?.length ?? -1, at);
    if (value !== undefined) at += value.copy(bytes, at);
  }
  return binary(bytes);
}

/** `text[]`, without joining here and splitting there. */
export function textArray(values: readonly string[]): ReturnType<typeof binary> {
  let most = headLength;
  for (const value of values) most += 4 + 3 * value.length;
  const bytes = headOf(oids.text, values.length, most, false);
  let at = headLength;
  for (const value of values) {
    const length = bytes.write(value, at + 4);
    at = put32(bytes, length, at) + length;
  }
  return binary(bytes.subarray(0, at));
}

/** 1 January 2000, from which PostgreSQL counts microseconds, in milliseconds since 1970. */
const epoch = 946_684_800_000;

/** `timestamptz[]`, of milliseconds since 1970. */
export function timeArray(values: readonly number[]): ReturnType<typeof binary> {
  const bytes = headOf(oids.timestamptz, values.length, headLength + 12 * values.length, false);
  let at = headLength;
  for (const value of values) {
    const microseconds = (value - epoch) * 1_000;
    const high = Math.floor(microseconds / 2 ** 32);
    at = put32(bytes, microseconds - high * 2 ** 32, put32(bytes, high, put32(bytes, 8, at)));
  }
  return binary(bytes);
}

/** `uuid[]`, of texts in lower case with hyphens. */
export function uuidArray(values: readonly string[]): ReturnType<typeof binary> {
  const bytes = headOf(oids.uuid, values.length, headLength + 20 * values.length, false);
  let at = headLength;
  for (const value of values) {
    at = put32(bytes, 16, at);
    for (let n = 0; n < value.length; n += 2) {
      if (value.charCodeAt(n) === hyphen) n += 1;
      bytes[at++] = (digitOf(value.charCodeAt(n)) << 4) | digitOf(value.charCodeAt(n + 1));
    }
  }
  return binary(bytes);
}

const hyphen = 0x2d;

function digitOf(character: number): number {
  return character < 0x3a ? character - 0x30 : character - 0x57;
}

function headOf(type: number, count: number, length: number, hasNulls: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const each of [1, hasNulls ? 1 : 0, type, count, 1]) at = put32(bytes, each, at);
  return bytes;
}

function put32(bytes: Buffer, value: number, at: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}
