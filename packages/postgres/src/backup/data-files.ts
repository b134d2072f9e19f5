/**
 * The files of a data directory that belong in a base backup.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP-DATA
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from './failure.ts';

/** Folders of which the backup has the folder alone. */
const emptied = new Set([
  ...['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'],
]);

const left =
  /^(postmaster\.(pid|opts)|current_logfiles|backup_label.*|tablespace_map.*|(recovery|standby)\.signal|\.s\.PGSQL\..*|pg_internal\.init.*|pgsql_tmp.*|t\d+_\d.*|.*\.tmp)$/;

export interface DataFiles {
  /** Relative to the data directory, with `/`; parents come first. */
  readonly folders: readonly string[];
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/**
 * pg_control comes last: by then everything to which it may refer is there. @throws BackupError for links: tablespaces are not supported
 * here
 */
export async function dataFilesOf(data: string): Promise<DataFiles> {
  const folders: string[] = [];
  const files: { path: string; size: number }[] = [];
  const walk = async (path: string): Promise<void> => {
    const names = ((await readdir(join(data, path)).catch(unlessGone)) ?? []).filter((name) => !left.test(name));
    const unlogged = new Set(names.flatMap((name) => /^(\d+)_init$/.exec(name)?.[1] ?? []));
    for (const name of names) {
      const child = path === '' ? name : `${path}/${name}`;
      const status = await lstat(join(data, child)).catch(unlessGone);
      if (status === undefined) continue;
      if (emptied.has(child)) folders.push(child);
      else if (status.isDirectory()) {
        folders.push(child);
        await walk(child);
      } else if (status.isSymbolicLink())
        throw new BackupError(
          'backup-links',
          `${join(data, child)} is a symbolic link, which a backup does not follow`,
        );
      // A crash empties unlogged tables, and a restore counts as one: only their empty form is kept.
      else if (status.isFile() && !unlogged.has(/^(\d+)(?:_(?:fsm|vm))?(?:\.\d+)?$/.exec(name)?.[1] ?? ''))
        files.push({ path: child, size: status.size });
    }
  };
  await walk('');
  const control = 'global/pg_control';
  files.sort((a, b) => Number(a.path === control) - Number(b.path === control));
  return { folders, files };
}

/** Ignores files that were removed meanwhile. Any other error is a disk error, and ignoring it would silently omit files. */
function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
