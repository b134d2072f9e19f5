/**
 * A base backup of a running server, by SQL and copied files: writers continue meanwhile.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from '../connect.ts';
import type { Reserved } from '../driver/sql.ts';
import { copyFile, forEachOf, syncDisk } from './copy.ts';
import { dataFilesOf } from './data-files.ts';
import { BackupError, isNoRoom } from './failure.ts';
import { writeManifest, type FileEntry, type Manifest } from './manifest.ts';
import { assertRoom, claimPlace, namesIn, openPlace, type BackupPlace } from './place.ts';
import { parseLsn, parseSegment, segmentName } from './segments.ts';

export interface TakeOptions {
  /** URL of any database of the server, with the superuser's login. */
  readonly url: string;
  /** The embedded directory of the server. */
  readonly directory: string;
  /** The folder of backups; created if absent. */
  readonly place: string;
  /** Called when all files are copied and before the backup ends: everything that it reports is in the backup. */
  readonly prove?: () => Promise<Readonly<Record<string, unknown>>>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts it; nothing remains. */
  readonly signal?: AbortSignal;
}

interface Began {
  readonly lsn: string;
  readonly system: string;
  readonly timeline: number;
  readonly segmentSize: number;
  readonly majorVersion: number;
  readonly began: Date;
}

/** Held until the session ends, so a killed backup leaves no lock. */
const lock = 'dhp backup';
const partial = /^\.\d{8}T\d{6}Z\.partial$/;

/**
 * Takes a base backup. It is complete, or it does not exist.
 * @throws BackupError
 */
export async function takeBackup(options: TakeOptions): Promise<Manifest> {
  const data = join(options.directory, 'data');
  const place = await openPlace(options.place, options.directory);
  const sql = connect(options.url, { max: 1, applicationName: 'dhp backup', direct: true, idleTimeout: 0 });
  const session = await sql.reserve();
  try {
    await lockOut(session);
    // We hold the lock, so partial backups belong to no running process.
    for (const name of (await namesIn(place.base)).filter((one) => partial.test(one)))
      await rm(join(place.base, name), { recursive: true, force: true });
    const began = await begin(session);
    await claimPlace(place, began.system);
    // Listed after the beginning: files created later are in the log.
    const { folders, files } = await dataFilesOf(data);
    await assertRoom(place.base, Math.ceil(1.05 * files.reduce((sum, { size }) => sum + size, 0)));
    return await take({ place, data, session, began, folders, files }, options);
  } catch (error) {
    throw isNoRoom(error)
      ? new BackupError('backup-no-room', `The disk of ${place.path} is full`, { cause: error })
      : error;
  } finally {
    session.release();
    // Ends the session, and with it an unfinished backup, its slot and its lock.
    await sql.end({ timeout: 1 });
  }
}

async function lockOut(session: Reserved): Promise<void> {
  const [row] = await session<{ free: boolean }[]>`select pg_try_advisory_lock(hashtextextended(${lock}, 0)) as free`;
  if (row?.free !== true) throw new BackupError('backup-running', 'Another backup of this database is being made');
}

async function begin(session: Reserved): Promise<Began> {
  // The log from here on stays until the session ends, archived or not.
  await session`select pg_create_physical_replication_slot('dhp_backup_' || pg_backend_pid(), true, true)`;
  const [row] = await session<Began[]>`
    select pg_backup_start('dhp', true)::text as lsn, clock_timestamp() as began,
      (select system_identifier::text from pg_control_system()) as system,
      (select timeline_id from pg_control_checkpoint()) as timeline,
      (select setting::int from pg_settings where name = 'wal_segment_size') as "segmentSize",
      current_setting('server_version_num')::int / 10000 as "majorVersion"`;
  return row!;
}

interface Taking extends Awaited<ReturnType<typeof dataFilesOf>> {
  readonly place: BackupPlace;
  readonly data: string;
  readonly session: Reserved;
  readonly began: Began;
}

