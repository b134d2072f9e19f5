/**
 * Restores the embedded database to the end of its log, or to an earlier moment. The restored cluster is made beside the old one, which
 * stays; they are swapped when everything is done. A restore that was killed resumes.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findBinaries } from '../embedded/binaries.ts';
import { dataOf } from '../embedded/cluster.ts';
import { claim, release, type Owner } from '../embedded/owner.ts';
import { workOf } from '../embedded/start.ts';
import { backupsFor, chooseBackup, type Choice, type Wanted } from './choose.ts';
import { copyFile, syncDisk } from './copy.ts';
import { BackupError } from './failure.ts';
import type { Manifest } from './manifest.ts';
import { namesIn, openPlace, type BackupPlace } from './place.ts';
import { endOfLog, startRecovery } from './recovery.ts';
import { parseSegment, segmentName } from './segments.ts';
import { syncFolder } from './take.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions extends Wanted {
  /** The embedded directory to restore. */
  readonly directory: string;
  /** The folder of backups. */
  readonly place: string;
  readonly onStep: (step: 'copying' | 'recovering' | 'proving', done: number, total: number) => void;
  /** Checks the restored database, and rejects if it is wrong: until then nothing else was changed. */
  readonly prove?: (url: string, restored: Restored) => Promise<void>;
  /** Called with a server of the restored database, before it replaces the old one. It may be called twice, after a kill. */
  readonly afterwards: (url: string, restored: Restored) => Promise<void>;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Time of the last transaction that was restored from the log; that of the backup if there was none. */
  readonly to: Date;
  /** The timeline that begins now. */
  readonly timeline: number;
  /** Path of the previous database, absent if there was none. */
  readonly before?: string;
}

interface State {
  /** The choice, which identifies the restore. */
  readonly choice: string;
  /** `ending`: data outside of the database is being changed, so the restore can no longer be given up. */
  readonly phase: 'copying' | 'recovering' | 'ending' | 'done';
  readonly restored?: Omit<Restored, 'to' | 'before'> & { readonly to: string };
}

const stateFile = (work: string): string => join(work, 'restore.json');

/** @throws BackupError */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const directory = await placed(options.directory);
  const owner = await claimed(directory);
  try {
    return await restoreClaimed({ ...options, directory }, owner);
  } finally {
    await release(directory, owner);
  }
}

/**
 * Resolves links, as a start does: the folders beside it are then on the disk of the database, and the next start sees them. The link has
 * no target if a restore was ended between its two renames.
 */
export async function placed(given: string): Promise<string> {
  const target = await readlink(given).catch(() => undefined);
  const directory = target === undefined ? given : resolve(dirname(given), target);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return realpath(directory);
}

async function restoreClaimed(given: RestoreOptions, owner: Owner): Promise<Restored> {
  const { directory, onStep } = given;
  const work = workOf(directory);
  const place = await openPlace(given.place, directory);
  const { majorVersion } = await findBinaries();
  const kept = await readState(work);
  const options = kept?.phase === 'ending' || kept?.phase === 'done' ? goingOn(kept, given) : given;
  if (kept?.phase === 'done' && kept.restored !== undefined) return finish(directory, owner, kept.restored);
  const choice = await chooseBackup(
    { place, backups: await backupsFor(place, options), directory, majorVersion },
    options,
  );
  const key = JSON.stringify([choice.manifest.id, options.at, choice.timeline]);
  if (kept !== undefined && kept.choice !== key) await rm(work, { recursive: true, force: true });
  if (kept?.choice !== key || kept.phase === 'copying') {
    await mkdir(work, { recursive: true, mode: 0o700 });
    await writeState(work, { choice: key, phase: 'copying' });
    await unpack(join(place.base, choice.manifest.id), choice.manifest, work, (done, total) =>
      onStep('copying', done, total),
    );
    await writeFile(join(dataOf(work), 'recovery.signal'), '', { mode: 0o600 });
    await syncDisk(work);
    await writeState(work, { choice: key, phase: 'recovering' });
  }
  const known = kept?.choice === key ? kept.restored : undefined;
  const restored = await recover(place, choice, { ...options, key, known }).catch(async (error: unknown) => {
    // It was promoted: nothing more can be replayed in it.
    if (error instanceof BackupError && error.kind === 'backup-damaged')
      await rm(work, { recursive: true, force: true });
    throw error;
  });
  await writeState(work, { choice: key, phase: 'done', restored });
  return finish(directory, owner, restored);
}

/** Resumes without options, or with the same ones; other options would be ignored silently. @throws BackupError */
function goingOn({ choice }: State, given: RestoreOptions): RestoreOptions {
  const [id, at, timeline] = JSON.parse(choice) as [string, string | null, number];
  const isSame = (given.id ?? id) === id && (given.at ?? at) === at && (given.timeline ?? timeline) === timeline;
  if (!isSame) throw otherRestore();
  return { ...given, id, timeline, ...(at !== null && { at }) };
}

