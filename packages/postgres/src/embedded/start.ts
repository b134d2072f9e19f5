/** Starts the embedded PostgreSQL of a directory, or attaches to the one that another process has started there. */
import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { binariesIn, findBinaries } from './binaries.ts';
import {
  clearLeftovers,
  dataOf,
  ensureCluster,
  needsRecovery,
  readPassword,
  readPostmaster,
  superuser,
} from './cluster.ts';
import { claim, publish, readOwner, release, type Owner } from './owner.ts';
import { openLog, type ServerLog } from './server-log.ts';
import { choosePort, recordPort } from './port.ts';
import { choosePrivileges, ownDirectory, type Privileges, type RunAs } from './privileges.ts';
import { defaultSettings, settingArguments, type Settings } from './settings.ts';
import { supervise, type Supervised } from './supervisor.ts';

export interface EmbeddedPostgres {
  /** URL of the database `postgres`, with the superuser's password. Keep it out of logs. */
  readonly url: string;
  readonly port: number;
  /** False if another process owns the server: it ends when that process does. */
  readonly owned: boolean;
  /** Resolves when the owned server has ended, by `stop` or unexpectedly; never for one that is only attached. */
  readonly exited: Promise<void>;
  /** Fast shutdown of an owned server; no effect on one that is only attached. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds the cluster, its password, its log. Made when absent. One server runs in it at a time. */
  directory: string;
  /** Default: the last one, otherwise a free one. If a given port is taken, the start fails. */
  port?: number;
  /** PostgreSQL settings that replace or add to the defaults. */
  settings?: Settings;
  /** `initialising the database`, `starting the database`, `recovering the database` … */
  onProgress?: (step: string) => void;
  /** Lines of the server's log, from this start on. */
  log?: (line: string) => void;
  /** Name of this process in the messages of others (default `dhp`). */
  name?: string;
  /** Use the server of a live owner (default). False: wait for its end, and own the server. */
  attach?: boolean;
  /** With `attach: false`: milliseconds to wait for a live owner to finish (default 0). */
  waitForOwner?: number;
  /** How a root process starts PostgreSQL. Default: the first way that works here. */
  runAs?: Exclude<RunAs, 'self'>;
  /** The cluster is not needed afterwards: stop at once, and remove the directory. */
  temporary?: boolean;
  /** Further folders to which the server writes, such as the archive of its log. */
  writes?: readonly string[];
  /** The folder with the programs of a PostgreSQL other than the bundled one. */
  programs?: string;
  /** The caller is the restore or the upgrade that was begun here: all others are refused until it is finished. */
  unfinished?: boolean;
  /** Variables of the server's processes, for instance to preload a library. */
  environment?: Readonly<Record<string, string>>;
}

/** Another live process has the directory. */
export class DatabaseInUseError extends Error {
  override readonly name = 'DatabaseInUseError';
  readonly owner: { pid: number; name: string };
  constructor(directory: string, owner: { pid: number; name: string }) {
    super(`The database in ${directory} is in use by ${owner.name} (process ${owner.pid})`);
    this.owner = { pid: owner.pid, name: owner.name };
  }
}

/**
 * The server is ready for connections when this resolves. When this process ends, even by kill -9, the server shuts itself down; the
 * remains of a killed process or server are cleared and recovered.
 * @throws DatabaseInUseError with `attach: false`, if the owner has not finished in time
 * @throws Error if PostgreSQL cannot be run here, or does not start (with the end of its log)
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const directory = await makeDirectory(options.directory);
  const deadline = Date.now() + (options.waitForOwner ?? 0);
  let waiting = false;
  for (;;) {
    const outcome = await claim(directory, options.name ?? 'dhp');
    if ('claimed' in outcome) return startOwned(directory, outcome.claimed, options);
    if (options.attach ?? true) {
      const attached = await attach(directory);
      if (attached !== undefined) return attached;
      continue; // the owner ended meanwhile
    }
    if (Date.now() >= deadline) throw new DatabaseInUseError(directory, outcome.held);
    if (!waiting) options.onProgress?.(`waiting for ${outcome.held.name} (process ${outcome.held.pid}) to finish`);
    waiting = true;
    await delay(50);
  }
}

/** Path at which a restore of a directory makes the new one. */
export const workOf = (directory: string): string => `${directory}.restoring`;

/** Whether a restore of the directory was begun and not finished: until then nothing may start there. */
export function unfinishedRestore(directory: string): boolean {
  return existsSync(join(workOf(directory), 'restore.json'));
}

/** Path at which an upgrade of a directory makes the new one. */
export const upgradeOf = (directory: string): string => `${directory}.upgrading`;

/**
 * An upgrade that was begun and not finished leaves the old cluster in its place: with the programs that created it, it may still be
 * started.
 */
function refuseUnfinished(directory: string): void {
  if (unfinishedRestore(directory))
    throw new Error(`A restore of ${directory} was not finished: run dhp restore again, or dhp restore --give-up`);
  if (existsSync(join(upgradeOf(directory), 'upgrade.json')))
    throw new Error(`An upgrade of ${directory} was not finished: run dhp upgrade again, or dhp upgrade --give-up`);
}

/** The live process that owns the server of this directory; undefined if there is none. */
export async function embeddedOwner(directory: string): Promise<{ pid: number; name: string } | undefined> {
  const owner = await readOwner(resolve(directory));
  return owner === undefined ? undefined : { pid: owner.pid, name: owner.name };
}

