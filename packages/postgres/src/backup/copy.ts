/** Copies files with their hashes, several at a time, closed to others, and has them on the disk in the end. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { constants, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { BackupError, isNoRoom } from './failure.ts';

const run = promisify(execFile);

/** Files at a time: reading, hashing and writing overlap. */
const atATime = 4;
const chunk = 1024 * 1024;

export interface Copied {
  readonly size: number;
  readonly hash: string;
}

/**
 * A file that was removed meanwhile is not an error; one that grows or shrinks is copied as it is read. Links are not followed.
 * @returns undefined if there is no such file
 * @throws BackupError if the disk is full, or the file is a link
 */
export async function copyFile(
  from: string,
  to: string,
  onBytes: (count: number) => void = () => undefined,
): Promise<Copied | undefined> {
  const source = await open(from, constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW)).catch(
    (error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === 'ELOOP')
        throw new BackupError('backup-links', `${from} is a symbolic link, which a backup does not follow`);
      throw error;
    },
  );
  if (source === undefined) return undefined;
  try {
    const target = await open(to, 'w', 0o600);
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(chunk);
      let size = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, chunk, size);
        if (bytesRead === 0) return { size, hash: hash.digest('hex') };
        const part = buffer.subarray(0, bytesRead);
        hash.update(part);
        await target.writeFile(part);
        size += bytesRead;
        onBytes(bytesRead);
      }
    } finally {
      await target.close();
    }
  } catch (error) {
    if (isNoRoom(error))
      throw new BackupError('backup-no-room', `The disk was full while ${to} was written`, { cause: error });
    throw error;
  } finally {
    await source.close();
  }
}

/** Runs `work` for each, a few at a time; the first failure ends it. */
export async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

/** When it resolves, everything that was written to the disk of a folder is durable: one call for thousands of files. */
export async function syncDisk(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await run('sync', process.platform === 'linux' ? ['-f', folder] : []);
}
