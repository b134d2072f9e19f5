/**
 * `bytea[]` in the binary form of PostgreSQL (array_recv): as base64 each value would be written by the server here, split, and read again there,
 * which takes longer than to store it.
 */
import { binary } from '@dhp/postgres';

const oidOfBytea = 17;
/** Dimensions, whether there are nulls, type of elements; then the length and the first index of the one dimension. */
const headLength = 5 * 4;

/** An array of values, of which some may be null. */
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
