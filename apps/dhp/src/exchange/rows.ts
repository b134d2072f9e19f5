/** Files of lines with their origin, to which rows are added: waiting lines, lines of a request, rejected lines. */
import { createReadStream } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** A line in progress. */
export interface Row {
  /** Of the list of files. */
  readonly file: number;
  readonly line: number;
  readonly text: string;
  /** Not sent with its part: an earlier line of the same resource waits. */
  readonly held?: true;
  /** Why it was not accepted the last time. */
  readonly outcome?: unknown;
}

/** Writes rows to a file after its first `size` bytes, replacing anything there. @returns its size, after it is on the disk */
export async function addTo(path: string, size: number, rows: readonly unknown[]): Promise<number> {
  const file = await open(path, 'a', 0o600);
  try {
    await truncate(path, size);
    const bytes = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
    await file.sync();
    return size + bytes.length;
  } finally {
    await file.close();
  }
}

/** The rows within the first `size` bytes. */
export async function* rowsIn(path: string, size: number): AsyncGenerator<Row> {
  if (size === 0) return;
  const input = createReadStream(path, { end: size - 1 });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) yield JSON.parse(line) as Row;
}
