/** One process of a server, as `dhp start` sees it. */
import { fork } from 'node:child_process';
import type { Socket } from 'node:net';
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
  /** Who gets a connection that the process ended before taking. */
  readonly again: Accept;
}

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Starts the process, which loads its program and waits for its assignment. It ends when this process ends, however that comes. */
export function startProcess({ server, progress, again }: ProcessOptions): ServerProcess {
  const child = fork(program, [server], { env: environment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const show = showProgress(progress);
  const underWay = new Set<Socket>();
  const ready = Promise.withResolvers<Ready>();
  let isReady = false;
  let failure: Ended['failure'];
  const send = (message: ToServer): void => {
    // It may have ended by now: that is told by `ended`.
    child.send(message, () => undefined);
  };
  child.on('message', (message: FromServer) => {
    if (message.kind === 'ready') {
      isReady = true;
      ready.resolve(message.ready);
    } else if (message.kind === 'failed') failure = message;
    else show(message);
  });
  const output = Promise.all([
    passLines(child.stdout!, process.stdout, server),
    passLines(child.stderr!, process.stderr, server),
  ]);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message)); // it could not be started at all
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${String(code)}`));
  });
  const ended = exited.then(async (how): Promise<Ended> => {
    isReady = false;
    const left = [...underWay];
    underWay.clear();
    for (const socket of left) again(socket);
    await output;
    return { how, ...(failure && { failure }) };
  });
  return {
    pid: child.pid ?? 0,
    get isReady() {
      return isReady;
    },
    get waiting() {
      return underWay.size;
    },
    accept(socket) {
      underWay.add(socket);
      child.send({ kind: 'connection' } satisfies ToServer, socket, (error) => {
        if (underWay.delete(socket) && error !== null) again(socket);
      });
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
