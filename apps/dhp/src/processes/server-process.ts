/** One process of a server, as `dhp start` sees it. */
import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Pools } from '@dhp/rate-limit';
import { fileURLToPath } from 'node:url';
import type { Accept } from '../front.ts';
import type { Progress } from '../progress.ts';
import type { Assignment, FromServer, Ready, ServerName, ToServer } from './messages.ts';
import { passLines } from './output.ts';
import { showProgress } from './remote-progress.ts';

export interface Ended {
  /** `exit code 1`, `SIGKILL` */
  readonly how: string;
  /** What the process said of it; absent when it said nothing. `name` is that of the error class. */
  readonly failure?: { readonly name: string; readonly message: string; readonly isTemporary: boolean };
}

export interface ServerProcess {
  readonly pid: number;
  /** Whether it takes connections. */
  readonly isReady: boolean;
  /** Connections that it has not taken yet. */
  readonly waiting: number;
  readonly accept: Accept;
  /**
   * Tells it what to serve. Resolves when it is ready; never when it ends before.
   * @param after it opens what it needs and serves when this has come; absent: at once
   */
  serve(assignment: Assignment, after?: Promise<unknown>): Promise<Ready>;
  /** Asks it to finish what is in flight, for at most so many milliseconds, and to end. */
  stop(drain: number): void;
  kill(): void;
  /** Resolves when it has ended and its output is written. */
  readonly ended: Promise<Ended>;
}

export interface ProcessOptions {
  readonly server: ServerName;
  readonly progress: Progress;
  /** What is left of the quotas that the processes of the server keep together. */
  readonly pools: Pools;
  /** Who gets a connection that the process ended before taking. */
  readonly again: Accept;
}

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts the process, which loads its program and waits for its assignment. It ends when this process ends, however that comes. */
export function startProcess({ server, progress, pools, again }: ProcessOptions): ServerProcess {
  const child = fork(program, [server], { env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const show = showProgress(progress);
  const queue: Socket[] = [];
  let passing: Socket | undefined;
  let isOpen = true;
  const ready = Promise.withResolvers<Ready>();
  let isReady = false;
  let failure: Ended['failure'];
  const send = (message: ToServer): void => {
    // It may have ended by now: that is told by `ended`.
    child.send(message, () => undefined);
  };
  /**
   * One at a time, and the socket is kept until the process has it: what Node queues or closes itself is lost when the process ends
   * meanwhile, and stays open, answered by nobody.
   */
  const pass = (): void => {
    if (passing !== undefined || !isOpen || queue.length === 0) return;
    const socket = queue.shift()!;
    passing = socket;
    child.send({ kind: 'connection' } satisfies ToServer, socket, { keepOpen: true }, (error) => {
      if (error !== null) close();
    });
  };
  /** Nothing more reaches the process. What it may have begun to read is nobody else's to answer. */
  const close = (): void => {
    isReady = isOpen = false;
    passing?.destroy();
    passing = undefined;
    for (const socket of queue.splice(0)) again(socket);
  };
  child.on('message', (message: FromServer) => {
    if (message.kind === 'ready') {
      isReady = true;
      ready.resolve(message.ready);
    } else if (message.kind === 'taken') {
      passing?.destroy();
      passing = undefined;
      pass();
    } else if (message.kind === 'failed') failure = message;
    else if (message.kind === 'borrow')
      send({ kind: 'lent', id: message.id, lent: pools.lend(message.loan, performance.now()) });
    else show(message);
  });
  child.once('disconnect', close);
  const output = Promise.all([
    passLines(child.stdout!, process.stdout, server),
    passLines(child.stderr!, process.stderr, server),
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
      return isReady;
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
        () => undefined, // whoever waits for that one ends all
      );
      return ready.promise;
    },
    stop(drain) {
      isReady = false;
      send({ kind: 'stop', drain });
    },
    kill: () => void child.kill('SIGKILL'),
    ended,
  };
}

/** Settings reach a server by its assignment alone, with the secrets that are its own. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DHP_|DATABASE_URL$|PG)/.test(name)));
}
