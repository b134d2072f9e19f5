/**
 * Rows of one resource as a line of a file: beside them stands whose they are, so that they can be asked about again before the file is whole, and
 * recorded when it is taken. Rows by themselves do not say it. docs/decisions/0114-tables-as-files.md
 */
import { mediaTypes, type TableFormat } from '@dhp/sql-on-fhir';

/** Forms of tables in files. */
export type FileFormat = Exclude<TableFormat, 'fhir'>;

export const fileFormats: readonly FileFormat[] = ['ndjson', 'json', 'csv'];

export const fileTypes: Readonly<Record<FileFormat, string>> = {
  ndjson: mediaTypes.ndjson,
  json: mediaTypes.json,
  csv: `${mediaTypes.csv}; charset=utf-8`,
};

/** Kept with each file of a table, as JSON. */
export interface Table {
  /** Its place among the views of the request, from 0. */
  readonly view: number;
  readonly name: string;
  readonly format: FileFormat;
  /** Stands before the first row. */
  readonly head: string;
  /** Of the rows in the file, without what stands around them. */
  readonly bytes: number;
}

export interface Frame {
  readonly bytes: number;
  readonly resourceType: string;
  readonly id: string;
  /** As references. */
  readonly patients: readonly string[];
  readonly text: string;
}

/** Stands between the rows of two resources. */
export const between: Readonly<Record<FileFormat, string>> = { ndjson: '', json: ',', csv: '' };
/** Stands behind the last row. */
export const tail: Readonly<Record<FileFormat, string>> = { ndjson: '', json: '\n]\n', csv: '' };

/** The line, with its end. */
export function frameLine(frame: Omit<Frame, 'bytes'>): Buffer {
  const whole: Frame = { bytes: Buffer.byteLength(frame.text), ...frame };
  return Buffer.from(`${JSON.stringify(whole)}\n`);
}

const start = '{"bytes":'.length;

/** Bytes of the rows in a line, which is not parsed for them. */
export function tableBytes(line: Buffer): number {
  return Number(line.toString('latin1', start, line.indexOf(',', start)));
}

/** Bytes of a table of so many lines. */
export function lengthOf({ format, head, bytes }: Table, lines: number): number {
  const around = Buffer.byteLength(head) + Buffer.byteLength(tail[format]);
  return around + bytes + Buffer.byteLength(between[format]) * Math.max(0, lines - 1);
}

/** The name of a file at its job. */
export function fileName({ format }: Pick<Table, 'format'>, number: number): string {
  return `table-${String(number)}.${format}`;
}