function otherRestore(): BackupError {
  const message = 'Another restore is nearly done: run dhp restore with its options, or with none, and then this one';
  return new BackupError('backup-restoring', message);
}

/**
 * Gives up an unfinished restore; the previous database is unchanged.
 * @returns whether there was one
 * @throws BackupError if it is running, or has begun to change data outside of the database
 */
export async function giveUpRestore(given: string): Promise<boolean> {
  if (!existsSync(given)) return false;
  const directory = await realpath(given);
  if (!existsSync(stateFile(workOf(directory)))) return false;
  const owner = await claimed(directory);
  try {
    const state = await readState(workOf(directory));
    if (state === undefined) return false;
    if (state.phase === 'ending' || state.phase === 'done') throw otherRestore();
    await rm(workOf(directory), { recursive: true, force: true });
    return true;
  } finally {
    await release(directory, owner);
  }
}

async function claimed(directory: string): Promise<Owner> {
  const outcome = await claim(directory, 'dhp restore');
  if ('claimed' in outcome) return outcome.claimed;
  const { name, pid } = outcome.held;
  const message = `The database in ${directory} is in use by ${name} (process ${String(pid)}): stop it first`;
  throw new BackupError('backup-in-use', message);
}

async function recover(
  place: BackupPlace,
  { manifest, timeline, sources, lastArchived }: Choice,
  options: RestoreOptions & { readonly key: string; readonly known: State['restored'] },
): Promise<NonNullable<State['restored']>> {
  const work = workOf(options.directory);
  options.onStep('recovering', 0, 0);
  const server = await startRecovery(work, { place, sources, timeline, at: options.at });
  try {
    const { to, now, end } = await endOfLog(server.url, work, manifest.segmentSize);
    if (options.at === undefined && lastArchived !== undefined && end < lastArchived)
      throw new BackupError(
        'backup-damaged',
        `The log cannot be read on from segment ${segmentName(timeline, end, manifest.segmentSize)}, and goes on behind it: restore to a moment before, if you can do without the rest`,
      );
    if (options.at === undefined) await completeArchive(place, sources, { manifest, timeline, end });
    // After the first attempt the server has replayed nothing, and does not report up to when.
    const restored = options.known ?? {
      ...{ manifest, timeline: now },
      to: (to ?? new Date(manifest.ended)).toISOString(),
    };
    options.onStep('proving', 0, 0);
    const told = { ...restored, to: new Date(restored.to) };
    await options.prove?.(server.url, told);
    await writeState(work, { choice: options.key, phase: 'ending', restored });
    await options.afterwards(server.url, told);
    return restored;
  } finally {
    await server.stop();
  }
}

/**
 * Archives the log that only the previous database had: PostgreSQL regards fetched segments as archived, and a later restore would find a
 * gap.
 * @param end the segment with the end of the log, of which the new timeline has a copy
 */
async function completeArchive(
  place: BackupPlace,
  [, ...own]: readonly string[],
  { manifest, timeline, end }: { readonly manifest: Manifest; readonly timeline: number; readonly end: bigint },
): Promise<void> {
  for (const folder of own)
    for (const name of await namesIn(folder)) {
      const segment = parseSegment(name, manifest.segmentSize);
      const to = join(place.wal, name);
      if (segment === undefined || segment.timeline > timeline || segment.number >= end || existsSync(to)) continue;
      await copyFile(join(folder, name), `${to}.part`);
      await syncDisk(place.wal);
      await rename(`${to}.part`, to);
    }
  await syncFolder(place.wal);
}

/** Swaps the two clusters. From the first rename to the last, `unfinishedRestore` keeps others from creating a new one. */
async function finish(directory: string, owner: Owner, restored: NonNullable<State['restored']>): Promise<Restored> {
  const work = workOf(directory);
  const stamp = new Date(Date.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const before = `${directory}.before-${stamp}`;
  const isThere = existsSync(dataOf(directory));
  if (isThere) {
    await rename(directory, before);
    await release(before, owner);
  } else await rm(directory, { recursive: true, force: true });
  await rename(work, directory);
  await syncFolder(dirname(directory));
  await rm(stateFile(directory), { force: true });
  const { to, ...others } = restored;
  return { ...others, to: new Date(to), ...(isThere && { before }) };
}

async function readState(work: string): Promise<State | undefined> {
  const text = await readFile(stateFile(work), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return JSON.parse(text) as State;
}

/** In one step, and durable. */
async function writeState(work: string, state: State): Promise<void> {
  const file = stateFile(work);
  await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
