/** Two nodes of the platform over one database, each of which can be killed, and a receiver in a process of its own. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, databaseUrl, startEmbedded, type EmbeddedPostgres } from '@dhp/postgres';
import { getToken, openHome, type Credentials, type Home, type Platform } from '../../platform.ts';
import { freePort, servers } from '../../processes.ts';
import type { Heard } from './heard.ts';

/** `worker`: the process of the second node that makes and delivers events, and answers nothing. `primary`: the whole machine, where there is another one. */
export type Victim = 'first node' | 'second node' | 'worker' | 'PostgreSQL' | 'primary';

export interface Ground {
  /** Base URLs of the FHIR endpoint at each node. */
  readonly nodes: readonly string[];
  /** Of the database of the playground, at the server that is the primary now. */
  readonly database: () => Promise<string>;
  readonly receiver: Receiver;
  /** Whether there is a machine that takes over from the one of the primary. */
  readonly hasPair: boolean;
  readonly version: string;
  readonly token: () => string;
  /** `kill -9`. Servers are started again by their supervisors, PostgreSQL here; resolves when the victim is back. */
  kill(victim: Victim): Promise<void>;
  close(): Promise<void>;
}

export interface Receiver {
  url(path: string): string;
  heard(): Promise<Heard>;
  /** The time at which the latest of what came at good addresses was stored, and how many events came there, repeats counted. */
  progress(): Promise<{ readonly latest: number; readonly events: number }>;
}

/** Milliseconds. Tokens are requested again long before they end. */
const tokenEvery = 60_000;

/** Where the databases of the platform are. */
export interface Database {
  /** With the login by which the platform makes them. */
  readonly url: string;
  readonly version: string;
  /** Of one who may read all, at the server that is the primary now. @param end of the name of the database, such as `_playground` */
  superuser(end: string): Promise<string>;
  /** `kill -9` of PostgreSQL; resolves when it answers again. */
  kill(): Promise<void>;
  /** The machine of the primary is gone; resolves when the other one is the primary, and the first one is its standby. */
  readonly failOver?: () => Promise<void>;
  close(): Promise<void>;
}

