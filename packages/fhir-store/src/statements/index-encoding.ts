/** Encodes the values of a column of fhir.search for a statement, and decodes them in it. */
import { type EncodedValues, type Encoding, type SentColumn, textSeparator } from '@dhp/search-index';
import type { Deferred } from '@dhp/postgres/values';
import { booleans, numbers, separator, textOfColumn } from './columns.ts';
import type { Session } from './session.ts';

type Fragment = ReturnType<Session>;
type Named = Pick<SentColumn, 'column' | 'type'>;

/** An argument of `unnest`: the values of many rows, undefined for a row without any. */
export function sentAs(sql: Session, column: SentColumn, values: readonly unknown[]): Fragment {
  return encodings[column.encoding].argument(sql, values as readonly never[], column.type);
}

/** The value that is stored, of an input `i`, under the name of the column. */
export function storedAs(sql: Session, column: SentColumn): Fragment {
  return encodings[column.encoding].value(sql, column);
}

interface Encoded<Value> {
  readonly argument: (sql: Session, values: readonly (Value | undefined)[], type: string) => Fragment;
  readonly value: (sql: Session, column: Named) => Fragment;
}

const encodings: { readonly [E in Encoding]: Encoded<EncodedValues[E]> } = {
  hash: {
    argument: (sql, values, type) => sql`string_to_array(${sent(values, lists)}, ';', '')::${sql.unsafe(type)}[]`,
    value: asSent,
  },
  instant: {
    argument: (sql, values) => sql`${sent(values, numbers)}::float8[]`,
    value: (sql, { column }) => sql.unsafe(`to_timestamp(i.${column} / 1e3::float8) as ${column}`),
  },
  flag: {
    argument: (sql, values) => sql`${sent(values, flags)}::boolean[]`,
    value: (sql, { column }) => sql.unsafe(`nullif(i.${column}, false) as ${column}`),
  },
  array: {
    argument: (sql, values) => sql`string_to_array(${sent(values, lists)}, ';', '')`,
    value: (sql, { column, type }) => sql.unsafe(`i.${column}::${type} as ${column}`),
  },
  number: {
    argument: (sql, values, type) => sql`${sent(values, numbers)}::${sql.unsafe(type)}[]`,
    value: asSent,
  },
  bits: {
    argument: (sql, values, type) => sql`${sent(values, numbers)}::${sql.unsafe(type)}[]`,
    value: (sql, { column }) => sql.unsafe(`coalesce(i.${column}, 0) as ${column}`),
  },
  texts: {
    argument: (sql, values) => sql`string_to_array(${sent(values, textLists)}, ${separator}, '')`,
    value: (sql, { column }) =>
      sql`string_to_array(i.${sql.unsafe(column)}, ${textSeparator}) as ${sql.unsafe(column)}`,
  },
};

/** The text of a column; of very many rows it is made when the statement is sent. */
function sent<Value>(values: readonly Value[], make: (values: readonly Value[]) => string): string | Deferred {
  return textOfColumn(values.length, () => make(values));
}

function flags(values: readonly (boolean | undefined)[]): string {
  return booleans(values.map((value) => value ?? false));
}

function asSent(sql: Session, { column }: Named): Fragment {
  return sql.unsafe(`i.${column}`);
}

/** For `string_to_array(…, ';', '')`: one array literal a row, an empty text for null. */
function lists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(';');
}

/** For `string_to_array(…, separator, '')`. */
function textLists(values: readonly (string | undefined)[]): string {
  return values.map((value) => value ?? '').join(separator);
}
