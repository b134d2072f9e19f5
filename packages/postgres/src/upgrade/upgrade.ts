/**
 * A major upgrade of the embedded PostgreSQL: the old server and a new one run side by side, and the old one's data is copied. The old
 * cluster stays unchanged in a folder beside it; they are swapped after everything was compared. A killed copy resumes.
 * docs/operations/runbooks.md
 */
import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assertRoom } from '../backup/place.ts';
import { placed } from '../backup/restore.ts';
import { BackupError } from '../backup/failure.ts';
import { syncFolder } from '../backup/take.ts';
import { connect } from '../connect.ts';
import { databaseUrl, ensureDatabase } from '../database.ts';
import type { Session } from '../driver/sql.ts';
import { findBinaries } from '../embedded/binaries.ts';
import { clusterVersion, dataOf, passwordFileOf } from '../embedded/cluster.ts';
import { claim, release } from '../embedded/owner.ts';
import {
  DatabaseInUseError,
  hasCluster,
  startEmbedded,
  unfinishedRestore,
  upgradeOf,
  type EmbeddedPostgres,
} from '../embedded/start.ts';
import type { Settings } from '../embedded/settings.ts';
import { applied, migrateAs } from '../migrate.ts';
import { likeTheOther, makeIndexes } from './catalogue.ts';
import { sessionSettings, UpgradeError, type Sides } from './failure.ts';
import { nextNumber, useUpNumbers } from './numbers.ts';
import { beginRows, bytesOfRows, compareRows, copyRows, copySequences, endRows, isBegun } from './rows.ts';

export type UpgradeStep = 'numbering' | 'preparing' | 'copying' | 'indexing' | 'comparing';

export interface UpgradeOptions {
  /** The embedded directory to upgrade. */
  readonly directory: string;
  /** The folder with the programs that made it, from `findPrograms`. */
  readonly programs: string;
  /** Its databases, and the migrations of each. Absent ones are not created. */
  readonly databases: readonly { readonly name: string; readonly directory: URL; readonly schema: string }[];
  readonly onStep: (step: UpgradeStep, done: number, total: number) => void;
  /** Compares more than rows, by URLs of both servers, and rejects if the new one differs from the old one. */
  readonly compare?: (from: string, to: string) => Promise<void>;
  /** Called at the end, after all comparisons. */
  readonly afterwards?: (from: string, to: string) => Promise<void>;
  /** Of both servers, in addition to the usual ones. */
  readonly settings?: Settings;
}

export interface Upgraded {
  /** Major versions. */
  readonly from: number;
  readonly to: number;
  readonly databases: readonly string[];
  /** Databases of the old cluster that do not belong to the program: they were not copied. */
  readonly others: readonly string[];
  /** Path of the old cluster after the upgrade. */
  readonly before: string;
}

interface State extends Upgraded {
  /** `nextNumber` of the old cluster when the copy began: it differs if the cluster was written to since. */
  readonly next: string;
}

const stateFile = (work: string): string => join(work, 'upgrade.json');

/**
 * @throws UpgradeError
 */
export async function upgradeCluster(options: UpgradeOptions): Promise<Upgraded> {
  const directory = await placed(options.directory);
  const kept = await readState(upgradeOf(directory));
  // Ended between the two renames.
  if (kept !== undefined && !hasCluster(directory)) return finish(directory, kept);
  if (unfinishedRestore(directory))
    throw new UpgradeError('upgrade-in-use', `A restore of ${directory} was not finished: run dhp restore again first`);
  const old = await start(directory, options);
  let state: State;
  try {
    state = await copyAll(directory, old, options);
  } finally {
    await old.stop();
  }
  return finish(directory, state);
}

/** @returns major versions of the cluster, if there is one, and of the bundled PostgreSQL */
export async function versionsOf(directory: string): Promise<{ cluster: number | undefined; program: number }> {
  const { majorVersion } = await findBinaries();
  const work = upgradeOf(directory);
  const kept = hasCluster(directory) ? undefined : await readState(work);
  return { cluster: kept?.from ?? (await clusterVersion(directory)), program: majorVersion };
}

