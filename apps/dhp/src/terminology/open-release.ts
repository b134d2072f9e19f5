/** A release of a code system from its file: a zip archive, a folder, or one file. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { ReleaseFault, type Release, type ReleaseFile } from '@dhp/terminology-release';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { spokenLanguage } from '../locale.ts';
import { packageMessages } from '../texts/package.ts';

export interface OpenRelease extends Release {
  /** Bytes of all files, unpacked. */
  readonly size: number;
  close(): void;
}

/**
 * Opens a release; nothing of it is unpacked to disk, its files are streamed.
 * @param onRead called with the path of the file that is being read and the progress
 * @throws ReleaseFault
 */
export async function openRelease(
  path: string,
  onRead: (file: string, done: number, total: number) => void,
): Promise<OpenRelease> {
  const place = resolve(path);
  if (!existsSync(place)) throw new ReleaseFault(packageMessages[spokenLanguage()].find.notThere({ path: place }));
  const name = basename(place);
  const watched = (file: string, total: number, pieces: () => AsyncIterable<Uint8Array>): ReleaseFile => ({
    path: file,
    open: async function* read() {
      let done = 0;
      for await (const piece of pieces()) {
        done += piece.length;
        onRead(file, done, total);
        yield piece;
      }
    },
  });

  if (statSync(place).isDirectory()) {
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const files = paths.map((file) => {
      const { size } = statSync(file);
      return { size, file: watched(relative(place, file).split(sep).join('/'), size, () => createReadStream(file)) };
    });
    return { name, files: files.map(({ file }) => file), size: sum(files), close: () => undefined };
  }
  if (!/\.zip$/i.test(place)) {
    const { size } = statSync(place);
    return { name, files: [watched(name, size, () => createReadStream(place))], size, close: () => undefined };
  }
  const { zip, entries } = await openZip(place);
  const files = entries.map((entry) => ({
    size: entry.uncompressedSize,
    file: watched(entry.fileName, entry.uncompressedSize, () => contentOf(zip, entry)),
  }));
  return { name, files: files.map(({ file }) => file), size: sum(files), close: () => zip.close() };
}

function sum(files: readonly { size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}

/** The directory of an archive. The reader refuses names that lead out of it. */
async function openZip(path: string): Promise<{ zip: ZipFile; entries: readonly Entry[] }> {
  const refuse = (error: unknown): never => {
    const { notZip } = packageMessages[spokenLanguage()].terminology;
    throw new ReleaseFault(notZip({ path, reason: (error as Error).message }), { cause: error });
  };
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(refuse);
  const entries: Entry[] = [];
  await new Promise<void>((done, fail) => {
    zip.on('error', fail);
    zip.on('end', done);
    zip.on('entry', (entry: Entry) => {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  }).catch(refuse);
  return { zip, entries };
}

async function* contentOf(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  for await (const piece of await zip.openReadStreamPromise(entry)) yield piece as Buffer;
}
