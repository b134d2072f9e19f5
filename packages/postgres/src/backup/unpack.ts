/** Copies the files of a base backup to where a server can start from them. Each is compared with the hash in its backup. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { copyFile, forEachOf } from './copy.ts';
import { BackupError } from './failure.ts';
import { readFiles, type FileEntry, type Manifest } from './manifest.ts';
import { assertRoom } from './place.ts';

/** The log of the backup is put where PostgreSQL looks if the archive does not have it. */
const placeOf = (path: string): string => (path.startsWith('wal/') ? `data/pg_wal/${path.slice(4)}` : path);

/** Resumes an earlier call. @throws BackupError if the disk is full, or a file was changed */
export async function unpack(
  backup: string,
  manifest: Manifest,
  work: string,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const { folders, files } = await readFiles(backup, manifest);
  for (const path of [...folders, 'data/pg_wal/archive_status', 'data/pg_wal/summaries'])
    await mkdir(join(work, path), { recursive: true, mode: 0o700 });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const left: FileEntry[] = [];
  for (const entry of files) {
    if (await isThere(join(work, placeOf(entry.path)), entry)) done += entry.size;
    else left.push(entry);
  }
  await assertRoom(
    work,
    left.reduce((sum, { size }) => sum + size, 0),
  );
  await forEachOf(left, async (entry) => {
    const target = join(work, placeOf(entry.path));
    const copied = await copyFile(join(backup, entry.path), `${target}.part`, (count) =>
      onProgress((done += count), total),
    );
    if (copied?.hash !== entry.hash)
      throw new BackupError(
        'backup-damaged',
        `${join(backup, entry.path)} is not as it was written: use another backup`,
      );
    await rename(`${target}.part`, target);
  });
}

async function isThere(path: string, { hash }: FileEntry): Promise<boolean> {
  const found = createHash('sha256');
  try {
    for await (const part of createReadStream(path)) found.update(part as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  return found.digest('hex') === hash;
}