/** Removes the files of an unfinished upgrade. @returns whether there was one */
export async function giveUpUpgrade(given: string): Promise<boolean> {
  const directory = await placed(given);
  const work = upgradeOf(directory);
  if (!existsSync(work)) return false;
  if (!hasCluster(directory))
    throw new UpgradeError(
      'upgrade-in-use',
      `The upgrade of ${directory} is done but for its last step: run dhp upgrade`,
    );
  const owner = await claimed(directory);
  try {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
    return true;
  } finally {
    await release(directory, owner);
  }
}

type Claimed = Extract<Awaited<ReturnType<typeof claim>>, { claimed: unknown }>['claimed'];

async function claimed(directory: string): Promise<Claimed> {
  const outcome = await claim(directory, 'dhp upgrade');
  if ('claimed' in outcome) return outcome.claimed;
  throw inUse(new DatabaseInUseError(directory, outcome.held));
}

const inUse = (error: DatabaseInUseError): UpgradeError =>
  new UpgradeError('upgrade-in-use', `${error.message}: stop it first`, { cause: error });

async function start(
  directory: string,
  { programs, settings }: { readonly programs?: string; readonly settings?: Settings },
): Promise<EmbeddedPostgres> {
  return startEmbedded({
    ...{ directory, name: 'dhp upgrade', attach: false, unfinished: true },
    ...(programs !== undefined && { programs }),
    settings: {
      ...settings,
      // The old cluster stays unchanged: autovacuum would use transaction numbers, too.
      ...(programs !== undefined && { autovacuum: 'off', default_transaction_read_only: 'on' }),
      max_wal_size: '4GB',
    },
  }).catch((error: unknown) => {
    throw error instanceof DatabaseInUseError ? inUse(error) : error;
  });
}

async function copyAll(directory: string, old: EmbeddedPostgres, options: UpgradeOptions): Promise<State> {
  const work = upgradeOf(directory);
  const state = await stateOf(directory, old.url, options);
  const server = await start(work, { ...(options.settings && { settings: options.settings }) });
  const passing = join(work, 'passing');
  try {
    await mkdir(passing, { recursive: true, mode: 0o700 });
    // Both servers run as the owner of their files, who may be another user than that of this process.
    const { uid, gid } = await stat(dataOf(work));
    if (process.getuid?.() === 0) await chown(passing, uid, gid);
    await within(databaseUrl(server.url, 'postgres'), (sql) =>
      useUpNumbers(sql, BigInt(state.next), (done, total) => options.onStep('numbering', done, total)),
    );
    for (const name of state.databases) {
      // Cursors of the feed name the number of their database.
      const oid = await within(databaseUrl(old.url, name), numberOfDatabase);
      await ensureDatabase(databaseUrl(server.url, 'postgres'), name, oid);
    }
    await copyDatabases(old.url, server.url, { ...options, names: state.databases, passing });
    await options.compare?.(old.url, server.url);
    for (const name of state.databases) await within(databaseUrl(server.url, name), endRows);
    await options.afterwards?.(old.url, server.url);
    await rm(passing, { recursive: true, force: true });
    return state;
  } finally {
    await server.stop();
  }
}

