/** The data directory of the embedded server: created atomically, checked, and cleared of the remains of a killed server. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { ownDirectory, type Privileges } from './privileges.ts';
import { serverProcesses, signal } from './process.ts';

const run = promisify(execFile);

/** The role that owns the cluster. */
export const superuser = 'dhp';

export const dataOf = (directory: string): string => join(directory, 'data');
export const passwordFileOf = (directory: string): string => join(directory, 'password');

/**
 * Creates the cluster if there is none. `initdb` works in a directory beside it, which is renamed when it is complete: a kill in between
 * leaves nothing that looks like a cluster.
 * @throws Error if the directory contains a cluster of another major version, or one whose password is lost
 */
export async function ensureCluster(
  directory: string,
  binaries: Binaries,
  privileges: Privileges,
  onProgress: (step: string) => void,
): Promise<void> {
  await ownDirectory(directory, privileges);
  const version = await clusterVersion(directory);
  if (version === undefined) {
    onProgress('initialising the database');
    await initialise(directory, binaries, privileges);
  } else if (version !== binaries.majorVersion) {
    throw new Error(
      `The database in ${directory} was made by PostgreSQL ${version}; this program brings PostgreSQL ` +
        `${binaries.majorVersion}. ${
          version < binaries.majorVersion
            ? 'Copy it into a new one with dhp upgrade (docs/operations/runbooks.md)'
            : 'Start the program that made it'
        }`,
    );
  }
}

/** Major version of the PostgreSQL that created the cluster; undefined if there is none. */
export async function clusterVersion(directory: string): Promise<number | undefined> {
  const text = await readFile(join(dataOf(directory), 'PG_VERSION'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text);
}

async function initialise(directory: string, binaries: Binaries, privileges: Privileges): Promise<void> {
  for (const name of (await readdir(directory)).filter((entry) => entry.startsWith('data.new-'))) {
    // The initdb of a killed process may still write there for a moment.
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 20 });
  }
  await ensurePassword(directory);
  const target = join(directory, `data.new-${process.pid}`);
  await mkdir(target, { mode: 0o700 });
  await ownDirectory(directory, privileges);
  if (privileges.owner !== undefined) {
    await ownDirectory(passwordFileOf(directory), privileges);
    await ownDirectory(target, privileges);
  }
  const [program, ...parameters] = privileges.wrap([
    binaries.initdb,
    `--pgdata=${target}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFileOf(directory)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  try {
    const env = { PATH: process.env['PATH'], SystemRoot: process.env['SystemRoot'], LC_ALL: 'C', TZ: 'UTC' };
    await run(program!, parameters, { cwd: directory, env, ...privileges.spawnAs });
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`The database in ${directory} could not be initialised: ${output}`, { cause });
  }
  await rename(target, dataOf(directory));
  await syncDirectory(directory);
}

/** 160 random bits, readable only by the owner: no other user of this machine can log in. */
async function ensurePassword(directory: string): Promise<void> {
  const file = passwordFileOf(directory);
  if (await readPassword(directory).catch(() => undefined)) return;
  await writeFile(`${file}.new`, `${randomBytes(20).toString('hex')}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

export async function readPassword(directory: string): Promise<string> {
  try {
    return (await readFile(passwordFileOf(directory), 'utf8')).trim();
  } catch (cause) {
    throw new Error(`The password of the database in ${directory} cannot be read (${passwordFileOf(directory)})`, {
      cause,
    });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Whether the last server ended without a shutdown, so that the next start replays the log. `state` of ControlFileData in
 * src/include/catalog/pg_control.h; 1 is DB_SHUTDOWNED.
 */
export async function needsRecovery(directory: string): Promise<boolean> {
  const control = await readFile(join(dataOf(directory), 'global', 'pg_control'));
  const state = endianness() === 'LE' ? control.readUInt32LE(16) : control.readUInt32BE(16);
  return state !== 1;
}

/**
 * Ends a server that still runs in this data directory without an owner, and removes its postmaster.pid and the locks of its sockets.
 *
 * PostgreSQL only checks whether *some* process has the number in such a file: a zombie, or after a restart of a container an unrelated
 * process, would keep it from starting. Here the files are removed when no process works in the directory any more.
 * @param onProgress called if there is something to wait for
 */
export async function clearLeftovers(directory: string, onProgress?: (step: string) => void): Promise<void> {
  const data = await realpath(dataOf(directory));
  const steps: { after: number; signal?: NodeJS.Signals }[] = [
    { after: 0, signal: 'SIGINT' }, // fast shutdown
    { after: 15_000, signal: 'SIGQUIT' }, // immediate shutdown
    { after: 20_000, signal: 'SIGKILL' },
    { after: 25_000 },
  ];
  const begin = Date.now();
  for (;;) {
    const postmaster = await readPostmaster(data);
    const processes = await serverProcesses(data, postmaster?.pid);
    if (processes.length === 0) break;
    if (steps[0]?.after === 0) onProgress?.('waiting for the previous server to end');
    if (steps[0] !== undefined && Date.now() - begin >= steps[0].after) {
      const step = steps.shift()!;
      if (step.signal === undefined) throw new Error(`Processes ${processes.join(', ')} hold ${data} and do not end`);
      // Backends without a postmaster end by themselves; only those that outlive the first step are signalled one by one.
      const orphans = step.signal === 'SIGINT' ? [] : processes;
      for (const pid of processes.includes(postmaster?.pid ?? -1) ? [postmaster!.pid] : orphans)
        signal(pid, step.signal);
    }
    await delay(20);
  }
  const locks = (await readdir(data)).filter((name) => /^\.s\.PGSQL\.\d+\.lock$/.test(name));
  for (const name of ['postmaster.pid', ...locks]) await rm(join(data, name), { force: true });
}

export interface Postmaster {
  pid: number;
  /** It accepts connections; a standby accepts read-only ones. */
  ready: boolean;
}

/** Reads postmaster.pid: the process on line 1, its state on line 8 (src/include/utils/pidfile.h). */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'latin1').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, ready: ['ready', 'standby'].includes(lines[7]?.trim() ?? '') } : undefined;
}
