import type { Cell } from './cell.ts';
import { RowFault } from './faults.ts';
import type { Cells } from './selection.ts';
import { parametersRow } from './parameters-row.ts';
import type { RowOptions, Tabular, View } from './view.ts';

/** Forms of a table as text; `fhir` is a Parameters resource. */
export type TableFormat = 'json' | 'ndjson' | 'csv' | 'fhir';

/** Media types of the forms, and of Parquet. https://sql-on-fhir.org/ig/operations.html */
export const mediaTypes: Readonly<Record<TableFormat | 'parquet', string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  fhir: 'application/fhir+json',
  parquet: 'application/vnd.apache.parquet',
};

/** Characters of a table that are written for one unit of work. */
const charactersOfUnit = 16;
/** As much as the largest resource has that is taken. A value may be in each of many rows, and the rows of a resource are made at once. */
const defaultMostText = 64 * 1024 ** 2;

/** Writes a table piece by piece: the pieces one after another are the text. */
export interface TableWriter {
  /** The beginning, before any row. */
  readonly head: string;
  /** The rows of a resource; empty if it has none. @throws RowFault; BudgetSpent */
  readonly rowsOf: (resource: unknown, options?: RowOptions) => { readonly text: string; readonly rows: number };
  /** The end, to be read after the last row. */
  readonly tail: string;
}

/**
 * A writer of the table of a view, for one run. In CSV (RFC 4180) nothing is an empty field and the empty text is `""`; arrays and objects are
 * JSON.
 * @param options.header whether CSV begins with the names of the columns; default true
 * @param options.most the number of rows after which no more are written
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'id', path: 'id' }, { name: 'sex', path: 'gender' }] }] });
 * const writer = writeTable(view, 'csv');
 * writer.head + writer.rowsOf({ resourceType: 'Patient', id: 'a' }).text + writer.tail; // 'id,sex\r\na,\r\n'
 */
export function writeTable(
  view: Tabular,
  format: TableFormat,
  { header = true, most = Infinity }: { readonly header?: boolean; readonly most?: number } = {},
): TableWriter {
  let written = 0;
  const { textOf, head, separator, tail } = layouts[format](view, header);
  return {
    head,
    get tail() {
      return tail(written);
    },
    rowsOf: (resource, options) => {
      let text = '';
      const before = written;
      if (written >= most) return { text, rows: 0 };
      const pay = payment(view, resource, options);
      for (const cells of view.cells(resource, options)) {
        if (written >= most) break;
        text += separator(written) + textOf(cells, pay);
        written += 1;
      }
      return { text, rows: written - before };
    },
  };
}

/** Counts the text of each value before it is put together with others. */
export type Pay = (text: string) => string;

function payment(view: Tabular, resource: unknown, options?: RowOptions): Pay {
  const charge = charges(view, resource, options);
  return (text) => {
    charge(text.length);
    return text;
  };
}

/** Counts the characters of the rows of one resource. @throws RowFault `limit`; BudgetSpent */
export function charges(
  view: Tabular,
  resource: unknown,
  { work, mostText = defaultMostText }: RowOptions = {},
): (characters: number) => void {
  let left = mostText;
  return (characters) => {
    left -= characters;
    work?.spend(characters / charactersOfUnit, 'the text of a table');
    if (left >= 0) return;
    const at = { place: 'ViewDefinition.select', resource: view.nameOf(resource) };
    const cure = `its rows have more than ${mostText} characters. Select less of each resource.`;
    throw new RowFault('limit', at, cure);
  };
}

/** A format: the texts around rows, by the number of rows before. */
interface Layout {
  readonly head: string;
  readonly separator: (before: number) => string;
  readonly textOf: (cells: Cells, pay: Pay) => string;
  readonly tail: (rows: number) => string;
}

const nothing = (): string => '';
const unpaid: Pay = (text) => text;
const nameOf = ({ name }: View['columns'][number]): string => name;

const layouts: Readonly<Record<TableFormat, (view: Tabular, header: boolean) => Layout>> = {
  csv: ({ columns }, header) => ({
    head: header ? csvRow(columns.map(nameOf), unpaid) : '',
    separator: nothing,
    textOf: csvRow,
    tail: nothing,
  }),
  json: (view) => ({
    head: '[',
    separator: (before) => (before === 0 ? '\n' : ',\n'),
    textOf: jsonRow(view),
    tail: () => '\n]\n',
  }),
  ndjson(view) {
    const textOf = jsonRow(view);
    return { head: '', separator: nothing, textOf: (cells, pay) => `${textOf(cells, pay)}\n`, tail: nothing };
  },
  // An array of FHIR is never empty.
  fhir: ({ columns }) => ({
    head: '{"resourceType":"Parameters"',
    separator: (before) => (before === 0 ? ',"parameter":[' : ','),
    textOf: parametersRow(columns),
    tail: (rows) => (rows === 0 ? '}' : ']}'),
  }),
};

function jsonRow({ columns }: Tabular): Layout['textOf'] {
  const names = columns.map(({ name }, n) => `${n === 0 ? '' : ','}${JSON.stringify(name)}:`);
  return (cells, pay) => {
    let text = '{';
    for (let n = 0; n < cells.length; n++) text += pay(names[n]! + jsonCell(cells[n]!));
    return `${text}}`;
  };
}

/** Most texts of FHIR need no escape. */
const plain = /^[ !#-[\]-~]*$/;

function jsonCell(cell: Cell): string {
  return typeof cell === 'string' && plain.test(cell) ? `"${cell}"` : JSON.stringify(cell);
}

function csvRow(cells: Cells, pay: Pay): string {
  return `${cells.map((cell) => pay(csvCell(cell))).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A type of SQL as a tag may give it: words, and numbers in brackets. */
const typeText = /^[A-Za-z]\w*( \w+)*(\(\d+(, ?\d+)?\)( \w+)*)?$/;

/**
 * The statement of ISO/IEC 9075 that makes a table for the rows of a view.
 * @param name of the table, a letter and then letters, digits and _
 * @throws RangeError for another name, and for a tag `ansi/type` that is no type
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'active', path: 'active' }] }] });
 * tableStatement(view, 'patients'); // 'CREATE TABLE "patients" (\n  "active" BOOLEAN\n)'
 */
export function tableStatement(view: View, name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw new RangeError(`${name} is no name of a table`);
  const columns = view.columns.map((column) => {
    if (!typeText.test(column.sqlType))
      throw new RangeError(`${column.sqlType} of the column ${column.name} is no type`);
    return `  "${column.name}" ${column.sqlType}`;
  });
  return `CREATE TABLE "${name}" (\n${columns.join(',\n')}\n)`;
}
