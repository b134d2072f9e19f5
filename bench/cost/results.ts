/** Rows of a run, stored as lines of JSON, so that an interrupted run can continue and parts of it can run separately. */
import { appendFile, readFile } from 'node:fs/promises';
import type { Measured } from './measure.ts';

export interface Results<Row = Measured> {
  readonly rows: readonly Row[];
  add(row: Row): Promise<void>;
}

/** @param file that stores the rows; undefined: in memory only */
export async function openResults<Row = Measured>(file: string | undefined): Promise<Results<Row>> {
  const text = file === undefined ? '' : await readFile(file, 'utf8').catch(missingAsEmpty);
  const rows = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
  return {
    rows,
    async add(row) {
      rows.push(row);
      if (file !== undefined) await appendFile(file, `${JSON.stringify(row)}\n`);
    },
  };
}

function missingAsEmpty(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
