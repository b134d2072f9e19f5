/** Takes jobs one after the other and does them, beside all other servers of the environment that do. docs/decisions/0091-jobs.md */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt, ClaimedJob, JobStore } from '@dhp/fhir-store/jobs';

/** An attempt of a job, for what carries it out. */
export interface Running {
  readonly job: ClaimedJob;
  readonly attempt: Attempt;
  /** Aborted when it is to end: it is not wanted any more, somebody else has it, or this process ends. */
  readonly signal: AbortSignal;
  /** Stores the next part of what it makes, and rests as long as its share of the time wants. Rejects once the job is not this holder's. */
  put(part: Buffer): Promise<void>;
  /** Notes bytes that are stored elsewhere, and rests as `put` does. Rejects once the job is not this holder's. */
  made(bytes: number): Promise<void>;
  /** Parts that were put. */
  readonly parts: number;
}

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
  /** Minutes for which what came of a job is kept, unless its result says otherwise. */
  readonly minutes: number;
  /** Is called when jobs may have been removed: with the id of one that was, or for those whose time is over. */
  readonly removed?: (id?: string) => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly pace?: Partial<Pace>;
}

/** Milliseconds, but for `share`. */
export interface Pace {
  /** A holder without a sign of life for as long has lost its job. */
  readonly lease: number;
  readonly sign: number;
  /** Between two looks while there is nothing to do: where a notification says what is new, and where none comes. */
  readonly listening: number;
  readonly idle: number;
  /** Share of the time in which a job works. */
  readonly share: number;
  /** Before the second attempt; doubled before each further one. */
  readonly backoff: number;
}

const usualPace: Pace = {
  lease: 30_000,
  sign: 2_000,
  listening: 60_000,
  idle: 5_000,
  share: 0.5,
  backoff: 2_000,
};

/** Attempts of one job: those that a killed process has not ended among them. */
const mostAttempts = 5;

export interface Worker {
  /** There may be something to do. */
  wake(): void;
  /** The job was stopped. */
  stopped(id: string): void;
  /** Gives the job that it has back, and ends. */
  close(): Promise<void>;
}

export function openWorker(options: WorkerOptions): Worker {
  const pace = { ...usualPace, ...options.pace };
  const holder = randomUUID();
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  let current: Holding | undefined;
  let woken = Promise.withResolvers<undefined>();

  const wake = (): void => {
    woken.resolve(undefined);
  };
  const listener = options.store.listenForJobs(wake);
  const kinds = Object.keys(options.kinds);

  async function idle(): Promise<void> {
    const due = (await options.store.nextJobDue(kinds).catch(() => undefined)) ?? Infinity;
    const longest = listener.isListening ? pace.listening : pace.idle;
    const over = new AbortController();
    const rest = Math.min(longest, Math.max(shortest, 1000 * due));
    const rested = delay(rest, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    await Promise.race([rested, woken.promise]);
    over.abort();
    woken = Promise.withResolvers<undefined>();
  }

  async function next(): Promise<boolean> {
    const job = await options.store.claimJob(holder, { kinds, lease: pace.lease });
    if (job === undefined) return false;
    current = new Holding(options.store, job, { id: job.id, attempt: job.attempt, holder }, pace);
    if (isClosing()) current.end('closes');
    try {
      await work(options, current, pace);
    } finally {
      current.close();
      current = undefined;
    }
    return true;
  }

  async function run(): Promise<void> {
    let sweptAt = -Infinity;
    while (!isClosing()) {
      try {
        if (performance.now() - sweptAt > sweepEvery) {
          sweptAt = performance.now();
          await options.store.sweepJobs();
          await options.removed?.();
        }
        if (await next()) continue;
      } catch (error) {
        options.onError(error);
      }
      if (!isClosing()) await idle();
    }
  }

  const running = run();
  return {
    wake,
    stopped: (id) => {
      if (current?.job.id === id) current.end('stops');
    },
    async close() {
      closing.abort();
      listener.close();
      current?.end('closes');
      wake();
      await running;
    },
  };
}

const sweepEvery = 60_000;
/** Milliseconds: somebody else may be about to take what is due. */
const shortest = 20;

/** Does a job, and says what came of it, as long as it is the holder's. */
async function work(
  { store, kinds, givenUp, minutes, removed, onError }: WorkerOptions,
  held: Holding,
  pace: Pace,
): Promise<void> {
  const { job, attempt } = held;
  const backoff = (pace.backoff / 1000) * 2 ** (job.attempt - 1);
  const run = job.attempt > mostAttempts ? givenUp : kinds[job.kind]!;
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

/** A job in hand, with the signs of life for it. */
class Holding implements Running {
  readonly job: ClaimedJob;
  readonly attempt: Attempt;
  bytes = 0;
  parts = 0;
  reason: 'stops' | 'lost' | 'closes' | undefined;
  readonly #store: JobStore;
  readonly #pace: Pace;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #signedAt = performance.now();
  #restedAt = performance.now();

  constructor(store: JobStore, job: ClaimedJob, attempt: Attempt, pace: Pace) {
    this.job = job;
    this.attempt = attempt;
    this.#store = store;
    this.#pace = pace;
    this.#timer = setInterval(() => void this.#sign(), pace.sign).unref();
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  end(reason: NonNullable<Holding['reason']>): void {
    this.reason ??= reason;
    this.#ending.abort();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async put(part: Buffer): Promise<void> {
    this.signal.throwIfAborted();
    if (!(await this.#store.addPart(this.attempt, this.parts, part))) {
      await this.#sign();
      this.end('lost');
    }
    this.parts += 1;
    await this.made(part.length);
  }

  async made(bytes: number): Promise<void> {
    this.signal.throwIfAborted();
    this.bytes += bytes;
    const worked = performance.now() - this.#restedAt;
    await delay(worked * (1 / this.#pace.share - 1), undefined, { signal: this.signal, ref: false });
    this.#restedAt = performance.now();
  }

  async #sign(): Promise<void> {
    const { lease } = this.#pace;
    try {
      const how = await this.#store.keepJob(this.attempt, { done: this.bytes, lease });
      this.#signedAt = performance.now();
      if (how !== 'goes on') this.end(how);
    } catch {
      // Without the database it cannot be said; behind the lease somebody else may have it.
      if (performance.now() - this.#signedAt > lease) this.end('lost');
    }
  }
}