async function take(taking: Taking, options: TakeOptions): Promise<Manifest> {
  const { place, data, session, began, folders } = taking;
  const id = began.began.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const folder = join(place.base, `.${id}.partial`);
  try {
    await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 });
    for (const path of folders) await mkdir(join(folder, 'data', path), { mode: 0o700 });
    const copied = await copyData(taking, folder, options);
    const password = await copyFile(join(options.directory, 'password'), join(folder, 'password'));
    const proofs = (await options.prove?.()) ?? {};
    const [stop] = await session<{ lsn: string; label: string; ended: Date }[]>`
      select lsn::text, labelfile as label, clock_timestamp() + interval '999 microseconds' as ended from pg_backup_stop(false)`;
    const label = await writeEntry(folder, 'data/backup_label', stop!.label);
    const log = await copyLog({ data, folder, began, stop: stop!.lsn });
    const files = [...copied, label, ...(password === undefined ? [] : [{ path: 'password', ...password }]), ...log];
    await syncDisk(folder);
    const manifest = await writeManifest(
      folder,
      {
        ...{ id, began: began.began.toISOString(), ended: stop!.ended.toISOString(), system: began.system },
        ...{ majorVersion: began.majorVersion, timeline: began.timeline, segmentSize: began.segmentSize },
        ...{ start: began.lsn, stop: stop!.lsn, bytes: files.reduce((sum, { size }) => sum + size, 0), proofs },
      },
      { folders: ['data', ...folders.map((path) => `data/${path}`)], files },
    );
    await rename(folder, join(place.base, id));
    await syncFolder(place.base);
    return manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function copyData(
  { data, files }: Taking,
  folder: string,
  { onProgress, signal }: TakeOptions,
): Promise<FileEntry[]> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const entries: FileEntry[] = [];
  const progress = (count: number): void => {
    done += count;
    onProgress?.(done, Math.max(total, done));
  };
  const [control, others] = [files.slice(-1), files.slice(0, -1)];
  const copy = async (path: string): Promise<void> => {
    signal?.throwIfAborted();
    const copied = await copyFile(join(data, path), join(folder, 'data', path), progress);
    if (copied !== undefined) entries.push({ path: `data/${path}`, ...copied });
  };
  await forEachOf(others, ({ path }) => copy(path));
  for (const { path } of control) {
    await untilWhole(join(data, path));
    await copy(path);
  }
  return entries;
}

/** The server writes pg_control in place: read twice alike, it is not half written. */
async function untilWhole(path: string): Promise<void> {
  for (let last: Buffer | undefined; ;) {
    const now = await readFile(path);
    if (last?.equals(now) === true) return;
    last = now;
  }
}

async function writeEntry(folder: string, path: string, text: string): Promise<FileEntry> {
  await writeFile(join(folder, path), text, { mode: 0o600 });
  return { path, size: Buffer.byteLength(text), hash: createHash('sha256').update(text).digest('hex') };
}

interface LogPart {
  readonly data: string;
  readonly folder: string;
  readonly began: Began;
  readonly stop: string;
}

/**
 * The log of the time of the backup, without which its files are not a consistent database: thus it can be restored even if the archive is
 * lost.
 */
async function copyLog({ data, folder, began, stop }: LogPart): Promise<FileEntry[]> {
  const size = BigInt(began.segmentSize);
  const [first, last] = [parseLsn(began.lsn) / size, (parseLsn(stop) - 1n) / size];
  await mkdir(join(folder, 'wal'), { mode: 0o700 });
  const entries: FileEntry[] = [];
  for (let number = first; number <= last; number += 1n) {
    const name = segmentName(began.timeline, number, began.segmentSize);
    const copied = await copyFile(join(data, 'pg_wal', name), join(folder, 'wal', name));
    if (copied === undefined)
      throw new BackupError('backup-log-missing', `${name} is no more in the log: something else removes it`);
    entries.push({ path: `wal/${name}`, ...copied });
  }
  return entries;
}

/** A rename is durable when its folder is. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Removes all base backups except the newest ones, and the log that only those needed. @returns how many were removed */
export async function removeOld(place: BackupPlace, backups: readonly Manifest[], keep: number): Promise<number> {
  const old = backups.slice(0, Math.max(0, backups.length - keep));
  for (const { id } of old) {
    const gone = join(place.base, `.${id}.partial`);
    // From here on it is no longer a backup, even if this process ends.
    await rename(join(place.base, id), gone);
    await rm(gone, { recursive: true, force: true });
  }
  const kept = backups.slice(old.length);
  if (kept.length === 0 || old.length === 0) return old.length;
  const { segmentSize } = kept[0]!;
  // After a restore to a moment, a later backup begins at an earlier position than one from the time that was cut off.
  const starts = kept.map(({ start }) => parseLsn(start) / BigInt(segmentSize));
  const first = starts.reduce((least, one) => (one < least ? one : least));
  for (const name of await namesIn(place.wal)) {
    const segment = parseSegment(name, segmentSize);
    if (segment !== undefined && segment.number < first) await rm(join(place.wal, name), { force: true });
  }
  return old.length;
}
