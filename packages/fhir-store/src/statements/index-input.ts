/** The columns of fhir.search in a writing statement, as input with the rows that are written. */
import { type Column, columnLists, searchRow, type SearchRowValues, sentColumns } from '@dhp/search-index';
import { allOf, type IndexValues, type PlacedDefinition, type StoredDefinitions } from './index-definition.ts';
import { sentAs, storedAs } from './index-encoding.ts';
import { sessionIn } from './index-tables.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

export type Fragment = ReturnType<Session>;

/** The lists of columns from which the statements are made. */
export const columns = columnLists(searchRow);

/** A list of columns, as a part of a statement. */
export function named(sql: Session, list: string): Fragment {
  return sql.unsafe(list);
}

const declared: Readonly<Record<string, Column>> = searchRow;

const sentArguments = sentColumns(searchRow).map(([name, column]) => ({ name, ...sentAs(column) }));
const argumentTexts = listedTexts(sentArguments.map(({ texts }) => texts));

/** Arguments of `unnest`, for the columns `sent`. Undefined: the row of a deletion, which has no values. */
export function indexArguments(sql: Session, rows: readonly (SearchRowValues | undefined)[]): Fragment {
  return sql(argumentTexts, ...sentArguments.flatMap(({ name, bound }) => bound(rows.map((row) => row?.[name]))));
}

const carriedValues = Object.values(declared).flatMap((column) => valueOf(column) ?? []);
const valueTexts = listedTexts(carriedValues.map(({ texts }) => texts));

/** The columns `carried`, of an input `i` with the names of `indexArguments`, for rows of a definition. */
export function indexValues(sql: Session, version: number): Fragment {
  const values = carriedValues.flatMap<number | string>(({ bound }) => (bound === 'version' ? [version] : bound));
  return sql(valueTexts, ...values);
}

/** The texts of a value, and the values bound between them: the number of the definition, or constants. */
function valueOf(
  column: Column,
): { readonly texts: readonly [string, ...string[]]; readonly bound: 'version' | readonly string[] } | undefined {
  switch (column.from) {
    case 'identity':
    case 'retired':
      return undefined;
    case 'definition':
      return { texts: ['', `::${column.type} as ${column.column}`], bound: 'version' };
    case 'count': {
      const counted = declared[column.counts]!;
      const count = `cardinality(i.${counted.column}::${counted.type})`;
      return { texts: [`${count}::${column.type} as ${column.column}`], bound: [] };
    }
    case 'resource':
      return storedAs(column);
  }
}

/** The texts of pieces with commas between these: literals of a template that is made once, since all rows have the same columns. */
function listedTexts(pieces: readonly (readonly [string, ...string[]])[]): TemplateStringsArray {
  const texts: string[] = [];
  let open = '';
  for (const [n, [first, ...rest]] of pieces.entries()) {
    open += n === 0 ? first : `, ${first}`;
    for (const text of rest) {
      texts.push(open);
      open = text;
    }
  }
  texts.push(open);
  return Object.assign(texts, { raw: texts });
}

/**
 * True if the rows follow the search parameters of the environment at the begin of the statement, and were made from data of this server; else the
 * statement ends with an error that `isStaleDefinition` recognises. PostgreSQL locks the tables before it takes the snapshot, which the backfill of a
 * new parameter relies on (`readIndexWriters`).
 * @param also must hold as well
 */
export function upToDate(
  sql: Session,
  rows: readonly (IndexValues | undefined)[],
  basis: Basis,
  also?: Fragment,
): Fragment {
  const server = onServer(sql, basis);
  const follows = followsDefinition(sql, rows, basis, also);
  return follows === undefined ? server : sql`(${server} and ${follows})`;
}

/** The part of `upToDate` that depends on the tables of definitions, which are complete on each node. Undefined if there are no rows. */
export function followsDefinition(
  sql: Session,
  rows: readonly (IndexValues | undefined)[],
  basis: Basis,
  also?: Fragment,
): Fragment | undefined {
  if (rows.length === 0) return undefined;
  let generation: number | undefined;
  for (const row of rows) if (row !== undefined) generation = Math.min(generation ?? Infinity, row.generation);
  const further = also === undefined ? sql`` : sql` and ${also}`;
  if (generation === undefined) {
    // A deletion has no rows to make, and would leave those of a definition that the statement does not know.
    const others = allOf(storedIn(rows, basis)).map(({ definition: { version } }) => sql`version <> ${version}::int`);
    const made = sql`not exists (select 1 from fhir.index_definition where ${others.reduce((one, next) => sql`${one} and ${next}`)})`;
    return sql`case when ${made}${further} then true else fhir.outdated() end`;
  }
  return sql`case
    when (select generation from fhir.own_parameter_state where single) = ${generation}::int${further} then true else fhir.outdated() end`;
}

/** The part of a statement that stores the rows of one definition: of each resource, undefined for a deletion. */
export interface IndexPart {
  /** Names the tables of the definition, and the parts of the statement that are its own. */
  readonly sql: Session;
  readonly version: number;
  readonly rows: readonly (SearchRowValues | undefined)[];
  readonly postings: Postings;
}

/** One part for the definition that is searched, and one for the next that is built. */
export interface IndexParts {
  readonly active: IndexPart;
  readonly next: IndexPart | undefined;
}

/**
 * The parts of a statement that stores index rows. The definitions are those known when the rows were made; for deletions alone, those of the basis.
 */
export function indexParts(
  sql: Session,
  rows: readonly (IndexValues | undefined)[],
  basis: Pick<Basis, 'stored'>,
): IndexParts {
  const { active, next } = storedIn(rows, basis);
  const part = ({ definition, tables }: PlacedDefinition, second: boolean): IndexPart => {
    const values = rows.map((row) => (second ? (row?.next ?? row?.active) : row?.active));
    return {
      sql: sessionIn(sql, { tables, second }),
      version: definition.version,
      rows: values,
      postings: postingsOf(values),
    };
  };
  return { active: part(active, false), next: next === undefined ? undefined : part(next, true) };
}

/**
 * Returns the stored definitions by the earliest of the rows. If rows were made at different times, the statement stores nothing, because
 * it is outdated.
 */
function storedIn(rows: readonly (IndexValues | undefined)[], { stored }: Pick<Basis, 'stored'>): StoredDefinitions {
  let first: IndexValues | undefined;
  for (const row of rows) if (row !== undefined && row.generation < (first?.generation ?? Infinity)) first = row;
  return first?.stored ?? stored;
}

/** A part of a statement for the definition that is built beside; empty without one. */
export function ofNext(sql: Session, { next }: IndexParts, make: (part: IndexPart) => Fragment): Fragment {
  return next === undefined ? sql`` : make(next);
}

/** The tables of postings in which any of the rows has entries: tables left out of a statement cost nothing. */
export interface Postings {
  readonly tok: boolean;
  readonly num: boolean;
  readonly date: boolean;
  readonly str: boolean;
}

export function postingsOf(rows: readonly (SearchRowValues | undefined)[]): Postings {
  const any = (name: 'postedSystems' | 'numberKeys' | 'dateKeys' | 'stringKeys'): boolean =>
    rows.some((row) => row !== undefined && row[name] !== '');
  return { tok: any('postedSystems'), num: any('numberKeys'), date: any('dateKeys'), str: any('stringKeys') };
}
