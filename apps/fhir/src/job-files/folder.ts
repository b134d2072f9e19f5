/** Files of jobs in a folder: each job has one of its own, which only the user of the server may enter. */
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageFailure, type JobFiles, type NewFile, type StoredFile } from '../contract/job-files.ts';
import { attemptOf, isJob, nameOf } from './names.ts';

/** @param path is made when the first file is */
export function openFolder(path: string): JobFiles {
  return {
    create: (job, file) =>
      onDisk(async () => {
        await mkdir(join(path, job), { recursive: true, mode: 0o700 });
        const place = join(path, job, nameOf(file));
        return newFile(await open(place, 'w+', 0o600), place);
      }),
    open: (job, file) =>
      onDisk(async () => {
        const handle = await orNothing(open(join(path, job, nameOf(file)), 'r'));
        return handle && storedFile(handle);
      }),
    removeOthers: (job, kept, attempt) =>
      onDisk(async () => {
        const names = new Set(kept.map(nameOf));
        const found = (await orNothing(readdir(join(path, job)))) ?? [];
        for (const name of found)
          if (!names.has(name) && attemptOf(name) <= attempt) await rm(join(path, job, name), { force: true });
      }),
    remove: (job) => onDisk(() => removed(join(path, job))),
    jobs: () => onDisk(async () => ((await orNothing(readdir(path))) ?? []).filter(isJob)),
    close: () => undefined,
  };
}

function storedFile(handle: FileHandle): StoredFile {
  return {
    read: (position, length) =>
      onDisk(async () => {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
        return buffer.subarray(0, bytesRead);
      }),
    close: () => handle.close(),
  };
}

function newFile(handle: FileHandle, place: string): NewFile {
  return {
    ...storedFile(handle),
    append: (bytes) =>
      onDisk(async () => {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
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
    // Nothing can be in what is no folder.
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
