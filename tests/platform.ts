/**
 * A real platform for the suites and the benchmark: `dhp start` as a separate process, with a separate data directory and separate ports.
 * `openHome` makes the directory; all processes that it started end when it is closed, and when SIGTERM ends this process.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandKept, firsts, runKept, type Outcome } from './commands/kept-programs.ts';
import { beginMigrated } from './migrated-home.ts';
import { closedBySignals } from './open-homes.ts';
import { freePort, gone, launch, type Ended, type EnvironmentVariables, type Program } from './processes.ts';

const ownTree = fileURLToPath(new URL('..', import.meta.url));

/** How long a start may take before it counts as hung, in milliseconds; a busy machine is slow. */
const startLimit = 120_000;

export interface HomeOptions {
  /** The name of the data directory, for paths that are hard to handle; default `data`. */
  readonly name?: string;
  /** A data directory that exists, or is created, and is not removed. */
  readonly kept?: string;
  /**
   * `migrated`: in runs of `npm test` the directory already has its databases, as `dhp migrate` makes them, so that the first start takes
   * two thirds of the time. For tests of a running platform, not of its first start.
   */
  readonly begins?: 'migrated';
  /**
   * `together`: commands run in processes that are reused, except the first of each kind. For tests that run many commands and do not check
   * how they end. `all together`: the first as well, for tests of the output of commands that other tests run separately.
   */
  readonly commands?: 'together' | 'all together';
  /**
   * `kept`: the platform also runs in such a process, with its servers in it, so that no code is loaded again; so do all commands. For
   * tests of the answers of a platform, not of its processes, their end, or the output of each of them.
   */
  readonly programs?: 'kept';
  /** The servers of a start (DHP_ROLE), if a test needs only some: each is a process and takes a second of CPU. Default: all. */
  readonly serves?: 'sso' | 'sso,fhir';
  /** Settings of every process started here. */
  readonly environment?: EnvironmentVariables;
  /** The folder of the source tree whose platform runs; default: this one. */
  readonly tree?: string | undefined;
  /** `default`: leave the choice of ports to the platform. Otherwise free ports are set. */
  readonly ports?: 'default';
}

/** A data directory and the processes that use it. */
export interface Home {
  readonly data: string;
  readonly environment: EnvironmentVariables;
  /** Starts the platform and waits until it is ready. Rejects with all it said when it ends or hangs before. */
  start(environment?: EnvironmentVariables, nodeOptions?: readonly string[]): Promise<Platform>;
  /** Runs `dhp` with these words to its end. */
  run(words: readonly string[], environment?: EnvironmentVariables, input?: string): Promise<Outcome>;
  /** `run` with `--json`; the parsed object. Rejects unless the exit code is 0. */
  json<T>(words: readonly string[]): Promise<T>;
  /** Registers a client with all rights in an environment. */
  createClient(environment?: 'playground' | 'production', scope?: string): Promise<Credentials>;
  /** The process id of the embedded PostgreSQL from its lock file; undefined if there is none. */
  postmaster(): Promise<number | undefined>;
  /** Ends running processes and removes the directory. */
  close(): Promise<void>;
}

export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

export interface Platform {
  readonly pid: number;
  /** From the start of the process to ready, as the platform itself says. */
  readonly seconds: number;
  readonly urls: {
    readonly sso: string;
    readonly playground: string;
    readonly portal: string;
    readonly production?: string;
  };
  /** The client of the start's own, absent if DATABASE_URL names the database. */
  readonly demo: Credentials | undefined;
  /** Returns the text that it has written to standard error so far. */
  said(): string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** Resolves when it ends, for whatever reason. */
  readonly ended: Promise<Ended>;
}

