/** PostgreSQL with the extension Citus on several nodes: a coordinator and workers, each a server of its own on 127.0.0.1. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from '../../packages/postgres/src/index.ts';
import { lastingPort } from '../../packages/postgres/src/testing.ts';
import { choosePrivileges, type Privileges } from '../../packages/postgres/src/embedded/privileges.ts';

/** Folder of the programs of a PostgreSQL that has Citus, such as `/usr/lib/postgresql/17/bin`. */
const programs = process.env['DHP_TEST_CITUS'];

/** Reason why tests on several nodes are skipped; false if they run. */
export const withoutCitus =
  programs === undefined || programs === ''
    ? 'no PostgreSQL with Citus is named: DHP_TEST_CITUS is the folder of its programs (postgres, initdb)'
    : false;

export interface Cluster {
  /** URL of the database on the coordinator. */
  readonly url: string;
  /** Kills a worker, and starts it again. */
  killWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Its nodes, the coordinator first. */
  readonly servers: Servers;
  close(): Promise<void>;
}

const settings = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  shared_preload_libraries: "'citus'",
  wal_level: 'logical',
  max_prepared_transactions: '200',
  max_connections: '150',
  shared_buffers: '64MB',
  // Nothing outlives the test.
  fsync: 'off',
  full_page_writes: 'off',
  'citus.enable_statistics_collection': 'off',
  'citus.enable_stat_counters': 'on',
};

