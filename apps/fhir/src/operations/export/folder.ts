/** The files of exports in a folder: each export has one of its own, which only the user of the server may enter. */
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFolder, FileName } from '../../contract/exports.ts';

const named = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @param path is made when the first file is */
export function openFolder(path: string): ExportFolder {
  const nameOf = ({ number, attempt }: FileName): string => `${String(number)}-${String(attempt)}.ndjson`;
  return {
    async create(job, file) {
      await mkdir(join(path, job), { recursive: true, mode: 0o700 });
      return open(join(path, job, nameOf(file)), 'w+', 0o600);
    },
    open: (job, file) => orNothing(open(join(path, job, nameOf(file)), 'r')),
    async removeOthers(job, kept, attempt) {
      const names = new Set(kept.map(nameOf));
      const found = (await orNothing(readdir(join(path, job)))) ?? [];
      for (const name of found)
        if (!names.has(name) && attemptOf(name) <= attempt) await rm(join(path, job, name), { force: true });
    },
    remove: (job) => removed(join(path, job)),
    jobs: async () => ((await orNothing(readdir(path))) ?? []).filter((name) => named.test(name)),
  };
}

/** 0 for a name that is not of a file of an export. */
function attemptOf(name: string): number {
  return Number(/^\d+-(\d+)\.ndjson$/.exec(name)?.[1] ?? 0);
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

/** Removes the files of exports that are not there any more: cancelled, over, or lost with their database. */
export async function removeOrphans(
  folder: ExportFolder,
  known: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<void> {
  const found = await folder.jobs();
  if (found.length === 0) return;
  const kept = await known(found);
  for (const job of found) if (!kept.has(job)) await folder.remove(job);
}
