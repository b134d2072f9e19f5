import type { Column, Columns, SentColumn } from './column.ts';

/** The lists of columns from which statements are made, as SQL: names in the database, separated by commas. */
export interface ColumnLists {
  /** Columns that are sent for each row, in the order of the parameters: the names of the arguments of `unnest`. */
  readonly sent: string;
  /** The columns in the parts of a writing statement through which the values of a row pass, including those for postings only. */
  readonly carried: string;
  /** Columns that are written for a row, without those of its identity. */
  readonly written: string;
  /** The same for contained resources. */
  readonly ofContained: string;
  /** `written` with an alias before each name, to be compared with that of another alias. */
  readonly writtenOf: (alias: string) => string;
  readonly ofContainedOf: (alias: string) => string;
  /** `column = alias.column` for each written column; retired ones become null. */
  readonly assigned: (alias: string) => string;
  /** The same for the columns of a contained resource that can change. */
  readonly assignedOfContained: (alias: string) => string;
}

export function columnLists(columns: Columns): ColumnLists {
  const all = Object.values(columns);
  const carried = all.filter(({ from }) => from !== 'identity' && from !== 'retired');
  const written = carried.filter(isWritten);
  const ofContained = written.filter((column) => column.ofContained !== undefined);
  const assign = (alias: string, column: Column): string =>
    column.from === 'retired' ? `${column.column} = null` : `${column.column} = ${alias}.${column.column}`;
  return {
    sent: named(all.filter(isSent)),
    carried: named(carried),
    written: named(written),
    ofContained: named(ofContained),
    writtenOf: (alias) => named(written, alias),
    ofContainedOf: (alias) => named(ofContained, alias),
    assigned: (alias) =>
      all
        .filter((column) => column.from === 'retired' || written.includes(column))
        .map((column) => assign(alias, column))
        .join(', '),
    assignedOfContained: (alias) =>
      ofContained
        .filter((column) => column.ofContained !== 'fixed')
        .map((column) => assign(alias, column))
        .join(', '),
  };
}

/** The names in code of the columns that are sent. */
export type SentName<Of extends Columns> = {
  [Name in keyof Of & string]: Of[Name] extends SentColumn ? Name : never;
}[keyof Of & string];

/** The columns that are sent, by their names in code. */
export function sentColumns<Of extends Columns>(columns: Of): [name: SentName<Of>, column: SentColumn][] {
  return Object.entries(columns).filter((entry): entry is [SentName<Of>, SentColumn] => isSent(entry[1]));
}

function isSent(column: Column): column is SentColumn {
  return column.from === 'resource';
}

function isWritten(column: Column): boolean {
  return !isSent(column) || column.unstored !== true;
}

function named(columns: readonly Column[], alias?: string): string {
  return columns.map(({ column }) => (alias === undefined ? column : `${alias}.${column}`)).join(', ');
}
