import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export interface MigrationFile {
  number: number;
  /** File name without `.sql`: `0001_resource`. */
  name: string;
  text: string;
  /** SHA-256 (hex) of the text with Unix line ends, so that a checkout on Windows has the same one. */
  checksum: string;
  /** False when the first line says `-- no transaction`: for `create index concurrently` and its like. */
  transaction: boolean;
  /**
   * True if the comment at the top has a line `-- additive`: programs that do not know the migration continue beside it. It adds to the
   * schema, and removes, renames or narrows nothing that they use.
   */
  additive: boolean;
}

/**
 * Reads the numbered files of a directory, in order.
 * @throws Error if a `.sql` file is not named `NNNN_name.sql`, or two have the same number
 */
export async function readMigrations(directory: URL): Promise<MigrationFile[]> {
  const path = fileURLToPath(directory);
  const names = (await readdir(path)).filter((name) => name.endsWith('.sql')).sort();
  const files = await Promise.all(
    names.map(async (name) => toMigration(name, await readFile(join(path, name), 'utf8'))),
  );
  files.forEach((file, index) => {
    const previous = files[index - 1];
    if (previous?.number !== file.number) return;
    throw new Error(`Two migrations have the number ${file.number}: ${previous.name} and ${file.name}`);
  });
  return files;
}

function toMigration(fileName: string, raw: string): MigrationFile {
  const match = /^(\d{4})_[a-z0-9_-]+\.sql$/.exec(fileName);
  if (match === null) throw new Error(`A migration is named NNNN_name.sql (lower case), not ${fileName}`);
  const text = raw.replaceAll('\r\n', '\n');
  return {
    number: Number(match[1]),
    name: fileName.slice(0, -'.sql'.length),
    text,
    checksum: createHash('sha256').update(text).digest('hex'),
    transaction: !/^--\s*no transaction\b/i.test(text),
    additive: /^(?:[ \t]*(?:--[^\n]*)?\n)*-- additive[ \t]*\n/.test(`${text}\n`),
  };
}
