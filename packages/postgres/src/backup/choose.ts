/** Selects the base backup that leads to the wanted moment, and checks that the log from there on is complete. */
import { join } from 'node:path';
import { dataOf } from '../embedded/cluster.ts';
import { readArchive, type Archive } from './archive.ts';
import { BackupError } from './failure.ts';
import { listBackups, manifestOf, type Manifest } from './manifest.ts';
import { systemOf, type BackupPlace } from './place.ts';
import { isAncestor, parseLsn, segmentName, type Branch } from './segments.ts';

export interface Wanted {
  /** Name of a base backup; absent: the newest one that leads there. */
  readonly id?: string;
  /** The moment to restore to, in UTC and to the microsecond, such as `2026-11-30T03:15:00.123456Z`; absent: the end of the log. */
  readonly at?: string;
  /** The timeline to follow; absent: the newest. Another one leads to a future that an earlier restore has cut off. */
  readonly timeline?: number;
}

export interface Choice {
  readonly manifest: Manifest;
  readonly timeline: number;
  /** Folders with the log, in the order in which they are searched. */
  readonly sources: readonly string[];
  /** Number of the last segment of the timeline in the archive, which is whole. */
  readonly lastArchived: bigint | undefined;
}

/** @throws BackupError if the requested backup, or every existing one, cannot be read */
export async function backupsFor(place: BackupPlace, { id }: Wanted): Promise<readonly Manifest[]> {
  const unreadable: string[] = [];
  const backups = await listBackups(place, (file) => unreadable.push(file));
  const asked = id === undefined ? backups.length === 0 : unreadable.some((file) => file === manifestOf(place, id));
  if (asked && unreadable.length > 0)
    throw new BackupError('backup-damaged', `${unreadable.join(', ')} cannot be read`);
  return backups;
}

interface Given {
  readonly place: BackupPlace;
  readonly backups: readonly Manifest[];
  readonly directory: string;
  readonly majorVersion: number;
}

/** @throws BackupError */
export async function chooseBackup(given: Given, wanted: Wanted): Promise<Choice> {
  const { place, majorVersion } = given;
  const newest = given.backups.at(-1);
  if (newest === undefined) throw new BackupError('backup-none', `There is no backup in ${place.path}`);
  const usable = given.backups.filter((one) => one.majorVersion === majorVersion);
  if (usable.length === 0)
    throw new BackupError(
      'backup-version',
      `The backups in ${place.path} were made by PostgreSQL ${String(newest.majorVersion)}; this program brings PostgreSQL ${String(majorVersion)}`,
    );
  const sources = await sourcesOf(given, newest.system);
  const archive = await readArchive(sources, newest.segmentSize);
  const timeline = wanted.timeline ?? Math.max(archive.newest, newest.timeline);
  const branches = await archive.branchesOf(timeline);
  const leading = usable.filter((one) =>
    isAncestor({ timeline: one.timeline, end: parseLsn(one.stop) }, timeline, branches),
  );
  const inTime = leading.filter((one) => wanted.at === undefined || Date.parse(one.ended) <= Date.parse(wanted.at));
  const manifest = wanted.id === undefined ? inTime.at(-1) : inTime.find(({ id }) => id === wanted.id);
  if (manifest === undefined) throw none(leading, wanted);
  const archived = (await readArchive([place.wal], newest.segmentSize)).segmentsOf(timeline);
  // If a timeline has only its history file there, the log from which it continues is complete.
  const branch = branches.at(-1);
  const lastArchived = archived.at(-1) ?? (branch && branch.at / BigInt(newest.segmentSize) - 1n);
  if (wanted.at === undefined && lastArchived !== undefined)
    assertWhole({ archive, branches, timeline, manifest, lastArchived });
  return { manifest, timeline, sources, lastArchived };
}

function none(leading: readonly Manifest[], { id, at }: Wanted): BackupError {
  const oldest = leading[0];
  if (id !== undefined)
    return new BackupError('backup-none', `Backup ${id} is not there, or does not lead to what is wanted`);
  if (oldest === undefined || at === undefined)
    return new BackupError('backup-none', 'No backup leads to this timeline');
  return new BackupError('backup-none', `No backup is from before ${at}: the earliest moment is ${oldest.ended}`);
}

/** The archive, and the log of the existing database, whose last part is not archived yet. */
async function sourcesOf({ place, directory }: Given, system: string): Promise<string[]> {
  return [place.wal, ...((await systemOf(directory)) === system ? [join(dataOf(directory), 'pg_wal')] : [])];
}

interface Log {
  readonly archive: Archive;
  readonly timeline: number;
  /** The branches that lead to it. */
  readonly branches: readonly Branch[];
  readonly manifest: Manifest;
  readonly lastArchived: bigint;
}

/** PostgreSQL takes a missing segment for the end of the log: everything after it would be lost without an error. */
function assertWhole({ archive, branches, timeline, manifest, lastArchived }: Log): void {
  const size = BigInt(manifest.segmentSize);
  const chain = [...branches.map(({ parent }) => parent), timeline];
  const there = new Map(chain.map((one) => [one, new Set(archive.segmentsOf(one))]));
  // The segments of the time of the backup are part of it.
  for (let number = (parseLsn(manifest.stop) - 1n) / size + 1n; number <= lastArchived; number += 1n) {
    // For the segment in which a timeline begins, the previous timeline has the part that was cut off.
    const of = chain.findLast((_, at) => at === 0 || branches[at - 1]!.at / size <= number)!;
    if (there.get(of)!.has(number)) continue;
    const name = segmentName(of, number, manifest.segmentSize);
    throw new BackupError(
      'backup-log-missing',
      `Segment ${name} is missing in the archive of the log, which goes on behind it: restore to a moment before it, or from a later backup`,
    );
  }
}
