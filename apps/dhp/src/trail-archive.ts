/** Files of periods of the trail that left the database: lines of records, compressed. Their sealed parts stay sealed. docs/access.md */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { archiveLine, type ArchivedRecord, parseArchiveLine } from '@dhp/trail';
import { type ArchivedListed, archiveListedLine, isOfList } from '@dhp/trail/lists';
import type { EnvironmentName } from './trail-heads.ts';

export interface Archive {
  readonly file: string;
  /** Of the bytes of the file, in hexadecimal. */
  readonly sha256: string;
}

/** A file of an archive that differs from the one that was written, or is not in its folder. */
export interface ArchiveFault {
  readonly why: 'archiveOther' | 'archiveAbsent';
  readonly file: string;
  readonly folder: string;
}

/**
 * Writes the records of a period, followed by the rows of its lists of patients, to a file in a folder. It gets its name when it is
 * completely on the disk.
 */
export async function writeArchive(
  folder: string,
  { environment, month }: { readonly environment: EnvironmentName; readonly month: string },
  records: AsyncIterable<ArchivedRecord>,
  listed: AsyncIterable<ArchivedListed>,
): Promise<Archive> {
  const file = `trail-${environment}-${month.slice(0, 7)}.ndjson.gz`;
  const [path, temporary] = [join(folder, file), join(folder, `${file}.${String(process.pid)}.tmp`)];
  await mkdir(folder, { recursive: true });
  async function* lines(): AsyncGenerator<string> {
    yield `${JSON.stringify({ format: 'dhp-trail', version: 1, environment, month })}\n`;
    for await (const record of records) yield archiveLine(record);
    for await (const row of listed) yield archiveListedLine(row);
  }
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(temporary, { mode: 0o600 }));
  await synced(temporary);
  const sha256 = await hashOf(temporary);
  await rename(temporary, path);
  await synced(folder);
  return { file, sha256 };
}

async function synced(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

/** Returns the fault of a file; undefined if it is the one that was written. */
export async function faultOfArchive(
  folder: string,
  { file, sha256 }: Archive,
): Promise<ArchiveFault['why'] | undefined> {
  try {
    const found = await hashOf(join(folder, file));
    return found === sha256 ? undefined : 'archiveOther';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'archiveAbsent';
    throw error;
  }
}

/** The records of a file, in the order of the chain. @throws Error for a line that is not a record */
export async function* readArchive(folder: string, { file }: Pick<Archive, 'file'>): AsyncGenerator<ArchivedRecord> {
  const lines = createInterface({
    input: createReadStream(join(folder, file)).pipe(createGunzip()),
    crlfDelay: Infinity,
  });
  let isFirst = true;
  for await (const line of lines) {
    // Lists are behind all records.
    if (isOfList(line)) return;
    const record = isFirst ? undefined : parseArchiveLine(line);
    if (!isFirst && record === undefined) throw new Error(`${file} has a line that is no record: ${line.slice(0, 80)}`);
    if (record !== undefined) yield record;
    isFirst = false;
  }
}
