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

/** A running program, and its output so far. */
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

/** A program in a separate process. */
export interface Launched extends Program {
  readonly child: ChildProcess;
}

/** Arguments that give a process the random values of `npm test -- --odd-values`; an empty list without that option. */
export function oddValues(): string[] {
  if (process.env['DHP_TEST_ODD_VALUES'] === undefined) return [];
  return ['--import', new URL('../scripts/test/odd-values.mjs', import.meta.url).href];
}

/**
 * The environment of this process without variables that would change a platform: settings of the developer must not affect the platform
 * under test.
 */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(DHP_|DATABASE_URL$|NODE_OPTIONS$|NODE_TEST|LANG$|LC_)/.test(name),
    ),
  );
}

/**
 * Runs Node with these arguments in the environment of `inheritedEnvironment`.
 * @param input standard input of the process; undefined: empty
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
 * A free port that stays free until it is used: it is below the range for outgoing connections, and while this process runs no other
 * process gets it from here. A UDP socket with the same number reserves it and disturbs nothing.
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

/** @returns whether it listens; false if the port is in use */
function binds(one: EventEmitter, begin: () => unknown): Promise<boolean> {
  return new Promise((resolve) => {
    one.once('error', () => resolve(false)).once('listening', () => resolve(true));
    begin();
  });
}

/** Waits until a process has ended. Only its parent is notified of its end, so this polls. */
export async function gone(pid: number, limit: number): Promise<boolean> {
  const deadline = Date.now() + limit;
  while (await isRunning(pid)) {
    if (Date.now() > deadline) return false;
    await delay(20);
  }
  return true;
}

/** A zombie has ended, too: its parent has not waited for it yet. */
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
 * The processes of a platform's servers, found on Linux by their command lines.
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