/** The state of the copy that was begun; that of a new one if the old cluster was written to since, or the copy is of another one. */
async function stateOf(directory: string, url: string, { databases }: UpgradeOptions): Promise<State> {
  const work = upgradeOf(directory);
  const kept = await readState(work);
  const found = await within(databaseUrl(url, 'postgres'), async (sql) => ({
    next: String(await nextNumber(sql)),
    names: (
      await sql<
        { name: string }[]
      >`select datname as name from pg_database where not datistemplate and datname <> 'postgres' order by 1`
    ).map(({ name }) => name),
    bytes: (await sql<{ bytes: number }[]>`select sum(pg_database_size(oid))::float8 as bytes from pg_database`)[0]!
      .bytes,
  }));
  const { cluster, program } = await versionsOf(directory);
  if (kept?.next === found.next && kept.to === program) return kept;
  await rm(work, { recursive: true, force: true, maxRetries: 5 });
  await assertRoom(dirname(directory), Math.ceil(found.bytes * 1.2)).catch((error: unknown) => {
    throw error instanceof BackupError ? new UpgradeError('upgrade-no-room', error.message, { cause: error }) : error;
  });
  await mkdir(work, { mode: 0o700 });
  // The same for both, so that other tools find the server again.
  await copyFile(passwordFileOf(directory), passwordFileOf(work));
  const known = databases.map(({ name }) => name);
  const stamp = new Date(Date.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const state: State = {
    ...{ from: cluster!, to: program, next: found.next, before: `${directory}.before-${stamp}` },
    databases: found.names.filter((name) => known.includes(name)),
    others: found.names.filter((name) => !known.includes(name)),
  };
  await writeState(work, state);
  return state;
}

async function numberOfDatabase(sql: Session): Promise<number> {
  const [row] = await sql<{ oid: number }[]>`
    select oid::int8::float8 as oid from pg_database where datname = current_database()`;
  return row!.oid;
}

interface CopyOptions extends UpgradeOptions {
  readonly names: readonly string[];
  readonly passing: string;
}

/** Each step in all databases before the next one: a bar for each. */
async function copyDatabases(old: string, now: string, options: CopyOptions): Promise<void> {
  const { names, passing, onStep } = options;
  const inEach = async (work: (sides: Sides, name: string) => Promise<void>): Promise<void> => {
    for (const name of names)
      await within(databaseUrl(old, name), (from) => within(databaseUrl(now, name), (to) => work({ from, to }, name)));
  };
  let total = 0;
  await inEach(async (sides, name) => {
    total += await bytesOfRows(sides.from);
    const { directory, schema } = options.databases.find((one) => one.name === name)!;
    onStep('preparing', names.indexOf(name), names.length);
    if (await isBegun(sides.to)) return;
    const sql = connect(databaseUrl(now, name), {
      max: 1,
      applicationName: 'dhp upgrade',
      direct: true,
      connectTimeout,
    });
    try {
      await migrateAs(sql, await applied(sides.from, schema), { directory, schema });
    } finally {
      await sql.end({ timeout: 5 });
    }
    await likeTheOther(sides);
    await beginRows(sides.to);
  });
  const counting = (step: UpgradeStep): ((bytes: number) => void) => {
    let done = 0;
    return (bytes) => onStep(step, Math.min((done += bytes), total), total);
  };
  const [copied, compared] = [counting('copying'), counting('comparing')];
  await inEach(async (sides) => {
    await copyRows({ ...sides, passing, onBytes: copied });
    await copySequences(sides);
  });
  await inEach((sides) => makeIndexes(sides, (done, all) => onStep('indexing', done, all)));
  await inEach((sides) => compareRows({ ...sides, onBytes: compared }));
}

/** Swaps the two clusters. From the first rename to the last, the state in the new one keeps others from creating an empty one. */
async function finish(directory: string, { next: _next, ...done }: State): Promise<Upgraded> {
  const work = upgradeOf(directory);
  if (hasCluster(directory)) {
    const owner = await claimed(directory);
    await rename(directory, done.before);
    await release(done.before, owner);
  } else await rm(directory, { recursive: true, force: true });
  await rename(work, directory);
  await syncFolder(dirname(directory));
  await rm(stateFile(directory), { force: true });
  return done;
}

/** Seconds: both servers have just started, on a machine that may be busy. */
const connectTimeout = 60;

async function within<T>(url: string, work: (sql: Session) => Promise<T>): Promise<T> {
  const sql = connect(url, {
    ...{ max: 1, applicationName: 'dhp upgrade', direct: true, idleTimeout: 0, settings: sessionSettings },
    connectTimeout,
  });
  const session = await sql.reserve();
  try {
    return await work(session);
  } finally {
    session.release();
    await sql.end({ timeout: 5 });
  }
}

async function readState(work: string): Promise<State | undefined> {
  const text = await readFile(stateFile(work), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as State);
}

/** In one step, and durable. */
async function writeState(work: string, state: State): Promise<void> {
  const file = stateFile(work);
  await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
