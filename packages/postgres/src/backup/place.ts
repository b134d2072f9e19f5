/** The folder of backups: `base` contains the base backups, `wal` the archive of the log. Only its owner may read or write it. */
import { lstat, mkdir, readdir, readFile, realpath, statfs, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { dataOf } from '../embedded/cluster.ts';
import { BackupError } from './failure.ts';

export interface BackupPlace {
  readonly path: string;
  readonly base: string;
  readonly wal: string;
}

export function placeOf(path: string): BackupPlace {
  const whole = resolve(path);
  return { path: whole, base: join(whole, 'base'), wal: join(whole, 'wal') };
}

/**
 * Creates the folder if it is absent.
 * @throws BackupError if other users may read or write it, if it or a part of its path is a link, or if it is in the data directory
 */
export async function openPlace(path: string, dataDirectory: string): Promise<BackupPlace> {
  const place = placeOf(path);
  const here = await realpath(dataDirectory).catch(() => resolve(dataDirectory));
  const isInside = !relative(here, place.path).startsWith('..');
  if (isInside)
    throw new BackupError(
      'backup-directory',
      `${place.path} lies in the data directory of the database, which it would fill`,
    );
  for (const folder of [place.path, place.base, place.wal]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await assertClosed(folder);
  }
  return place;
}

async function assertClosed(folder: string): Promise<void> {
  const status = await lstat(folder);
  const refuse = (why: string): never => {
    throw new BackupError('backup-directory', `${folder} ${why}`);
  };
  if (status.isSymbolicLink()) refuse('is a symbolic link: name the folder that it leads to');
  if (!status.isDirectory()) refuse('is no folder');
  if (process.platform === 'win32') return;
  if ((status.mode & 0o077) !== 0)
    refuse(`is open to others (mode ${(status.mode & 0o777).toString(8)}): chmod 700 ${folder}`);
  const user = process.getuid?.();
  if (user !== 0 && status.uid !== user) refuse(`belongs to another user (${String(status.uid)})`);
  const parent = await lstat(dirname(folder));
  const isOpen = (parent.mode & 0o022) !== 0 && (parent.mode & 0o1000) === 0;
  if (isOpen) refuse('lies in a folder where others may write, who could put another one in its place');
}

const systemFile = (place: BackupPlace): string => join(place.path, 'system');

/**
 * Marks the folder as belonging to one database cluster.
 * @param system its identifier (`pg_control_system`)
 * @throws BackupError if the folder belongs to another cluster
 */
export async function claimPlace(place: BackupPlace, system: string): Promise<void> {
  try {
    await writeFile(systemFile(place), `${system}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const known = (await readFile(systemFile(place), 'utf8')).trim();
    if (known === system) return;
    throw ofAnother(place, known, system);
  }
}

const ofAnother = ({ path }: BackupPlace, known: string, system: string): BackupError =>
  new BackupError(
    'backup-other-system',
    `${path} has the backups of another database (${known}, not ${system}): name another folder`,
  );

/**
 * Looks before a server archives its log there: segments of another cluster have the same names, so the archive would fail, and the log fill the disk.
 * @param directory the embedded directory of the server
 * @throws BackupError when the folder has backups of another cluster
 */
export async function assertOwnPlace(place: BackupPlace, directory: string): Promise<void> {
  const own = await systemOf(directory);
  const known = (await readFile(systemFile(place), 'utf8').catch(() => '')).trim();
  if (known !== '' && own !== undefined && known !== own) throw ofAnother(place, known, own);
}

/** Identifier of an embedded cluster, the first eight bytes of pg_control; undefined if there is none. */
export async function systemOf(directory: string): Promise<string | undefined> {
  const control = await readFile(join(dataOf(directory), 'global', 'pg_control')).catch(() => undefined);
  if (control === undefined) return undefined;
  return String(endianness() === 'LE' ? control.readBigUInt64LE(0) : control.readBigUInt64BE(0));
}

/** @throws BackupError when the disk of a folder has less room */
export async function assertRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const [needs, has] = [bytes, free].map((size) => `${String(Math.ceil(size / 1024 ** 2))} MiB`);
  throw new BackupError('backup-no-room', `The disk of ${folder} has ${has!} free, and ${needs!} are needed`);
}

/** Names in a folder; empty if it is absent. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
}
