/**
 * Takes jobs and does them, one of each kind at a time, beside all other servers of the environment that do: a job that takes hours keeps none of another
 * kind waiting. docs/decisions/0091-jobs.md
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobStore } from '@dhp/fhir-store/jobs';
import { Holding, mostAttempts, type Pace, type Running } from './holding.ts';

/** The result of an attempt: an outcome, with the part with which it begins; or it is to be tried again, after some seconds. */
export type Result =
  | { readonly outcome: unknown; readonly first: number; readonly minutes?: number | undefined }
  | { readonly again: number };

export interface WorkerOptions {
  readonly store: JobStore;
  /** Carries out the jobs of each kind. An error of it is reported, and the job is tried again. */
  readonly kinds: Readonly<Record<string, (running: Running) => Promise<Result>>>;
  /** The outcome of a job that has failed as often as it may. */
  readonly givenUp: (running: Running) => Promise<Result>;
  /** Minutes for which the result of a job is kept, unless its result says otherwise. */
  readonly minutes: number;
  /** Is called when jobs may have been removed: with the id of one that was, or for those whose time is over. */
  readonly removed?: (id?: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly pace?: Partial<Pace>;
}

const usualPace: Pace = {
  lease: 30_000,
  sign: 2_000,
  listening: 60_000,
  idle: 5_000,
  share: 0.5,
  backoff: 2_000,
};

export interface Worker {
  /** There may be something to do. */
  wake(): void;
  /** The job was stopped. */
  stopped(id: string): void;
  /** Gives the job that it has back, and ends. */
  close(): Promise<void>;
}

export function openWorker(options: WorkerOptions): Worker {
  const { store, kinds, onError, removed } = options;
  const pace = { ...usualPace, ...options.pace };
  const holder = randomUUID();
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const held = new Set<Holding>();
  let woken = Promise.withResolvers<undefined>();

  const wake = (): void => {
    woken.resolve(undefined);
    woken = Promise.withResolvers();
  };
  const listener = store.listenForJobs(wake);

  /** @param heard resolves when there may be something to do */
  async function idle(kind: string, heard: Promise<undefined>): Promise<void> {
    const due = (await store.nextJobDue([kind]).catch(() => undefined)) ?? Infinity;
    const longest = listener.isListening ? pace.listening : pace.idle;
    const over = new AbortController();
    const rest = Math.min(longest, Math.max(shortest, 1000 * due));
    const rested = delay(rest, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    await Promise.race([rested, heard]);
    over.abort();
  }

  async function next(kind: string): Promise<boolean> {
    const job = await store.claimJob(holder, { kinds: [kind], lease: pace.lease });
    if (job === undefined) return false;
    const attempt = { id: job.id, attempt: job.attempt, holder };
    if (isClosing()) return store.leaveJob(attempt, 0).then(() => false);
    const holding = new Holding(store, job, attempt, pace, () => held.size);
    held.add(holding);
    try {
      await work(options, holding, pace);
    } finally {
      holding.close();
      held.delete(holding);
    }
    return true;
  }

  const remove = beside(removed, onError, closing.signal);
  let sweptAt = -Infinity;
  async function sweep(): Promise<void> {
    if (performance.now() - sweptAt < sweepEvery) return;
    sweptAt = performance.now();
    await store.sweepJobs();
    remove();
  }

  async function run(kind: string): Promise<void> {
    while (!isClosing()) {
      // Notifications from here on wake the worker.
      const heard = woken.promise;
      try {
        await sweep();
        if (await next(kind)) continue;
      } catch (error) {
        onError(error);
      }
      if (!isClosing()) await idle(kind, heard);
    }
  }

  const running = Object.keys(kinds).map(run);
  return {
    wake,
    stopped: (id) => {
      for (const holding of held) if (holding.job.id === id) holding.end('stops');
    },
    async close() {
      closing.abort();
      listener.close();
      for (const holding of held) holding.end('closes');
      wake();
      await Promise.all(running);
    },
  };
}

/** Begins work that nobody waits for, unless it is still under way: storage that is slow, or away, keeps no job waiting. */
function beside(
  work: (() => Promise<void>) | undefined,
  onError: (error: unknown) => void,
  closing: AbortSignal,
): () => void {
  let underWay: Promise<void> | undefined;
  return () => {
    underWay ??= work?.()
      .catch((error: unknown) => {
        if (!closing.aborted) onError(error);
      })
      .finally(() => (underWay = undefined));
  };
}

const sweepEvery = 60_000;
/** Milliseconds: another server may be about to take a due job. */
const shortest = 20;

/** Does a job, and says its result, as long as it is the holder's. */
async function work(
  { store, kinds, givenUp, minutes, removed, onError }: WorkerOptions,
  held: Holding,
  pace: Pace,
): Promise<void> {
  const { job, attempt } = held;
  const backoff = (pace.backoff / 1000) * 2 ** (job.tries - 1);
  const run = job.tries > mostAttempts ? givenUp : kinds[job.kind]!;
  const result = await run(held).catch((error: unknown): Result => {
    if (!held.signal.aborted) onError(error);
    return { again: backoff };
  });
  if (held.reason === 'lost') return;
  const drop = async (): Promise<void> => {
    // Somebody else may have it.
    if (await store.dropJob(attempt)) await removed?.(job.id);
  };
  if (held.reason === 'stops') return drop();
  if (held.reason === 'closes') return store.leaveJob(attempt, 0);
  if ('again' in result) return store.leaveJob(attempt, Math.max(result.again, backoff));
  const isEnded = await store.endJob(attempt, { done: held.bytes, ...result, minutes: result.minutes ?? minutes });
  // It was stopped at the last moment, or somebody else has it.
  if (!isEnded) await drop();
}