/** Makes a temporary data directory. Close it at the end of the test. */
export async function openHome(options: HomeOptions = {}): Promise<Home> {
  const root = await mkdtemp(join(process.env['DHP_TEST_FOLDER'] ?? tmpdir(), 'dhp-home-'));
  const dhp = join(options.tree ?? ownTree, 'apps/dhp/src/main.ts');
  const data = options.kept ?? join(root, options.name ?? 'data');
  const environment: Record<string, string> = {
    ...{ DHP_DATA: data, DHP_SEED_PATIENTS: '0' },
    // On a busy machine many concurrent requests take longer than a client waits. Another tree need not have the setting.
    ...(options.tree === undefined && { DHP_CONCURRENCY: '0' }),
    ...options.environment,
  };
  if (options.serves !== undefined) environment['DHP_ROLE'] = options.serves;
  if (options.ports !== 'default') {
    environment['DHP_SSO_PORT'] ??= String(await freePort());
    environment['DHP_PORT'] ??= String(await freePort());
    if (environment['DHP_PRODUCTION'] === 'on') environment['DHP_PRODUCTION_PORT'] ??= String(await freePort());
  }
  if (options.begins === 'migrated') await beginMigrated(data, environment);
  const children: Program[] = [];
  const isKept = options.programs === 'kept';
  if (isKept && options.tree !== undefined) throw new Error('kept programs are those of this tree');
  const isFirst = firsts();
  // Tests check how a complete start ends.
  const isShared = (words: readonly string[]): boolean =>
    words[0] !== 'start' &&
    (isKept || options.commands === 'all together' || (options.commands === 'together' && !isFirst(words)));
  const home: Home = {
    data,
    environment,
    async start(extra, nodeOptions) {
      const settings = { ...environment, ...extra };
      const child = isKept
        ? await runKept(['start', '--json'], root, settings)
        : launch(root, [...(nodeOptions ?? []), dhp, 'start', '--json'], settings);
      children.push(child);
      return ready(child);
    },
    async run(words, extra, input) {
      const settings = { ...environment, ...extra };
      if (input === undefined && !words.includes('-') && isShared(words)) return commandKept(words, root, settings);
      const child = launch(root, [dhp, ...words], settings, input);
      children.push(child);
      const { code } = await child.ended;
      return { code, stdout: child.stdout(), stderr: child.stderr() };
    },
    async json<T>(words: readonly string[]) {
      const { code, stdout, stderr } = await home.run([...words, '--json']);
      if (code !== 0) throw new Error(`dhp ${words.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
      return JSON.parse(stdout) as T;
    },
    createClient: (where = 'playground', scope = 'system/*.cruds') =>
      home.json(['client', 'create', '--name', 'Test', '--scope', scope, '--environment', where]),
    postmaster: () => readPostmaster(data),
    close: () => (closing ??= close()),
  };
  let closing: Promise<void> | undefined;
  const closed = closedBySignals(home);
  async function close(): Promise<void> {
    await Promise.all(children.map((child) => child.end('SIGTERM', 15_000)));
    const pid = await readPostmaster(data);
    if (pid !== undefined) await gone(pid, 60_000);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
    closed();
  }
  return home;
}

/** Waits for the line that `dhp start --json` prints when all is ready. */
async function ready(started: Program): Promise<Platform> {
  const line = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`the platform ${why}\n${started.stderr()}${started.stdout()}`.trimEnd()));
    };
    const timer = setTimeout(() => {
      process.kill(started.pid, 'SIGKILL');
      fail(`was not ready after ${startLimit / 1000} s`);
    }, startLimit);
    started.heard(() => {
      const end = started.stdout().indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      resolve(started.stdout().slice(0, end));
    });
    started.ended.then(({ code, signal }) => fail(`ended with ${code ?? signal} before it was ready`), reject);
  });
  const { urls, seconds, client_id, client_secret } = JSON.parse(line) as Pick<Platform, 'urls' | 'seconds'> &
    Partial<Credentials>;
  return {
    pid: started.pid,
    seconds,
    urls,
    demo: client_id !== undefined && client_secret !== undefined ? { client_id, client_secret } : undefined,
    said: () => started.stderr(),
    end: (signal) => started.end(signal),
    ended: started.ended,
  };
}

/** Asks the token endpoint; the whole response. */
export function askToken(sso: string, client: Credentials, scope?: string): Promise<Response> {
  const { client_id, client_secret } = client;
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
  if (scope !== undefined) form.set('scope', scope);
  return fetch(`${sso}/oauth/token`, { method: 'POST', body: form });
}

/** An access token. @throws Error with the answer if the SSO refuses */
export async function getToken(sso: string, client: Credentials, scope?: string): Promise<string> {
  const response = await askToken(sso, client, scope);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`no token: ${response.status} ${text}`);
  return (JSON.parse(text) as { access_token: string }).access_token;
}

async function readPostmaster(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postgres', 'data', 'postmaster.pid'), 'latin1').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return pid > 0 ? pid : undefined;
}
