/** A job in the hands of a worker: signs of life for it, and how much of the time it has. docs/decisions/0091-jobs.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt, ClaimedJob, JobStore } from '@dhp/fhir-store/jobs';

/** An attempt of a job, for the code that carries it out. */
export interface Running {
  readonly job: ClaimedJob;
  readonly attempt: Attempt;
  /** Aborted when it is to end: it is not wanted any more, somebody else has it, or this process ends. */
  readonly signal: AbortSignal;
  /**
   * Stores the next part of the result, and pauses as long as its share of the time requires. Rejects once the job is not this holder's.
   */
  put(part: Buffer): Promise<void>;
  /** Notes bytes that are stored elsewhere, and rests as `put` does. Rejects once the job is not this holder's. */
  made(bytes: number): Promise<void>;
  /** Notes how far it is, from 0 to 1: told with the next sign of life. */
  reached(share: number): void;
  /** Parts that were put. */
  readonly parts: number;
}

/** Milliseconds, but for `share`. */
export interface Pace {
  /** A holder without a sign of life for as long has lost its job. */
  readonly lease: number;
  readonly sign: number;
  /** Between two checks while there is nothing to do: with notifications of new jobs, and without them. */
  readonly listening: number;
  readonly idle: number;
  /** Share of the time in which the jobs of a process work: of those that run at the same time each has its part. */
  readonly share: number;
  /** A clock of how long this process has waited for a processor: it rests twice as long, so that its statements, too, leave more to others. Absent: for nobody. */
  readonly waited?: (() => number) | undefined;
  /** Before the second attempt; doubled before each further one. */
  readonly backoff: number;
}

/** Milliseconds of rest for one in which others had the processor, and the most at a time: some work is long before it may rest. */
const restForWait = 2;
const longestRest = 5_000;

/** On a machine that is always busy a job still has a third of the time. @param waited for a processor, in the time in which it has worked */
export function restFor(waited: number, worked: number): number {
  return Math.min(restForWait * Math.min(waited, worked), longestRest);
}

/** Attempts of one job: those that a killed process has not ended among them. */
export const mostAttempts = 5;

/** A job in hand, with the signs of life for it. */
export class Holding implements Running {
  readonly job: ClaimedJob;
  readonly attempt: Attempt;
  bytes = 0;
  share: number | undefined;
  parts = 0;
  reason: 'stops' | 'lost' | 'closes' | undefined;
  readonly #store: JobStore;
  readonly #pace: Pace;
  readonly #beside: () => number;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #signedAt = performance.now();
  #restedAt = performance.now();
  #waited: number;

  /** @param beside how many jobs the process has in hand at a moment, this one among them */
  constructor(store: JobStore, job: ClaimedJob, attempt: Attempt, pace: Pace, beside: () => number) {
    this.job = job;
    this.attempt = attempt;
    this.#store = store;
    this.#pace = pace;
    this.#beside = beside;
    this.#waited = pace.waited?.() ?? 0;
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
    const share = this.#pace.share / Math.max(1, this.#beside());
    const rest = worked * (1 / share - 1) + this.#restForOthers(worked);
    await delay(rest, undefined, { signal: this.signal, ref: false });
    this.#restedAt = performance.now();
  }

  #restForOthers(worked: number): number {
    const before = this.#waited;
    this.#waited = this.#pace.waited?.() ?? before;
    return restFor(this.#waited - before, worked);
  }

  reached(share: number): void {
    this.share = share;
  }

  async #sign(): Promise<void> {
    const { lease } = this.#pace;
    try {
      const how = await this.#store.keepJob(this.attempt, { done: this.bytes, share: this.share, lease });
      this.#signedAt = performance.now();
      if (how !== 'goes on') this.end(how);
    } catch {
      // Without the database it cannot be said; behind the lease somebody else may have it.
      if (performance.now() - this.#signedAt > lease) this.end('lost');
    }
  }
}
