/** Declaration of a column of fhir.search: everything that a statement, a check or a document needs to know of it. */
import type { SearchParameterType } from '@dhp/fhir-search/parameters';
import type { RowSource } from './row-source.ts';

/** The value that `of` of a column returns, by the encoding that sends the values of many rows in one parameter. */
export interface EncodedValues {
  /** 64 bits, as a decimal text. */
  hash: string | undefined;
  /** Milliseconds since 1970. */
  instant: number;
  /** Stored as null if it is false, which takes no room. */
  flag: boolean;
  /** An array literal of PostgreSQL; `''` for an empty one. */
  array: string;
  number: number | undefined;
  /** Stored as 0 without a row. */
  bits: bigint;
  /** Texts with `textSeparator` between them. */
  texts: string;
}

export type Encoding = keyof EncodedValues;

export interface Declared {
  /** The name in the database. */
  readonly column: string;
  /** As a cast names it. */
  readonly type: string;
  readonly notNull?: true;
  /** As `pg_get_expr` of PostgreSQL writes it. */
  readonly default?: string;
  /** A short description of its content, for the table in README.md. */
  readonly holds: string;
  /** The types of the search parameters whose values are in it (default: none, every resource has it). */
  readonly filledBy?: readonly SearchParameterType[];
  /** The rows of contained resources have it too; `fixed`: it never changes under the key of one. */
  readonly ofContained?: true | 'fixed';
}

/** A value of the index row of a resource: the statement sends it, and stores it unless it is `unstored`. */
export interface SentColumn<E extends Encoding = Encoding> extends Declared {
  readonly from: 'resource';
  readonly encoding: E;
  readonly of: (source: RowSource) => EncodedValues[E];
  /** The search row does not have it: a table of postings does. */
  readonly unstored?: true;
}

/**
 * A column, by where its value comes from: `resource`, the search values of the resource; `identity`, its row in fhir.resource;
 * `definition`, the program; `count`, the number of values of another sent column; `retired`: only rows written by an older server have it,
 * and new rows have null.
 *
 * Every written column except those of the identity is compared before a row is replaced: an equal row is not written.
 */
export type Column =
  | SentColumn
  | (Declared & { readonly from: 'identity' | 'definition' | 'retired' })
  | (Declared & { readonly from: 'count'; /** The name in code of a column that is sent. */ readonly counts: string });

/** The columns of a table by their names in code, in the order in which statements list them. */
export type Columns = Readonly<Record<string, Column>>;
