/** Encodes the values of a column of fhir.search for a statement, and decodes them in it. */
import { type EncodedValues, type Encoding, type SentColumn, textSeparator } from '@dhp/search-index';
import type { Deferred } from '@dhp/postgres/values';
import { booleans, numbers, separator, textOfColumn } from './columns.ts';

type Named = Pick<SentColumn, 'column' | 'type'>;

/** A piece of a statement: its texts, which depend on the column alone, and the values bound between them. */
interface Piece<Bound> {
  readonly texts: readonly [string, ...string[]];
  readonly bound: Bound;
}

/** An argument of `unnest`: the values of many rows, undefined for a row without any. */
export function sentAs(column: SentColumn): Piece<(values: readonly unknown[]) => readonly (string | Deferred)[]> {
  const { before = '', behind, argument } = encodings[column.encoding];
  const [first, ...rest] = behind(column.type);
  return { texts: [before, first, ...rest], bound: argument as (values: readonly unknown[]) => (string | Deferred)[] };
}

/** The value that is stored, of an input `i`, under the name of the column. */
export function storedAs(column: SentColumn): Piece<readonly string[]> {
  const [texts, ...bound] = encodings[column.encoding].value(column);
  return { texts, bound };
}

interface Encoded<Value> {
  /** The text before the values. */
  readonly before?: string;
  /** The texts after the values and the further bound values. */
  readonly behind: (type: string) => readonly [string, ...string[]];
  /** The values, and the further bound values. */
  readonly argument: (values: readonly (Value | undefined)[]) => readonly (string | Deferred)[];
  /** The texts, and the values bound between them. */
  readonly value: (column: Named) => readonly [texts: [string, ...string[]], ...bound: string[]];
}

const encodings: { readonly [E in Encoding]: Encoded<EncodedValues[E]> } = {
  hash: {
    before: 'string_to_array(',
    behind: (type) => [`, ';', '')::${type}[]`],
    argument: (values) => [sent(values, lists)],
    value: asSent,
  },
  instant: {
    behind: () => ['::float8[]'],
    argument: (values) => [sent(values, numbers)],
    value: ({ column }) => [[`to_timestamp(i.${column} / 1e3::float8) as ${column}`]],
  },
  flag: {
    behind: () => ['::boolean[]'],
    argument: (values) => [sent(values, flags)],
    value: ({ column }) => [[`nullif(i.${column}, false) as ${column}`]],
  },
  array: {
    before: 'string_to_array(',
    behind: () => [", ';', '')"],
    argument: (values) => [sent(values, lists)],
    value: ({ column, type }) => [[`i.${column}::${type} as ${column}`]],
  },
  number: {
    behind: (type) => [`::${type}[]`],
    argument: (values) => [sent(values, numbers)],
    value: asSent,
  },
  bits: {
    behind: (type) => [`::${type}[]`],
    argument: (values) => [sent(values, numbers)],
    value: ({ column }) => [[`coalesce(i.${column}, 0) as ${column}`]],
  },
  texts: {
    before: 'string_to_array(',
    behind: () => [', ', ", '')"],
    argument: (values) => [sent(values, textLists), separator],
    value: ({ column }) => [[`string_to_array(i.${column}, `, `) as ${column}`], textSeparator],
  },
};

/** The text of a column; of very many rows it is made when the statement is sent. */
function sent<Value>(values: readonly Value[], make: (values: readonly Value[]) => string): string | Deferred {
  return textOfColumn(values.length, () => make(values));
}

function flags(values: readonly (boolean | undefined)[]): string {
  return booleans(values.map((value) => value ?? false));
}

function asSent({ column }: Named): [[string]] {
  return [[`i.${column}`]];
}

/** For `string_to_array(…, ';', '')`: one array literal a row, an empty text for null. */
function lists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(';');
}

/** For `string_to_array(…, separator, '')`. */
function textLists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(separator);
}
