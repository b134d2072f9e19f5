/** One process of a server, as `dhp start` sees it. */
import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Pools } from '@dhp/rate-limit';
import { fileURLToPath } from 'node:url';
import type { Accept } from '../front.ts';
import type { Progress } from '../progress.ts';
import type { LogChange } from '../log/control.ts';
import type { Assignment, FromServer, Ready, SentMetrics, ServerName, ToServer } from './messages.ts';
import { boundedOutput } from './bounded-output.ts';
import { passLines } from './output.ts';
import { showProgress } from './remote-progress.ts';

export interface Ended {
  /** `exit code 1`, `SIGKILL` */
  readonly how: string;
  /** The error that the process reported before it ended, if any. `name` is that of the error class. */
  readonly failure?: { readonly name: string; readonly message: string; readonly isTemporary: boolean };
}

export interface ServerProcess {
  readonly pid: number;
  /** Whether it accepts connections. */
  readonly isReady: boolean;
  /** Connections that it has not accepted yet. */
  readonly waiting: number;
  readonly accept: Accept;
  /**
   * Gives it its assignment. Resolves when it is ready; never if it ends before.
   * @param after it opens its parts and serves when this has resolved; absent: at once
   */
  serve(assignment: Assignment, after?: Promise<unknown>): Promise<Ready>;
  /** Requests its metrics; undefined if it has none, or does not answer within two seconds. */
  metrics(): Promise<SentMetrics | undefined>;
  /** Changes its log from its settings. */
  log(change: LogChange): void;
  /** Asks it to finish requests in flight, for at most this many milliseconds, and to end. */
  stop(drain: number): void;
  kill(): void;
  /** Resolves when it has ended and its output is written. */
  readonly ended: Promise<Ended>;
}

export interface ProcessOptions {
  readonly server: ServerName;
  readonly progress: Progress;
  /** Quotas that the processes of the server share. */
  readonly pools: Pools;
  /** Receives each connection that the process did not take. */
  readonly again: Accept;
  /** Called when the process hangs: it gets no connections for now, or is killed. */
  readonly hangs: (step: 'spared' | 'killed') => void;
  readonly patience?: Patience;
}

/** Milliseconds within which a process must accept a connection that it was passed. */
export interface Patience {
  /** After this time, it gets no further ones until it does. */
  readonly spared: number;
  /** After these on top, it is killed: it is stopped, or computes without end. */
  readonly killed: number;
}

export const usualPatience: Patience = { spared: 10_000, killed: 50_000 };

/** Milliseconds within which a process must return its metrics. */
const metricsPatience = 2_000;

const program = fileURLToPath(new URL('../servers/main.ts', import.meta.url));

/** Starts the process, which loads its program and waits for its assignment. It ends when this process ends, in whatever way. */
export function startProcess(options: ProcessOptions): ServerProcess {
  const { server, progress, pools, again, hangs, patience = usualPatience } = options;
  const child = fork(program, [server], {
    env: environment(),
    execArgv: nodeOptions(server),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const show = showProgress(progress);
  const queue: Socket[] = [];
  let passing: Socket | undefined;
  let isOpen = true;
  const ready = Promise.withResolvers<Ready>();
  let isReady = false;
  let isHanging = false;
  let watch: NodeJS.Timeout | undefined;
  let failure: Ended['failure'];
  const asked = new Map<number, (metrics: SentMetrics | undefined) => void>();
  let lastAsked = 0;
  const send = (message: ToServer): void => {
    // It may have ended by now: `ended` reports that.
    child.send(message, () => undefined);
  };
  /**
   * One at a time, and the socket is kept until the process has it: sockets that Node queues or closes itself are lost if the process ends
   * meanwhile, and stay open without an answer.
   */
  const pass = (): void => {
    if (passing !== undefined || !isOpen || queue.length === 0) return;
    const socket = queue.shift()!;
    passing = socket;
    watch = setTimeout(hang, patience.spared);
    child.send({ kind: 'connection' } satisfies ToServer, socket, { keepOpen: true }, (error) => {
      if (error !== null) close();
    });
  };
  const taken = (): void => {
    clearTimeout(watch);
    isHanging = false;
    passing?.destroy();
    passing = undefined;
  };
  /** Gives the connections that wait behind the one that is not accepted to another process, or has them refused with a retry. */
  const hang = (): void => {
    isHanging = true;
    hangs('spared');
    for (const socket of queue.splice(0)) again(socket);
    watch = setTimeout(() => {
      hangs('killed');
      child.kill('SIGKILL');
    }, patience.killed);
  };
  /** Nothing more reaches the process. No other process can answer a request that it may have begun to read. */
  const close = (): void => {
    isReady = isOpen = false;
    taken();
    for (const socket of queue.splice(0)) again(socket);
    for (const resolve of asked.values()) resolve(undefined);
    asked.clear();
  };
  child.on('message', (message: FromServer) => {
    if (message.kind === 'ready') {
      isReady = true;
      ready.resolve(message.ready);
    } else if (message.kind === 'taken') {
      taken();
      pass();
    } else if (message.kind === 'failed') failure = message;
    else if (message.kind === 'measured') asked.get(message.id)?.(message.metrics);
    else if (message.kind === 'borrow')
      send({ kind: 'lent', id: message.id, lent: pools.lend(message.loan, performance.now()) });
    else show(message);
  });
  child.once('disconnect', close);
  const output = Promise.all([
    passLines(child.stdout!, boundedOutput(process.stdout), server),
    passLines(child.stderr!, boundedOutput(process.stderr), server),
  ]);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message)); // it could not be started at all
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  const ended = exited.then(async (how): Promise<Ended> => {
    close();
    await output;
    return { how, ...(failure && { failure }) };
  });
  return {
    pid: child.pid ?? 0,
    get isReady() {
      return isReady && !isHanging;
    },
    get waiting() {
      return queue.length + Number(passing !== undefined);
    },
    accept(socket) {
      queue.push(socket);
      pass();
    },
    serve(assignment, after) {
      send({ kind: 'serve', assignment, waits: after !== undefined });
      after?.then(
        () => send({ kind: 'go' }),
        () => undefined, // a failure ends the start in the code that awaits it
      );
      return ready.promise;
    },
    metrics() {
      if (!isReady) return Promise.resolve(undefined);
      const id = (lastAsked += 1);
      const { promise, resolve } = Promise.withResolvers<SentMetrics | undefined>();
      asked.set(id, resolve);
      send({ kind: 'measure', id });
      const timer = setTimeout(resolve, metricsPatience);
      return promise.finally(() => {
        clearTimeout(timer);
        asked.delete(id);
      });
    },
    log: (change) => {
      send({ kind: 'log', change });
    },
    stop(drain) {
      isReady = false;
      send({ kind: 'stop', drain });
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}

/**
 * A FHIR server begins with the largest young generation that V8 uses by itself. V8 grows it if much survives; of reads nearly nothing
 * does, so that it stayed small and was collected all the time. The operator's own option has precedence:
 * docs/decisions/0174-young-generation.md
 */
export function nodeOptions(
  server: ServerName,
  given: readonly string[] = process.execArgv,
  ofEnvironment = process.env['NODE_OPTIONS'] ?? '',
): string[] {
  const isSaid = [...given, ofEnvironment].some((option) => /semi[-_]space/.test(option));
  const isFhir = server === 'production' || server === 'playground';
  return isFhir && !isSaid ? ['--min-semi-space-size=16', ...given] : [...given];
}

/** Settings reach a server only by its assignment, with its own secrets. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DHP_|DATABASE_URL$|PG)/.test(name)));
}
