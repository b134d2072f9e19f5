/** Two nodes of the platform over one PostgreSQL, each of which can be killed, and a receiver in a process of its own. */
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
import { freePort } from '../../processes.ts';
import { processOf } from '../process-memory.ts';
import type { Heard } from './heard.ts';

export type Victim = 'first node' | 'second node' | 'PostgreSQL';

export interface Ground {
  /** Base URLs of the FHIR endpoint at each node. */
  readonly nodes: readonly string[];
  /** Of the database of the playground. */
  readonly database: string;
  readonly receiver: Receiver;
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

/** Milliseconds. Tokens are asked for anew long before they end. */
const tokenEvery = 60_000;

export async function openGround(): Promise<Ground> {
  const closes: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closes.splice(0).reverse()) await one();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'dhp-proof-'));
    closes.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    const postgres = await openPostgres(join(directory, 'postgres'));
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
    return {
      nodes: homes.map(({ environment }) => `http://localhost:${environment['DHP_PORT']!}/fhir`),
      database: databaseUrl(postgres.url, `${name}_playground`),
      receiver,
      version: postgres.version,
      token: token.now,
      async kill(victim) {
        if (victim === 'PostgreSQL') return postgres.kill();
        const n = victim === 'first node' ? 0 : 1;
        const before = await processOf(platforms[n]!.pid, 'playground');
        process.kill(before, 'SIGKILL');
        await startedAgain(
          platforms[n]!.pid,
          before,
          `http://localhost:${homes[n]!.environment['DHP_PORT']!}/fhir/readyz`,
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const name = 'dhp_proof';

/** Waits until another process serves than that which was killed. */
async function startedAgain(supervisor: number, before: number, readyz: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    await delay(50);
    const now = await processOf(supervisor, 'playground').catch(() => before);
    if (now === before) continue;
    const answer = await fetch(readyz).catch(() => undefined);
    if (answer?.status === 200) return;
  }
  throw new Error('a server that was killed did not come back');
}

interface KilledPostgres {
  readonly url: string;
  readonly version: string;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** At the same port after each kill. */
async function openPostgres(directory: string): Promise<KilledPostgres> {
  let server: EmbeddedPostgres = await startEmbedded({ directory, attach: false });
  const { url, port } = server;
  const sql = connect(url, { max: 1 });
  await sql.unsafe(`create database ${name}`);
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  await sql.end();
  return {
    url,
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
    DATABASE_URL: databaseUrl(postgres, name),
    DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    DHP_SSO_URL: `http://localhost:${String(sso)}`,
    DHP_PLAYGROUND_URL: `http://localhost:${String(first)}/fhir`,
    DHP_SSO_PORT: String(sso),
    ...{ DHP_IF_MATCH: 'optional', DHP_FHIR_CLIENT_RATE: '0', DHP_OUTBOUND_HOSTS: host },
  };
  const homes: Home[] = [];
  const platforms: Platform[] = [];
  for (const [role, port] of [
    ['sso,fhir', first],
    ['fhir', second],
  ] as const) {
    const home = await openHome({ environment: { ...shared, DHP_ROLE: role, DHP_PORT: String(port) } });
    closes.push(() => home.close());
    homes.push(home);
    platforms.push(await home.start());
  }
  return { homes, platforms };
}

async function keptToken(sso: string, client: Credentials): Promise<{ now: () => string; end: () => void }> {
  let token = await getToken(sso, client);
  const timer = setInterval(() => {
    // While the database is away the one that is there goes on.
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

async function startReceiver(): Promise<Receiver & { readonly host: string; close(): Promise<void> }> {
  const file = fileURLToPath(new URL('receiver.ts', import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  const host = `127.0.0.1:${port.toString().trim()}`;
  const asked = async <T>(path: string): Promise<T> => (await (await fetch(`http://${host}/${path}`)).json()) as T;
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
