/**
 * Rows of one resource as a line of a file, together with its patient, so that access can be checked again before the file is complete, and
 * recorded when it is downloaded. Rows themselves do not show it. docs/decisions/0114-tables-as-files.md
 */
import { mediaTypes } from '@dhp/sql-on-fhir';
import type { AnyFormat } from '../views/form.ts';

/** Forms of tables in files. */
export type FileFormat = Exclude<AnyFormat, 'fhir'>;

export const fileFormats: readonly FileFormat[] = ['ndjson', 'json', 'csv', 'parquet'];

export const fileTypes: Readonly<Record<FileFormat, string>> = {
  ndjson: mediaTypes.ndjson,
  json: mediaTypes.json,
  csv: `${mediaTypes.csv}; charset=utf-8`,
  parquet: mediaTypes.parquet,
};

/** Stored with each file of a table, as JSON. */
export interface Table {
  /** Its place among the views of the request, from 0. */
  readonly view: number;
  readonly name: string;
  readonly format: FileFormat;
  /** Text before the first row. */
  readonly head: string;
  /** Of the rows in the file, without the surrounding text; for Parquet of the whole file. */
  readonly bytes: number;
  /** Made by an SQL query from the lines that follow it. */
  readonly isQuery?: true;
  /** For Parquet and queries: the end of each group of rows, and the number of lines from which it was made. */
  readonly groups?: readonly Group[];
}

export interface Group {
  readonly end: number;
  readonly lines: number;
}

export interface Frame {
  readonly bytes: number;
  readonly resourceType: string;
  readonly id: string;
  /** As references. */
  readonly patients: readonly string[];
  readonly text: string;
}

/** Text between the rows of two resources. */
export const between: Readonly<Record<FileFormat, string>> = { ndjson: '', json: ',', csv: '', parquet: '' };
/** Text after the last row. */
export const tail: Readonly<Record<FileFormat, string>> = { ndjson: '', json: '\n]\n', csv: '', parquet: '' };

/** The line, with its end. */
export function frameLine(frame: Omit<Frame, 'bytes'>): Buffer {
  const whole: Frame = { bytes: Buffer.byteLength(frame.text), ...frame };
  return Buffer.from(`${JSON.stringify(whole)}\n`);
}

/**
 * The line of a resource whose rows are settled as JSON and make the file later: they are not text in it, so that they are written and read once.
 * @param rows arrays of arrays of values that are no objects
 */
export function rowsLine({ resourceType, id, patients }: Omit<Frame, 'bytes' | 'text'>, rows: object): Buffer {
  const head = JSON.stringify({ bytes: 0, resourceType, id, patients });
  return Buffer.from(`${head.slice(0, -1)}${rowsMember}${JSON.stringify(rows)}}\n`);
}

/** The rows in a line of `rowsLine`. */
export function rowsIn(line: Buffer): unknown {
  return JSON.parse(line.toString('utf8', line.indexOf(rowsBytes) + rowsMember.length, line.lastIndexOf('}')));
}

/** The resource and the patients of the rows in a line; the rows are not parsed for it. */
export function ownerIn(line: Buffer): Omit<Frame, 'bytes' | 'text'> {
  return JSON.parse(`${line.toString('utf8', 0, ownerEnd(line))}}`) as Frame;
}

const start = '{"bytes":'.length;

/** Bytes of the rows in a line, which is not parsed for them. */
export function tableBytes(line: Buffer): number {
  return Number(line.toString('latin1', start, line.indexOf(',', start)));
}

const rowsMember = ',"rows":';
const rowsBytes = Buffer.from(`${rowsMember}[`);
const textBytes = Buffer.from(',"text":"');

/** Within a value the quotation marks of a member would be escaped; rows have no members. */
function ownerEnd(line: Buffer): number {
  const end = line.indexOf(rowsBytes);
  return end < 0 ? line.indexOf(textBytes) : end;
}

/** The line without its rows, as text: it states their resource and patient. It is cut by its bytes. */
export function emptied(line: Buffer): string {
  return `{"bytes":0${line.toString('utf8', line.indexOf(',', start), ownerEnd(line))},"text":""}\n`;
}

/** Bytes of a table of this many lines. */
export function lengthOf({ format, head, bytes, isQuery }: Table, lines: number): number {
  if (isQuery === true) return bytes;
  const around = Buffer.byteLength(head) + Buffer.byteLength(tail[format]);
  return around + bytes + Buffer.byteLength(between[format]) * Math.max(0, lines - 1);
}

/** The name of a file of its job. One of a query has another name, so that servers of an earlier release do not treat it as one of rows. */
export function fileName({ format, isQuery }: Pick<Table, 'format' | 'isQuery'>, number: number): string {
  return `${isQuery === true ? 'query' : 'table'}-${String(number)}.${format}`;
}
