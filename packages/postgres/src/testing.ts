/** Test databases on real PostgreSQL: one server a process or a run, one template a schema, a fresh copy a test file. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, cp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectOptions } from './connect.ts';
import type { Sql } from './driver/sql.ts';
import { databaseExists, databaseUrl, ensureDatabase } from './database.ts';
import { embeddedOwner, startEmbedded } from './embedded/start.ts';
import { withAdvisoryLock } from './advisory-lock.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migration-files.ts';
import { keepKeys } from './testing/kept-keys.ts';
import { isOvertaken, overtake } from './testing/overtaken.ts';
import { isPackedInTests, packInserted } from './testing/packed.ts';
import { partition, partitionsOfTests } from './testing/partitions.ts';
import { openServerRole, serverSettings, urlOfLogin, type ServerRole, type ServerSchema } from './roles/index.ts';
import { fileURLToPath, pathToFileURL } from 'node:url';

export { parsePrivileges } from './roles/privileges.ts';
export { differingPrivileges } from './roles/privileges-in-code.ts';

/** A schema to migrate to; with privileges, the database gets the role of its server. */
type TestSchema = Pick<ServerSchema, 'directory' | 'schema'> &
  Partial<ServerSchema> & {
    /** Tables that can be distributed over nodes, with the column that determines the place of their rows. */
    readonly partitionKeys?: Readonly<Record<string, string>>;
  };

export { overtakenEvery } from './testing/overtaken.ts';
export { partitionsOfTests } from './testing/partitions.ts';
export { lastingPort } from './testing/lasting-port.ts';
export { startPair, type PostgresPair } from './testing/pair.ts';
export { startPgBouncer, withoutPgBouncer, type PgBouncer } from './testing/pgbouncer.ts';
export { prepareRefusals, type Refusals } from './testing/refusals.ts';
export { until } from './testing/until.ts';
export { startWire, type Wire } from './testing/wire.ts';

export interface TestDatabaseOptions {
  /** Starts the database's name: lower-case letters, digits and `_`, at most 30. */
  name: string;
  migrations?: TestSchema[];
  /** Options of `sql`. */
  connect?: ConnectOptions;
  /** Partitions of each table that can be distributed over nodes; 0: none (default: `DHP_TEST_PARTITIONS`, otherwise 0). */
  partitions?: number;
  /** PostgreSQL sometimes ends writes of servers, as after a deadlock (default: by `npm test -- --overtaken`). */
  overtaken?: boolean;
}

export interface TestDatabase {
  /** For the code under test: with the login of the server's role, which has the least privileges. The owner's if there is no role. */
  url: string;
  /** For work that only the owner may do. */
  ownerUrl: string;
  /** A pool of the owner. */
  sql: Sql;
  /** Ends `sql` and removes the database, also under the feet of other connections. */
  drop(): Promise<void>;
}

let server: Promise<string> | undefined;

/**
 * URL of a server for tests: `DHP_TEST_DATABASE_URL` if set, otherwise an embedded one that this process starts at the first call. It ends,
 * and its files are removed, with this process, however that ends.
 * @param place the folder for its files
 */
export async function testServer(place = tmpdir()): Promise<string> {
  keepKeys();
  const given = process.env['DHP_TEST_DATABASE_URL'];
  server ??= given ? Promise.resolve(given) : startTestServer(place);
  // A promise of this call: Node assigns tests that are declared after an `await` to the file that created the awaited promise.
  return await server;
}

/**
 * Seconds that a connection to the test server may take: on a busy machine the usual five are too few. Tests with a wire remove them again.
 */
const connectTimeout = 60;

const prefix = 'dhp-test-';

async function startTestServer(place: string): Promise<string> {
  await removeAbandoned(place);
  const directory = await mkdtemp(join(place, prefix));
  const { url } = await startEmbedded({ directory, name: 'a test', temporary: true, settings: testSettings });
  return url;
}

/**
 * No data outlives the run, so nothing waits for the disk: creating, filling and dropping a database takes a third of the time. Suites that
 * kill a platform with the usual settings test whether commits are durable.
 */
const testSettings = {
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  io_method: 'sync',
  fsync: 'off',
  full_page_writes: 'off',
};

/** If the machine was switched off, directories remain that no supervisor has removed. */
async function removeAbandoned(place: string): Promise<void> {
  for (const name of (await readdir(place)).filter((entry) => entry.startsWith(prefix))) {
    const directory = join(place, name);
    const age = await stat(directory).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age < 3_600_000 || (await embeddedOwner(directory)) !== undefined) continue;
    await rm(directory, { recursive: true, force: true }).catch(() => undefined); // of another user
  }
}

/** The connection that creates and removes databases, if the files of a process share it. */
let administrator: Sql | undefined;

const connectAsAdministrator = (serverUrl: string): Sql =>
  connect(serverUrl, { max: 1, applicationName: 'dhp test', connectTimeout });

/**
 * From now on the databases of this process are created and removed over one connection, instead of one for each, until the returned
 * function is called.
 */
export async function keepAdministrator(): Promise<() => Promise<void>> {
  const kept = connectAsAdministrator(await testServer());
  await kept`select 1`;
  administrator = kept;
  return async () => {
    administrator = undefined;
    await kept.end();
  };
}

async function administer<Done>(serverUrl: string, work: (sql: Sql) => Promise<Done>): Promise<Done> {
  if (administrator !== undefined) return await work(administrator);
  const own = connectAsAdministrator(serverUrl);
  try {
    return await work(own);
  } finally {
    await own.end();
  }
}

