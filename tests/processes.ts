/** Child processes of the suites: started with a clean environment, never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { EventEmitter } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type EnvironmentVariables = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A program that runs, and what it has said so far. */
export interface Program {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  /** Calls the function whenever it has written something. */
  heard(listener: () => void): void;
  /** Sends the signal; after `patience` milliseconds, SIGKILL. */
  end(signal: NodeJS.Signals, patience?: number): Promise<Ended>;
}

/** A program in a process of its own. */
export interface Launched extends Program {
  readonly child: ChildProcess;
}

/** Arguments by which a process has the random values of `npm test -- --odd-values`; none without it. */
export function oddValues(): string[] {
  if (process.env['DHP_TEST_ODD_VALUES'] === undefined) return [];
  return ['--import', new URL('../scripts/test/odd-values.mjs', import.meta.url).href];
}

/** The environment of this process without what would change a platform: the settings of who runs the tests are not those of the one under test. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(DHP_|DATABASE_URL$|NODE_OPTIONS$|NODE_TEST|LANG$|LC_)/.test(name),
    ),
  );
}

/**
 * Runs Node with these words, in the environment of `inheritedEnvironment`.
 * @param input what the process reads from its standard input; nothing when undefined
 */
export function launch(
  cwd: string,
  words: readonly string[],
  settings: EnvironmentVariables,
  input?: string,
): Launched {
  const child = spawn(process.execPath, [...oddValues(), ...words], {
    cwd,
    env: { ...inheritedEnvironment(), ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it may end without reading
  child.stdin.end(input);
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return {
    child,
    pid: child.pid!,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    heard(listener) {
      for (const stream of [child.stdout, child.stderr]) stream.on('data', listener);
    },
    async end(signal, patience) {
      child.kill(signal);
      const timer = patience === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), patience);
      const result = await ended;
      clearTimeout(timer);
      return result;
    },
  };
}

/** The only port of the range that `fetch` and browsers refuse. https://fetch.spec.whatwg.org/#port-blocking */
const refusedByFetch = 10_080;

/**
 * A free port that stays free until it is used: it is below those that the system gives to outgoing connections, and as long as this
 * process runs no other one gets it from here. What reserves it is a UDP socket of the same number, which is in nobody's way.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (port === refusedByFetch) continue;
    const reservation = createSocket('udp4').unref();
    if (!(await binds(reservation, () => reservation.bind({ port, address: '127.0.0.1', exclusive: true })))) continue;
    const server = createServer();
    if (await binds(server, () => server.listen(port, '127.0.0.1'))) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
    reservation.close();
  }
}

/** @returns whether it listens; false when the port is taken */
function binds(one: EventEmitter, begin: () => unknown): Promise<boolean> {
  return new Promise((resolve) => {
    one.once('error', () => resolve(false)).once('listening', () => resolve(true));
    begin();
  });
}

/** Waits until a process has ended. A process of another parent tells nobody of its end, so it is looked for. */
export async function gone(pid: number, limit: number): Promise<boolean> {
  const deadline = Date.now() + limit;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/** A zombie has ended too: only its parent has not looked yet. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return status === '' ? process.platform !== 'linux' : !/\) [ZX] /.test(status);
}

export type ServerName = 'sso' | 'playground' | 'production' | 'portal';

/**
 * The processes of the servers of a platform, as Linux tells them by their command lines.
 * @param platform the process of `dhp start`
 */
export async function servers(platform: number): Promise<Map<ServerName, number[]>> {
  const found = new Map<ServerName, number[]>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) !== platform || state === 'Z') continue;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).split('\0').filter(Boolean);
    const name = /^(sso|playground|production|portal)$/.exec(words.at(-1) ?? '')?.[1] as ServerName | undefined;
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), Number(pid)]);
  }
  return found;
}
