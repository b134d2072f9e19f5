/** Test databases on real PostgreSQL: one server a process or a run, one template a schema, a fresh copy a test file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectOptions } from './connect.ts';
import type { Sql } from './driver/sql.ts';
import { databaseExists, databaseUrl, ensureDatabase } from './database.ts';
import { embeddedOwner, startEmbedded } from './embedded/start.ts';
import { withAdvisoryLock } from './advisory-lock.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migration-files.ts';

export { startPair, type PostgresPair } from './testing/pair.ts';
export { migrateAsNewerRelease } from './testing/newer-release.ts';
export { startWire, type Wire } from './testing/wire.ts';

export interface TestDatabaseOptions {
  /** Starts the database's name: lower-case letters, digits and `_`, at most 30. */
  name: string;
  migrations?: { directory: URL; schema: string }[];
  /** Options of `sql`. */
  connect?: ConnectOptions;
}

export interface TestDatabase {
  url: string;
  sql: Sql;
  /** Ends `sql` and removes the database, also under the feet of other connections. */
  drop(): Promise<void>;
}

let server: Promise<string> | undefined;

/**
 * URL of a server for tests: `DHP_TEST_DATABASE_URL` when set, else an embedded one that this process starts at the
 * first call. It ends, and its files go, with this process, however that ends.
 */
export function testServer(): Promise<string> {
  const given = process.env['DHP_TEST_DATABASE_URL'];
  server ??= given ? Promise.resolve(given) : startTestServer();
  return server;
}

const prefix = 'dhp-test-';

async function startTestServer(): Promise<string> {
  await removeAbandoned();
  const directory = await mkdtemp(join(tmpdir(), prefix));
  const { url } = await startEmbedded({ directory, name: 'a test', temporary: true, settings: testSettings });
  return url;
}

/**
 * Nothing here outlives the run, so nothing waits for the disk: to make, fill and drop a database takes a third of the time.
 * That commits are durable is for the suites to try that kill a platform of their own, with the settings of every platform.
 */
const testSettings = {
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  fsync: 'off',
  full_page_writes: 'off',
};

/** A machine that was switched off leaves directories that no supervisor has removed. */
async function removeAbandoned(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((entry) => entry.startsWith(prefix))) {
    const directory = join(tmpdir(), name);
    const age = await stat(directory).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age < 3_600_000 || (await embeddedOwner(directory)) !== undefined) continue;
    await rm(directory, { recursive: true, force: true }).catch(() => undefined); // of another user
  }
}

/**
 * A database of its own, with the migrations applied. They run once a server and content, into a template; every
 * further call copies it.
 */
export async function testDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const { name, migrations = [] } = options;
  if (!/^[a-z_][a-z0-9_]{0,29}$/.test(name)) throw new TypeError(`"${name}" does not suit as a test database's name`);
  const serverUrl = await testServer();
  const copy = `${name}_${randomBytes(6).toString('hex')}`;
  const admin = connect(serverUrl, { max: 1, applicationName: 'dhp test' });
  try {
    const template = `dhp_template_${await fingerprint(migrations)}`;
    await ensureTemplate(admin, serverUrl, template, migrations);
    await admin.unsafe(`create database ${copy} template ${template} strategy ${copyStrategy}`);
  } finally {
    await admin.end();
  }
  const url = databaseUrl(serverUrl, copy);
  const sql = connect(url, options.connect);
  return {
    url,
    sql,
    async drop() {
      await sql.end({ timeout: 1 });
      const dropper = connect(serverUrl, { max: 1, applicationName: 'dhp test' });
      try {
        await dropper.unsafe(`drop database if exists ${copy} with (force)`);
      } finally {
        await dropper.end();
      }
    },
  };
}

// Copying files takes 50 ms, the log 75 ms (eight at once: 310 and 650 ms).
const copyStrategy = 'file_copy';

async function fingerprint(migrations: { directory: URL; schema: string }[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { directory, schema } of migrations) {
    hash.update(`${schema}\n`);
    for (const file of await readMigrations(directory)) hash.update(`${file.name} ${file.checksum}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** The template gets its name when it is complete, so that one that was interrupted is never copied. */
async function ensureTemplate(
  admin: Sql,
  serverUrl: string,
  template: string,
  migrations: { directory: URL; schema: string }[],
): Promise<void> {
  if (await databaseExists(admin, template)) return;
  await withAdvisoryLock(admin, template, async (locked) => {
    if (await databaseExists(locked, template)) return;
    const draft = `${template}_new`;
    await locked.unsafe(`drop database if exists ${draft} with (force)`);
    const sql = connect(await ensureDatabase(serverUrl, draft), { max: 1, applicationName: 'dhp test' });
    try {
      for (const migration of migrations) await migrate(sql, migration);
    } finally {
      await sql.end();
    }
    await locked.unsafe(`alter database ${draft} rename to ${template}`);
  });
}
