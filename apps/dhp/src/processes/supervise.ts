/** A server and its processes: started, chosen for connections, started again when they end by accident, stopped. */
import { setTimeout as delay } from 'node:timers/promises';
import { createPools } from '@dhp/rate-limit';
import type { Accept } from '../front.ts';
import { spokenLanguage } from '../locale.ts';
import type { LogChange } from '../log/control.ts';
import { operationMessages } from '../texts/operation.ts';
import type { Progress } from '../progress.ts';
import type { Assignment, Ready, ServerName } from './messages.ts';
import { countRestarts, mostStarts } from './restarts.ts';
import { startProcess, usualPatience, type Ended, type ServerProcess } from './server-process.ts';

/** The part of an assignment that is the same for all processes of a server. */
export type CommonAssignment = Omit<Assignment, 'workers' | 'worker'>;

/** A server cannot start. The message is for the person at the terminal. */
export class ServerError extends Error {
  override name = 'ServerError';
}

/** One of its processes, for measurements. */
export interface SupervisedProcess extends Pick<ServerProcess, 'isReady' | 'waiting' | 'metrics'> {
  /** How often it was started. */
  readonly starts: number;
}

export interface SupervisedServer {
  /**
   * Gives the server its assignment, now and after each restart.
   * @param after at its first start it serves when this has resolved
   * @returns its report when all of its processes are ready for the first time
   * @throws the server's error if it cannot serve
   */
  serve(assignment: CommonAssignment, after?: Promise<unknown>): Promise<Ready>;
  /** Returns the ready process with the fewest connections in transit, in turn among equals; undefined if none is ready. */
  choose(): Accept | undefined;
  /** Its current processes. */
  processes(): readonly SupervisedProcess[];
  /** Changes the log of its processes, including those started later, from the settings; `{}`: back to the settings. */
  log(change: LogChange): void;
  /** Lets each process finish for at most this many milliseconds; one that then does not end is killed. */
  stop(drain: number): Promise<void>;
  /** Ends all processes at once. */
  kill(): void;
  /** Rejects with a ServerError when the server ended so often in a row that it is given up. */
  readonly lost: Promise<never>;
}

export interface SuperviseOptions {
  readonly server: ServerName;
  /** How many processes serve together. */
  readonly workers: number;
  /** Whether there is one more process, which gets no connections and works for the others. */
  readonly hasJobProcess?: boolean;
  readonly progress: Progress;
  /** Receives each connection that a process had not accepted when it ended. */
  readonly again: Accept;
}

/** The most connections that wait for a process, like the backlog of a listening socket; further ones are told to retry. */
const mostWaiting = 1_024;
/** Milliseconds that a process has after the drain to write remaining data and to end. */
const grace = 5_000;

/** Starts the processes, which load their program and wait for `serve`. */
export function supervise({ server, workers, hasJobProcess, progress, again }: SuperviseOptions): SupervisedServer {
  const said = operationMessages[spokenLanguage()].server;
  const title = said.titles[server];
  const pools = createPools(workers);
  let logged: LogChange = {};
  const start = (): ServerProcess => {
    const hangs = (step: 'spared' | 'killed'): void => {
      const { spared, killed } = usualPatience;
      const seconds = (step === 'spared' ? spared : spared + killed) / 1000;
      const sentence = step === 'spared' ? said.spared : said.hangs;
      progress.say(sentence({ server: title, process: one.pid, seconds }));
    };
    const one = startProcess({ server, progress, pools, again, hangs });
    if (Object.keys(logged).length > 0) one.log(logged);
    return one;
  };
  const processes = Array.from({ length: workers + (hasJobProcess === true ? 1 : 0) }, start);
  const starts = processes.map(() => 1);
  const lost = Promise.withResolvers<never>();
  // Code that awaits it gets the error; nothing awaits it while the platform starts or stops.
  lost.promise.catch(() => undefined);
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let turn = 0;

  /** Keeps one process running after it was first ready. */
  async function keepRunning(slot: number, assignment: Assignment): Promise<void> {
    const restarts = countRestarts();
    let readyAt: number | undefined = performance.now();
    for (;;) {
      const { pid, ended } = processes[slot]!;
      const end = await ended;
      if (isStopping()) return;
      const servedFor = readyAt === undefined ? 0 : performance.now() - readyAt;
      const next = restarts.ended(servedFor, end.failure?.isTemporary === true);
      const about = { server: title, process: pid, reason: reason(end) };
      if (next === undefined) {
        lost.reject(new ServerError(said.givenUp({ ...about, starts: mostStarts })));
        return;
      }
      const soon = next.delay === 0 ? said.atOnce : said.soon({ seconds: next.delay / 1000 });
      progress.say(said.again({ ...about, soon, attempt: next.attempt }));
      await delay(next.delay, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (isStopping()) return;
      const begun = performance.now();
      const again = (processes[slot] = start());
      starts[slot]! += 1;
      readyAt = undefined;
      void again.serve(assignment).then(() => {
        readyAt = performance.now();
        progress.say(said.servesAgain({ server: title, seconds: ((readyAt - begun) / 1000).toFixed(1) }));
      });
    }
  }

  async function firstReady(slot: number, assignment: Assignment, after?: Promise<unknown>): Promise<Ready> {
    const first = processes[slot]!;
    const failed = first.ended.then((end) => {
      throw failureOf(title, end);
    });
    failed.catch(() => undefined);
    const ready = await Promise.race([first.serve(assignment, after), failed]);
    void keepRunning(slot, assignment);
    return ready;
  }

  return {
    async serve(assignment, after) {
      const [ready] = await Promise.all(
        processes.map((_, worker) => firstReady(worker, { ...assignment, workers, worker }, after)),
      );
      return ready!;
    },
    choose() {
      let best: ServerProcess | undefined;
      turn += 1;
      for (let n = 0; n < workers; n += 1) {
        const one = processes[(turn + n) % workers]!;
        if (one.isReady && one.waiting < mostWaiting && (best === undefined || one.waiting < best.waiting)) best = one;
      }
      return best?.accept;
    },
    processes: () =>
      processes.map((one, slot) => ({
        isReady: one.isReady,
        waiting: one.waiting,
        starts: starts[slot]!,
        metrics: () => one.metrics(),
      })),
    log(change) {
      logged = change;
      for (const one of processes) one.log(change);
    },
    async stop(drain) {
      stopping.abort();
      await Promise.all(
        processes.map(async (one) => {
          one.stop(drain);
          const timer = setTimeout(() => {
            progress.say(said.late({ server: title, process: one.pid }));
            one.kill();
          }, drain + grace);
          await one.ended;
          clearTimeout(timer);
        }),
      );
    },
    kill() {
      stopping.abort();
      for (const one of processes) one.kill();
    },
    lost: lost.promise,
  };
}

function reason({ how, failure }: Ended): string {
  return failure === undefined ? ` (${how})` : `: ${failure.message.replace(/\.$/, '')}`;
}

/** Like the error that the server itself would have thrown: its name shows whether the message is for people. */
function failureOf(title: string, { how, failure }: Ended): Error {
  const { ended } = operationMessages[spokenLanguage()].server;
  if (failure === undefined) return new ServerError(ended({ server: title, how }));
  return Object.assign(new Error(failure.message), { name: failure.name });
}
