import type { Column } from './columns.ts';

/** The HTTP method of the request that made a version. */
export type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const letters: Readonly<Record<Method, string>> = { POST: 'P', PUT: 'U', PATCH: 'A', DELETE: 'D' };
const methods = new Map(Object.entries(letters).map(([method, letter]) => [letter, method as Method]));

/** For `::"char"[]`. */
export function methodLetters(values: readonly Method[]): string {
  return `{${values.map((method) => letters[method]).join(',')}}`;
}

/** Undefined for versions whose method is not known. */
export function methodOf(column: Column | undefined): Method | undefined {
  return column === null || column === undefined ? undefined : methods.get(column.toString('latin1'));
}
