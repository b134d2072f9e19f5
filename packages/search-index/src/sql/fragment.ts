/** Pieces of statements, which the tag puts together; those of the driver are promises each, which take half of a search's time. */
import { literalsFor, type IndexTables } from './index-tables.ts';

/** A piece of a statement with its values bound, which the tag puts into a larger one. */
export class Fragment {
  readonly strings: readonly string[];
  readonly values: readonly Value[];

  constructor(strings: readonly string[], values: readonly Value[]) {
    this.strings = strings;
    this.values = values;
  }
}

/** Represents a fragment without texts between its values. */
export const noText: readonly string[] = [];

/** A value that is bound, or a fragment that becomes a part of the statement. */
export type Value = string | number | boolean | null | Fragment;

/**
 * Connections by the settings of their sessions: `searches` sort, and use any index; `walks` do not sort rows that an index has in order;
 * `counts` have a separate time limit.
 */
export type Connections = 'searches' | 'walks' | 'counts';

/** The order of commits, as parts of a statement. Only the code that runs the statements knows how the database keeps it. */
export interface CommitOrder {
  /** Whether a text has the format of a snapshot of the database. */
  isSnapshot(text: string): boolean;
  /** The snapshot of the statement: to be sent back as a text, with the next page. */
  currentSnapshot(sql: Sql): Fragment;
  /** True of versions that an earlier statement could see. */
  wasSeen(sql: Sql, txid: Fragment, snapshot: string): Fragment;
  /** True of all that an earlier statement could not see, and of little else: an index of transactions finds it. */
  mayBeUnseen(sql: Sql, txid: Fragment, snapshot: string): Fragment;
}

/**
 * The tag that makes the pieces of statements; called with a name it makes an identifier. It also carries the place where the statements
 * are run.
 */
export interface Sql {
  (strings: TemplateStringsArray, ...values: readonly Value[]): Fragment;
  (name: string): Fragment;
  readonly connections: Connections;
  readonly commits: CommitOrder;
}

/** @param tables the set of tables that the statements read */
export function fragmentsFor(connections: Connections, commits: CommitOrder, tables: IndexTables = 'a'): Sql {
  const place = { tables, second: false };
  const tag = (strings: TemplateStringsArray | string, ...values: readonly Value[]): Fragment =>
    typeof strings === 'string'
      ? new Fragment([`"${strings.replaceAll('"', '""')}"`], [])
      : new Fragment(tables === 'a' ? strings : literalsFor(strings, place), values);
  return Object.assign(tag, { connections, commits });
}

export function and(sql: Sql, parts: readonly Fragment[]): Fragment {
  return joined(sql, parts, sql` and `) ?? sql`true`;
}

export function or(sql: Sql, parts: readonly Fragment[]): Fragment {
  const all = joined(sql, parts, sql` or `);
  return all === undefined ? sql`false` : sql`(${all})`;
}

export function list(sql: Sql, parts: readonly Fragment[]): Fragment {
  return joined(sql, parts, sql`, `) ?? sql``;
}

export function joined(_sql: Sql, parts: readonly Fragment[], by: Fragment): Fragment | undefined {
  const first = parts[0];
  if (first === undefined || parts.length === 1) return first;
  const values: Value[] = [first];
  for (let n = 1; n < parts.length; n += 1) values.push(by, parts[n]!);
  return new Fragment(noText, values);
}

/** Whether a column `ty` is one of the types. With several of them an index loses its order. */
export function ofTypes(sql: Sql, column: Fragment, types: readonly number[]): Fragment {
  return types.length === 1
    ? sql`${column} = ${types[0]!}::smallint`
    : sql`${column} = any(${`{${types.join(',')}}`}::smallint[])`;
}

/** `bigint[]` as one text. */
export function bigints(values: readonly bigint[]): string {
  return `{${values.join(',')}}`;
}

/** From so many values on it takes longer to read their text than to ask for it once. */
const longList = 16;

/** The same for a test of rows: the text of a long list is read once, and not for each row. */
export function bigintsOfTest(sql: Sql, values: readonly bigint[]): Fragment {
  const read = sql`${bigints(values)}::bigint[]`;
  return values.length < longList ? read : sql`(select ${read})::bigint[]`;
}

/** A time in ms since 1970 as PostgreSQL reads it, to the millisecond in every year; a Date has no infinity. */
export function timeText(ms: number): string {
  if (!Number.isFinite(ms)) return ms > 0 ? 'infinity' : '-infinity';
  const date = new Date(Math.round(ms));
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  return year > 0 ? `${String(year).padStart(4, '0')}${rest}` : `${String(1 - year).padStart(4, '0')}${rest} BC`;
}
