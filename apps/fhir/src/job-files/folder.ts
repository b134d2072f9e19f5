/** Files of jobs in a folder: each job has one of its own, which only the user of the server may enter. */
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageFailure, type JobFiles, type NewFile, type StoredFile } from '../contract/job-files.ts';
import { attemptOf, isJob, isOneOf, nameOf } from './names.ts';

/** @param path is made when the first file is */
export function openFolder(path: string): JobFiles {
  return {
    seals: false,
    create: (job, file) =>
      onDisk(async () => {
        await mkdir(join(path, job), { recursive: true, mode: 0o700 });
        const place = join(path, job, nameOf(file));
        return newFile(await open(place, 'w+', 0o600), place);
      }),
    open: (job, file) =>
      onDisk(async () => {
        const handle = await orNothing(open(join(path, job, nameOf(file)), 'r'));
        return handle && { ...readable(handle), size: (await handle.stat()).size };
      }),
    removeOthers: (job, kept, attempt) =>
      onDisk(async () => {
        const found = (await orNothing(readdir(join(path, job)))) ?? [];
        for (const name of found)
          if (!isOneOf(kept, name) && attemptOf(name) <= attempt) await rm(join(path, job, name), { force: true });
      }),
    remove: (job) => onDisk(() => removed(join(path, job))),
    jobs: () => onDisk(async () => ((await orNothing(readdir(path))) ?? []).filter(isJob)),
    close: () => undefined,
  };
}

function readable(handle: FileHandle): Pick<StoredFile, 'read' | 'close'> {
  return {
    read: (position, length) =>
      onDisk(async () => {
        const buffer = Buffer.allocUnsafe(length);
        let got = 0;
        // A disk of the network may give less than was requested, and more the next time.
        for (let read = 1; got < length && read > 0; got += read)
          read = (await handle.read(buffer, got, length - got, position + got)).bytesRead;
        return buffer.subarray(0, got);
      }),
    close: () => handle.close(),
  };
}

function newFile(handle: FileHandle, place: string): NewFile {
  let size = 0;
  return {
    ...readable(handle),
    get size() {
      return size;
    },
    append: (bytes) =>
      onDisk(async () => {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
        size += bytes.length;
      }),
    end: () =>
      onDisk(async () => {
        await handle.sync();
        await handle.close();
      }),
    async discard() {
      await handle.close().catch(() => undefined);
      await rm(place, { force: true }).catch(() => undefined);
    },
  };
}

/** Also where nothing can be. */
async function removed(path: string): Promise<void> {
  const isThere = await orNothing(readdir(path));
  if (isThere !== undefined) await rm(path, { recursive: true, force: true });
}

function orNothing<Found extends FileHandle | string[]>(found: Promise<Found>): Promise<Found | undefined> {
  return found.catch((error: unknown) => {
    // A path that is not a folder contains nothing.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  });
}

/** A full disk stays full for longer than the attempts of a job take. */
async function onDisk<Done>(work: () => Promise<Done>): Promise<Done> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new StorageFailure(code, syscall, { isPassing: false, cause: error });
  }
}