/**
 * A separate database, with the migrations applied. They run once for each server and content, into a template; every further call copies
 * it.
 */
export async function testDatabase(options: TestDatabaseOptions): Promise<TestDatabase> {
  const { name, migrations = [] } = options;
  if (!/^[a-z_][a-z0-9_]{0,29}$/.test(name)) throw new TypeError(`"${name}" does not suit as a test database's name`);
  const serverUrl = await testServer();
  const copy = `${name}_${randomBytes(6).toString('hex')}`;
  const parts = options.partitions ?? partitionsOfTests();
  const overtaken = options.overtaken ?? isOvertaken();
  const print = await fingerprint(migrations, { parts, overtaken });
  const role = migrations.some(({ privileges }) => privileges !== undefined) ? roleOf(print) : undefined;
  await administer(serverUrl, async (admin) => {
    const template = `dhp_template_${print}`;
    await ensureTemplate(admin, serverUrl, { template, migrations, role, parts, overtaken });
    await admin.unsafe(`create database ${copy} template ${template} strategy ${copyStrategy}`);
    if (role !== undefined) await admin.unsafe(roleInCopy(copy, role.name));
  });
  const plain = databaseUrl(serverUrl, copy);
  const ownerUrl = `${plain}${plain.includes('?') ? '&' : '?'}connect_timeout=${String(connectTimeout)}`;
  const sql = connect(ownerUrl, options.connect);
  return {
    url: role === undefined ? ownerUrl : urlOfLogin(ownerUrl, role.name, role.password),
    ownerUrl,
    sql,
    async drop() {
      await sql.end({ timeout: 1 });
      await administer(serverUrl, async (admin) => {
        await admin.unsafe(`drop database if exists ${copy} with (force)`);
      });
    },
  };
}

// Copying files takes 50 ms, the log 75 ms (eight at once: 310 and 650 ms).
const copyStrategy = 'file_copy';

/** Returns the statements that repeat in a copy the privileges and role settings of its template, which PostgreSQL does not copy. */
function roleInCopy(copy: string, role: string): string {
  const settings = Object.entries(serverSettings);
  return [
    `revoke all on database ${copy} from public`,
    `grant connect on database ${copy} to ${role}`,
    ...settings.map(([name, value]) => `alter role ${role} in database ${copy} set ${name} = '${value}'`),
  ].join(';');
}

/** Role of all databases of one template: processes that share a server agree on it. */
function roleOf(print: string): ServerRole {
  return { name: `dhp_test_${print}`, password: createHash('sha256').update(`test ${print}`).digest('hex') };
}

async function fingerprint(
  migrations: TestSchema[],
  { parts, overtaken }: Pick<Template, 'parts' | 'overtaken'>,
): Promise<string> {
  const hash = createHash('sha256');
  if (overtaken) hash.update('overtaken\n');
  if (isPackedInTests()) hash.update('packed\n');
  if (parts > 0) hash.update(`in ${String(parts)} parts\n`);
  for (const { directory, schema, privileges } of migrations) {
    hash.update(`${schema} ${JSON.stringify(privileges)}\n`);
    for (const file of await readMigrations(directory)) hash.update(`${file.name} ${file.checksum}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

interface Template {
  readonly template: string;
  readonly migrations: TestSchema[];
  readonly role: ServerRole | undefined;
  readonly parts: number;
  readonly overtaken: boolean;
}

/** The template gets its name when it is complete, so that an interrupted one is never copied. */
async function ensureTemplate(
  admin: Sql,
  serverUrl: string,
  { template, migrations, role, parts, overtaken }: Template,
): Promise<void> {
  if (await databaseExists(admin, template)) return;
  await withAdvisoryLock(admin, template, async (locked) => {
    if (await databaseExists(locked, template)) return;
    const draft = `${template}_new`;
    await locked.unsafe(`drop database if exists ${draft} with (force)`);
    const url = await ensureDatabase(serverUrl, draft);
    const sql = connect(url, { max: 1, applicationName: 'dhp test', connectTimeout });
    try {
      for (const migration of migrations) {
        await migrate(sql, migration);
        const { schema, partitionKeys: keys } = migration;
        if (parts > 0 && keys !== undefined) await partition(sql, { schema, keys, parts });
        if (isPackedInTests() && schema === 'fhir') await packInserted(sql);
      }
      if (role !== undefined) await grantTo(role, sql, url, migrations);
      for (const { schema } of overtaken ? migrations : [])
        if (role !== undefined) await overtake(sql, { schema, role: role.name });
    } finally {
      await sql.end();
    }
    await locked.unsafe(`alter database ${draft} rename to ${template}`);
  });
}

async function grantTo(role: ServerRole, sql: Sql, url: string, migrations: TestSchema[]): Promise<void> {
  for (const { directory, schema, privileges } of migrations) {
    if (privileges === undefined) continue;
    const login = await openServerRole({ sql, url, role, schema: { directory, schema, privileges }, maySetUp: true });
    if (!login.separate) throw new Error(`The tests cannot log in as a server, because ${login.reason}`);
    if (login.findings.length > 0) throw new Error(login.findings.join('\n'));
  }
}

/**
 * Migrates a database as a newer release does: with the migrations of this one and further files, by name. The program under test does not
 * know these.
 */
export async function migrateAsNewerRelease(
  sql: Sql,
  migrations: { readonly directory: URL; readonly schema: string },
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'dhp-newer-release-'));
  try {
    await cp(fileURLToPath(migrations.directory), path, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    await migrate(sql, { directory: pathToFileURL(`${path}/`), schema: migrations.schema });
  } finally {
    await rm(path, { recursive: true });
  }
}
