import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { ReleaseFile } from './release.ts';
import { ReleaseFault } from './release-fault.ts';

/** A row by the names of its columns; missing columns at its end are empty. */
export type Row = (column: string) => string;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<Row>;
}

/**
 * A file of rows with a heading (RFC 4180, or with tabs or semicolons), read piece by piece.
 * @param required columns without which it is not the file that was expected; names are compared without case
 * @throws ReleaseFault
 */
export async function readTable(file: ReleaseFile, required: readonly string[]): Promise<Table> {
  const delimiter = await delimiterOf(file);
  const parser = Readable.from(file.open()).pipe(
    parse({ delimiter, bom: true, relax_quotes: true, relax_column_count: true, skip_empty_lines: true }),
  );
  const records = parser[Symbol.asyncIterator]() as AsyncIterator<string[]>;
  const heading = await next(file, records);
  const places = new Map((heading ?? []).map((name, n) => [name.trim().toLowerCase(), n]));
  const missing = required.find((name) => !places.has(name.toLowerCase()));
  if (missing !== undefined) {
    throw new ReleaseFault(`${file.path} has no column ${missing}: it is not the table that was expected there.`);
  }
  return { columns: [...places.keys()], rows: rowsOf(file, records, places) };
}

async function* rowsOf(
  file: ReleaseFile,
  records: AsyncIterator<string[]>,
  places: ReadonlyMap<string, number>,
): AsyncGenerator<Row> {
  for (let record = await next(file, records); record !== undefined; record = await next(file, records)) {
    const fields = record;
    yield (column) => fields[places.get(column.toLowerCase()) ?? -1]?.trim() ?? '';
  }
}

async function next(file: ReleaseFile, records: AsyncIterator<string[]>): Promise<string[] | undefined> {
  try {
    const result = await records.next();
    return result.done === true ? undefined : result.value;
  } catch (error) {
    throw new ReleaseFault(`${file.path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** Returns the most frequent of the three delimiters in the heading. */
async function delimiterOf(file: ReleaseFile): Promise<string> {
  let heading = '';
  for await (const piece of file.open()) {
    heading += Buffer.from(piece).toString('utf8');
    if (heading.includes('\n')) break;
  }
  heading = heading.split('\n', 1)[0]!;
  const count = (delimiter: string): number => heading.split(delimiter).length;
  return ['\t', ';', ','].reduce((best, one) => (count(one) > count(best) ? one : best));
}
