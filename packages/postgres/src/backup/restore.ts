/**
 * Restores the embedded database to the end of its log, or to a moment before. The restored cluster is made beside the old one, which stays;
 * they change places when all is done. A restore that was killed goes on where it was.
 * https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-PITR-RECOVERY
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../connect.ts';
import { findBinaries } from '../embedded/binaries.ts';
import { dataOf } from '../embedded/cluster.ts';
import { claim, release, type Owner } from '../embedded/owner.ts';
import { startEmbedded, workOf, type EmbeddedPostgres } from '../embedded/start.ts';
import { archiveSettings, restoreCommand } from './archive.ts';
import { chooseBackup, type Choice, type Wanted } from './choose.ts';
import { syncDisk } from './copy.ts';
import { BackupError } from './failure.ts';
import { listBackups, type Manifest } from './manifest.ts';
import { openPlace, type BackupPlace } from './place.ts';
import { historyName, parseHistory, segmentName } from './segments.ts';
import { syncFolder } from './take.ts';
import { unpack } from './unpack.ts';

export interface RestoreOptions extends Wanted {
  /** The embedded directory that is restored. */
  readonly directory: string;
  /** The folder of backups. */
  readonly place: string;
  readonly onStep: (step: 'copying' | 'recovering' | 'proving', done: number, total: number) => void;
  /** Called with a server of the restored database, before it takes the place of the old one. It may come twice, after a kill. */
  readonly afterwards: (url: string, restored: Restored) => Promise<void>;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Moment of the last transaction that was restored from the log; that of the backup where there was none. */
  readonly to: Date;
  /** The timeline that begins now. */
  readonly timeline: number;
  /** Where the database of before lies, absent where there was none. */
  readonly before?: string;
}

interface State {
  /** The choice, by which another restore is told apart. */
  readonly choice: string;
  readonly phase: 'copying' | 'recovering' | 'done';
  readonly restored?: Omit<Restored, 'to' | 'before'> & { readonly to: string };
}

const stateFile = (work: string): string => join(work, 'restore.json');

/** @throws BackupError */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const outcome = await claim(directory, 'dhp restore');
  if ('held' in outcome) {
    const { name, pid } = outcome.held;
    throw new BackupError(
      'backup-in-use',
      `The database in ${directory} is in use by ${name} (process ${String(pid)}): stop it first`,
    );
  }
  try {
    return await restoreClaimed(options, outcome.claimed);
  } finally {
    await release(directory, outcome.claimed);
  }
}

async function restoreClaimed(options: RestoreOptions, owner: Owner): Promise<Restored> {
  const { directory, onStep } = options;
  const work = workOf(directory);
  const place = await openPlace(options.place, directory);
  const { majorVersion } = await findBinaries();
  const kept = await readState(work);
  if (kept?.phase === 'done' && kept.restored !== undefined) return finish(directory, owner, kept.restored);
  const choice = await chooseBackup({ place, backups: await listBackups(place), directory, majorVersion }, options);
  const key = JSON.stringify([choice.manifest.id, options.at?.toISOString(), choice.timeline]);
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
  const restored = await recover(place, choice, options);
  await writeState(work, { choice: key, phase: 'done', restored: { ...restored, to: restored.to.toISOString() } });
  return finish(directory, owner, { ...restored, to: restored.to.toISOString() });
}

/** Gives up a restore that was not finished; the database of before is as it was. @returns whether there was one */
export async function giveUpRestore(directory: string): Promise<boolean> {
  const state = await readState(workOf(directory));
  if (state === undefined || !existsSync(directory)) return false;
  await rm(workOf(directory), { recursive: true, force: true });
  return true;
}

async function recover(
  place: BackupPlace,
  { manifest, timeline, sources, lastArchived }: Choice,
  options: RestoreOptions,
): Promise<Restored> {
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
    const restored = { manifest, to: to ?? new Date(manifest.ended), timeline: now };
    options.onStep('proving', 0, 0);
    await options.afterwards(server.url, restored);
    return restored;
  } finally {
    await server.stop();
  }
}

interface Recovery {
  readonly place: BackupPlace;
  readonly sources: readonly string[];
  readonly timeline: number;
  readonly at: Date | undefined;
}

/** A server that has replayed the log as far as it should, and takes connections. */
async function startRecovery(work: string, { place, sources, timeline, at }: Recovery): Promise<EmbeddedPostgres> {
  const lines: string[] = [];
  const server = await startEmbedded({
    ...{
      directory: work,
      name: 'dhp restore',
      attach: false,
      writes: [place.wal],
      log: (line) => void lines.push(line),
    },
    settings: {
      ...archiveSettings(place),
      // All is marked for the archive, and goes there when this is the database: of a restore that is given up, it has nothing.
      archive_command: '',
      // Nobody asks before the end, so the settings of the server that was backed up need not be known.
      ...{ hot_standby: 'off', restore_command: restoreCommand(sources), recovery_target_timeline: String(timeline) },
      ...(at && {
        // PostgreSQL knows no abbreviation of a zone yet when it reads this.
        recovery_target_time: at.toISOString().replace('T', ' ').replace('Z', '+00'),
        recovery_target_action: 'promote',
        recovery_target_inclusive: 'on',
      }),
    },
  }).catch((error: unknown) => {
    throw explained((error as Error).message);
  });
  const ended = server.exited.then(() => true);
  for (;;) {
    if (await takesConnections(server.url)) return server;
    if (await Promise.race([ended, delay(100, false)])) throw explained(lines.slice(-20).join('\n'));
  }
}

async function takesConnections(url: string): Promise<boolean> {
  const sql = connect(url, { max: 1, applicationName: 'dhp restore' });
  try {
    await sql`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function endOfLog(
  url: string,
  work: string,
  segmentSize: number,
): Promise<{ to: Date | null; now: number; end: bigint }> {
  const sql = connect(url, { max: 1, applicationName: 'dhp restore' });
  try {
    await sql`checkpoint`;
    const [row] = await sql<{ to: Date | null; now: number }[]>`
      select pg_last_xact_replay_timestamp() as to, timeline_id as now from pg_control_checkpoint()`;
    const history = await readFile(join(dataOf(work), 'pg_wal', historyName(row!.now)), 'utf8').catch(() => '');
    return { ...row!, end: (parseHistory(history).at(-1)?.at ?? 0n) / BigInt(segmentSize) };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** @param message the end of the log of PostgreSQL, which says there why it ends */
function explained(message: string): Error {
  if (message.includes('recovery ended before configured recovery target was reached'))
    return new BackupError(
      'backup-too-late',
      'The log ends before that moment: name an earlier one, or none to restore all that there is',
    );
  if (/WAL ends before (end of online backup|consistent recovery point)/.test(message))
    return new BackupError('backup-log-missing', 'The log of the time of the backup is not whole');
  return new Error(`The log could not be replayed:\n${message}`);
}

/** The two clusters change places. From the first rename to the last, `unfinishedRestore` keeps others from making a new one. */
async function finish(directory: string, owner: Owner, restored: NonNullable<State['restored']>): Promise<Restored> {
  const work = workOf(directory);
  const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
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