/** Servers of PostgreSQL that have the extension's files, and no database that knows of it. */
export interface Servers {
  readonly ports: readonly number[];
  /** The process of each, which begins those of its sessions. */
  postmasters(): Promise<readonly number[]>;
  /** Ends a server as a loss of power does, with its sessions, and starts it again. */
  kill(n: number): Promise<void>;
  start(n: number): Promise<void>;
  /** Makes a base backup; of servers that keep their log. */
  backUp(n: number): Promise<void>;
  /** Puts the backup in the place of what there is of a server that was killed, and starts it with its log up to a named point. */
  restore(n: number, point: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param count how many; each is started with the settings that `dhp migrate --distributed` asks for
 * @param keepsLog whether each archives its log in a folder of its own
 */
export async function startServers(count: number, { keepsLog = false } = {}): Promise<Servers> {
  const root = await mkdtemp(join(tmpdir(), 'dhp-citus-'));
  const privileges = await choosePrivileges([root, programs!]);
  await give(privileges, root);
  const ports: number[] = [];
  const servers: ChildProcess[] = [];
  const [data, log, backup] = ['', 'log', 'backup'].map((kind) => (n: number) => join(root, `${String(n)}${kind}`));
  const end = async (server: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  };
  const all: Servers = {
    ports,
    postmasters: () =>
      Promise.all(
        ports.map(async (_, n) => Number.parseInt(await readFile(join(data!(n), 'postmaster.pid'), 'latin1'), 10)),
      ),
    kill: (n) => end(servers[n]!, 'SIGKILL'),
    async start(n) {
      await rm(join(data!(n), 'postmaster.pid'), { force: true });
      servers[n] = await startServer(privileges, data!(n), ports[n]!);
    },
    async backUp(n) {
      const of = ['-h', '127.0.0.1', '-p', String(ports[n]), '-U', 'postgres', '-D', backup!(n), '-c', 'fast'];
      const [program, ...args] = privileges.wrap([join(programs!, 'pg_basebackup'), ...of, '-X', 'none']);
      await promisify(execFile)(program!, args, privileges.spawnAs);
    },
    async restore(n, point) {
      await rm(data!(n), { recursive: true });
      await rename(backup!(n), data!(n));
      await appendSettings(data!(n), {
        restore_command: `'cp ${log!(n)}/%f %p'`,
        recovery_target_name: `'${point}'`,
        recovery_target_action: "'promote'",
      });
      const signal = join(data!(n), 'recovery.signal');
      await writeFile(signal, '');
      await give(privileges, signal);
      await all.start(n);
      const sql = connect(`postgres://postgres@127.0.0.1:${String(ports[n])}/postgres`, { max: 1 });
      while ((await sql`select pg_is_in_recovery() as is`)[0]!['is'] === true) await delay(50);
      await sql.end();
    },
    async close() {
      for (const server of servers) await end(server, 'SIGQUIT');
      await rm(root, { recursive: true, force: true, maxRetries: 20 });
    },
  };
  try {
    for (let n = 0; n < count; n += 1) {
      const port = await lastingPort();
      await makeServer(privileges, data!(n), port);
      if (keepsLog) {
        await mkdir(log!(n));
        await give(privileges, log!(n));
        await appendSettings(data!(n), { archive_mode: 'on', archive_command: `'cp %p ${log!(n)}/%f'` });
      }
      ports.push(port);
      await all.start(n);
    }
    return all;
  } catch (error) {
    await all.close();
    throw error;
  }
}

/** Starts the servers and makes one database of them. */
export async function startCluster({ workers = 2, keepsLog = false } = {}): Promise<Cluster> {
  const servers = await startServers(workers + 1, { keepsLog });
  try {
    const urls = servers.ports.map((port) => `postgres://postgres@127.0.0.1:${String(port)}/fhir`);
    await Promise.all(urls.map(makeDatabase));
    await unite(urls[0]!, servers.ports);
    return {
      ...{ url: urls[0]!, servers, close: () => servers.close() },
      killWorker: () => servers.kill(workers),
      startWorker: () => servers.start(workers),
    };
  } catch (error) {
    await servers.close();
    throw error;
  }
}

async function give({ owner }: Privileges, path: string): Promise<void> {
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  await chmod(path, 0o700);
}

async function makeServer(privileges: Privileges, directory: string, port: number): Promise<void> {
  await mkdir(directory);
  await give(privileges, directory);
  const { spawnAs, wrap } = privileges;
  const init = ['-D', directory, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'];
  const [initdb, ...args] = wrap([join(programs!, 'initdb'), ...init]);
  await promisify(execFile)(initdb!, args, spawnAs);
  await appendSettings(directory, { ...settings, port: String(port) });
}

async function appendSettings(directory: string, given: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries(given).map((entry) => entry.join(' = '));
  await appendFile(join(directory, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
}

async function startServer(privileges: Privileges, directory: string, port: number): Promise<ChildProcess> {
  const { spawnAs, wrap } = privileges;
  const [postgres, ...parameters] = wrap([join(programs!, 'postgres'), '-D', directory]);
  const server = spawn(postgres!, parameters, { stdio: ['ignore', 'ignore', 'pipe'], ...spawnAs });
  let log = '';
  server.stderr.on('data', (text: Buffer) => {
    log = `${log}${text.toString()}`.slice(-4_000);
  });
  const endWithUs = (): void => {
    server.kill('SIGQUIT');
  };
  process.once('exit', endWithUs);
  server.once('exit', () => process.removeListener('exit', endWithUs));
  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`A server with Citus does not start:\n${log}`);
    await delay(50);
  }
  return server;
}

async function answers(port: number): Promise<boolean> {
  const sql = connect(`postgres://postgres@127.0.0.1:${String(port)}/postgres`, { max: 1, connectTimeout: 1 });
  return sql`select 1`
    .then(
      () => true,
      () => false,
    )
    .finally(() => sql.end({ timeout: 1 }));
}

/** One server with the same settings and an empty database, which knows nothing of the extension. */
export async function startOne(): Promise<Pick<Cluster, 'url' | 'servers' | 'close'>> {
  const servers = await startServers(1);
  const url = `postgres://postgres@127.0.0.1:${String(servers.ports[0])}/fhir`;
  await createDatabase(url);
  return { url, servers, close: () => servers.close() };
}

async function createDatabase(url: string): Promise<void> {
  const server = connect(url.replace(/fhir$/, 'postgres'), { max: 1 });
  await server.unsafe('create database fhir').finally(() => server.end());
}

async function makeDatabase(url: string): Promise<void> {
  await createDatabase(url);
  const sql = connect(url, { max: 1 });
  await sql.unsafe('create extension citus').finally(() => sql.end());
}

async function unite(url: string, [own, ...others]: readonly number[]): Promise<void> {
  const sql = connect(url, { max: 1 });
  try {
    await sql`select citus_set_coordinator_host('127.0.0.1', ${own!}::int)`;
    for (const port of others) await sql`select citus_add_node('127.0.0.1', ${port}::int)`;
  } finally {
    await sql.end();
  }
}