/** @param openDatabase in a folder of its own */
export async function openGround(openDatabase: (folder: string) => Promise<Database> = openPostgres): Promise<Ground> {
  const closes: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closes.splice(0).reverse()) await one();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'dhp-proof-'));
    // Disks of a pair are mounted there, and end with their namespaces.
    closes.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined));
    const postgres = await openDatabase(join(directory, 'postgres'));
    closes.push(() => postgres.close());
    const receiver = await startReceiver();
    closes.push(() => receiver.close());
    const { homes, platforms } = await startNodes(postgres.url, receiver.host, closes);
    const client = await homes[0]!.createClient();
    const token = await keptToken(platforms[0]!.urls.sso, client);
    closes.push(() => {
      token.end();
      return Promise.resolve();
    });
    const processes = await processesOf(platforms);
    return {
      nodes: homes.map(({ environment }) => `http://localhost:${environment['DHP_PORT']!}/fhir`),
      database: () => postgres.superuser('_playground'),
      receiver,
      hasPair: postgres.failOver !== undefined,
      version: postgres.version,
      token: token.now,
      async kill(victim) {
        if (victim === 'PostgreSQL') return postgres.kill();
        if (victim === 'primary') return postgres.failOver?.();
        const n = victim === 'first node' ? 0 : 1;
        await processes.kill(victim);
        await ready(`http://localhost:${homes[n]!.environment['DHP_PORT']!}/fhir/readyz`);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const name = 'dhp_proof';

/** Processes that are killed, and found again when their supervisor has started them again. */
async function processesOf(platforms: readonly Platform[]): Promise<{ kill(victim: Served): Promise<void> }> {
  const [one, two] = platforms.map(({ pid }) => pid) as [number, number];
  const [first] = await playgroundsOf(one);
  // The one that does jobs alone is started behind those that answer.
  const [second, worker] = await playgroundsOf(two);
  const pids = { 'first node': first!, 'second node': second!, worker: worker! };
  /** The process of a victim other than one that was; a server that begins while the database is away ends, and is started again by its supervisor. */
  const found = async (victim: Served, other?: number): Promise<number> => {
    const supervisor = victim === 'first node' ? one : two;
    const others = new Set(Object.entries(pids).flatMap(([of, pid]) => (of === victim ? [] : pid)));
    const end = performance.now() + 60_000;
    while (performance.now() < end) {
      const [now] = (await playgroundsOf(supervisor)).filter((pid) => !others.has(pid) && pid !== other);
      if (now !== undefined) return now;
      await delay(50);
    }
    throw new Error('a server that was killed did not come back');
  };
  return {
    async kill(victim) {
      let pid = await found(victim);
      // One that ends by itself at this moment is another one then.
      while (!isKilled(pid)) pid = await found(victim, pid);
      pids[victim] = await found(victim, pid);
    },
  };
}

/** @returns false of one that is gone already */
function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

type Served = 'first node' | 'second node' | 'worker';

async function playgroundsOf(supervisor: number): Promise<number[]> {
  return ((await servers(supervisor)).get('playground') ?? []).sort((a, b) => a - b);
}

async function ready(readyz: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    if ((await fetch(readyz).catch(() => undefined))?.status === 200) return;
    await delay(50);
  }
  throw new Error('a server that was killed did not come back');
}

/** At the same port after each kill. */
async function openPostgres(directory: string): Promise<Database> {
  let server: EmbeddedPostgres = await startEmbedded({ directory, attach: false });
  const { url, port } = server;
  const sql = connect(url, { max: 1 });
  await sql.unsafe(`create database ${name}`);
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  return {
    url: databaseUrl(url, name),
    superuser: (end) => Promise.resolve(databaseUrl(url, `${name}${end}`)),
    version: row!.server_version.split(' ')[0]!,
    async kill() {
      const pid = await readFile(join(directory, 'data', 'postmaster.pid'), 'latin1');
      process.kill(Number(pid.split('\n')[0]), 'SIGKILL');
      await server.exited;
      server = await startEmbedded({ directory, attach: false, port, waitForOwner: 60_000 });
    },
    close: () => server.stop(),
  };
}

async function startNodes(
  postgres: string,
  host: string,
  closes: (() => Promise<unknown>)[],
): Promise<{ homes: Home[]; platforms: Platform[] }> {
  const [sso, first, second] = [await freePort(), await freePort(), await freePort()];
  const shared = {
    DATABASE_URL: postgres,
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${String(sso)}`,
    DHP_PLAYGROUND_URL: `http://localhost:${String(first)}/fhir`,
    DHP_SSO_PORT: String(sso),
    ...{ DHP_IF_MATCH: 'optional', DHP_FHIR_CLIENT_RATE: '0', DHP_OUTBOUND_HOSTS: host },
  };
  const homes: Home[] = [];
  const platforms: Platform[] = [];
  for (const [role, port, jobs] of [
    ['sso,fhir', first, 'on'],
    ['fhir', second, 'process'],
  ] as const) {
    const own = { DHP_ROLE: role, DHP_PORT: String(port), DHP_JOBS: jobs };
    const home = await openHome({ environment: { ...shared, ...own } });
    closes.push(() => home.close());
    homes.push(home);
    platforms.push(await home.start());
  }
  return { homes, platforms };
}

async function keptToken(sso: string, client: Credentials): Promise<{ now: () => string; end: () => void }> {
  let token = await getToken(sso, client);
  const timer = setInterval(() => {
    // While the database is away the one that is there continues.
    getToken(sso, client).then(
      (found) => (token = found),
      () => undefined,
    );
  }, tokenEvery).unref();
  return {
    now: () => token,
    end: () => {
      clearInterval(timer);
    },
  };
}

export async function startReceiver(): Promise<Receiver & { readonly host: string; close(): Promise<void> }> {
  const file = fileURLToPath(new URL('receiver.ts', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const host = `127.0.0.1:${port.toString().trim()}`;
  // On a busy machine a connection that was kept may end at the moment in which it is used again.
  const ask = (path: string): Promise<Response> => fetch(`http://${host}/${path}`);
  const asked = async <T>(path: string): Promise<T> => (await (await ask(path).catch(() => ask(path))).json()) as T;
  return {
    host,
    url: (path) => `http://${host}/${path}`,
    heard: () => asked('heard'),
    progress: () => asked('progress'),
    async close() {
      child.stdin.end();
      await Promise.race([once(child, 'exit'), delay(5_000)]);
      child.kill('SIGKILL');
    },
  };
}