/** Whether an embedded server has ever been started in this directory, so that it contains data. */
export function hasCluster(directory: string): boolean {
  return existsSync(join(dataOf(directory), 'PG_VERSION'));
}

async function makeDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}

const startUpLimit = 60_000;

/** Waits until the owner's server is ready. @returns undefined when the owner has ended */
async function attach(directory: string): Promise<EmbeddedPostgres | undefined> {
  for (const deadline = Date.now() + startUpLimit; Date.now() < deadline;) {
    const owner = await readOwner(directory);
    if (owner === undefined) return undefined;
    if (owner.port === undefined || !(await readPostmaster(dataOf(directory)))?.ready) {
      await delay(50);
      continue;
    }
    return {
      url: await urlOf(directory, owner.port),
      port: owner.port,
      owned: false,
      exited: new Promise(() => undefined),
      stop: async () => undefined,
    };
  }
  throw new Error(`The owner of ${directory} has not started its database in ${startUpLimit / 1000} s`);
}

async function startOwned(directory: string, owner: Owner, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  try {
    if (options.unfinished !== true) refuseUnfinished(directory);
    const binaries = await (options.programs === undefined ? findBinaries() : binariesIn(options.programs));
    const privileges = await choosePrivileges(
      [dirname(directory), binaries.native, ...(options.writes ?? []).map((folder) => dirname(folder))],
      options.runAs,
    );
    const progress = options.onProgress ?? noProgress;
    await ensureCluster(directory, binaries, privileges, progress);
    for (const folder of options.writes ?? []) await ownDirectory(folder, privileges);
    await clearLeftovers(directory, progress);
    progress((await needsRecovery(directory)) ? 'recovering the database' : 'starting the database');
    const log = await openLog(directory, options.log);
    const { server, port } = await launch(directory, binaries.postgres, privileges, log, options).catch(
      async (error: unknown) => {
        await log.close();
        throw error;
      },
    );
    await recordPort(directory, port);
    await publish(directory, { ...owner, port });
    const exited = server.exited.then(async () => {
      await log.close();
      try {
        // There are leftovers only if the supervisor itself was killed. Once it is released, processes there belong to another owner.
        if (!options.temporary) await clearLeftovers(directory);
      } finally {
        await release(directory, owner);
      }
    });
    exited.catch(() => undefined);
    const stop = async (): Promise<void> => {
      server.stop();
      await exited;
    };
    return { url: await urlOf(directory, port), port, owned: true, exited, stop };
  } catch (error) {
    await release(directory, owner);
    throw error;
  }
}

/** Longest path of a Unix socket that every system accepts (macOS has the lowest limit), without its final zero. */
const longestSocketPath = 103;

/**
 * The server listens on 127.0.0.1 and on a Unix socket in its data directory, which it names relative to itself. The URL uses the socket if
 * its path is short enough: a read costs 13 % less CPU than over TCP.
 */
async function urlOf(directory: string, port: number): Promise<string> {
  const data = dataOf(directory);
  const url = new URL(`postgres://${superuser}:${await readPassword(directory)}@127.0.0.1:${port}/postgres`);
  const fits = Buffer.byteLength(join(data, `.s.PGSQL.${port}`)) <= longestSocketPath;
  // `searchParams` is not used, because it writes a space as +, and PostgreSQL's URLs have it percent-encoded.
  if (fits && process.platform !== 'win32') url.search = `?host=${encodeURIComponent(data)}`;
  return url.href;
}

/** Starts the server; if its port is taken in the same moment, tries another one. */
async function launch(
  directory: string,
  postgres: string,
  privileges: Privileges,
  log: ServerLog,
  options: EmbeddedOptions,
): Promise<{ server: Supervised; port: number }> {
  const retryUntil = Date.now() + 15_000;
  for (;;) {
    const port = options.port ?? (await choosePort(directory));
    const sockets = process.platform === 'win32' ? '' : '.';
    const settings = {
      ...defaultSettings(),
      ...options.settings,
      unix_socket_directories: sockets,
      port: String(port),
    };
    const data = dataOf(directory);
    const server = supervise({
      command: privileges.wrap([postgres, '-D', data, ...settingArguments(settings)]),
      stopSignal: options.temporary ? 'QUIT' : 'INT',
      ...(options.temporary ? { remove: directory } : {}),
      output: log.descriptor,
      cwd: directory,
      spawnAs: privileges.spawnAs,
      environment: options.environment ?? {},
    });
    if (await becomesReady(server, data)) return { server, port };
    const output = await log.recent();
    const portTaken = output.includes('could not bind');
    if (portTaken && options.port !== undefined) throw new Error(`Port ${port} on 127.0.0.1 is taken`);
    const mayPass = portTaken || /lock file ".*" already exists/.test(output);
    if (!mayPass || Date.now() > retryUntil) throw new Error(`PostgreSQL did not start:\n${output.trim()}`);
    await delay(200);
  }
}

/** Recovery after a crash may take long, and is never given up: only the end of the server is a failure. */
async function becomesReady(server: Supervised, data: string): Promise<boolean> {
  while (!server.hasExited) {
    if ((await readPostmaster(data))?.ready) return true;
    await Promise.race([delay(5), server.exited]);
  }
  await server.exited; // rejects when the supervisor could not be run at all
  return false;
}

function noProgress(): void {
  // nothing watches it
}
