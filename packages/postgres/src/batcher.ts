/**
 * A micro-batcher. A lone request runs at once; requests that arrive while all runners are busy, or in the same turn of the event loop,
 * wait together and share the next transaction, so the batch grows with the load. If batches are gathered, a small one waits for the end of
 * a larger one that is running, or for some milliseconds.
 */
import { isConnectionError } from './driver/errors.ts';
import { batches, toldWait, waits, type MeasuredBatch } from './measured.ts';

export interface BatcherOptions<T, R> {
  /** By which its batches are measured; without one they are not. */
  name?: string;
  /** Most batches at the same time: usually the number of writer connections. */
  concurrency: number;
  /** Most items of one batch. */
  maxBatch: number;
  /**
   * Whether a batch begins after the events of this turn of the event loop, so that requests which were read together share it even if the
   * database would be free for each of them; and whether, while a batch runs, only a batch of at least its size begins, or one that has
   * waited for `patience` milliseconds. A statement itself costs as much as two or three of its items, and the database has work meanwhile.
   * Default: false, an item is sent at once.
   */
  gather?: boolean;
  /** With `gather` (default 5). */
  patience?: number;
  /** Does the work of one batch in one transaction; returns one result for each item, in order. */
  run: (items: T[]) => Promise<R[]>;
  /** `split` (default): a failed batch is run again item by item, so that only the bad item fails. `fail`: all fail. */
  onError?: 'split' | 'fail';
  /**
   * Whether a failed batch was certainly rolled back, so that it may be split. Default: every error except those of the connection, after
   * which the batch may have been committed and a second run would write it twice; and after a refused session each item would wait for a
   * separate attempt to connect, and fail like the first.
   */
  isRolledBack?: (error: unknown) => boolean;
}

export interface Batcher<T, R> {
  /** Settles with the item's own result or error. Rejects at once if the batcher is closed. */
  submit(item: T): Promise<R>;
  /** Accepts nothing new, and resolves when everything submitted has settled. */
  close(): Promise<void>;
  /** Items that wait for a runner. */
  readonly waiting: number;
}

interface Waiting<T, R> {
  item: T;
  /** Since when, if that is measured; otherwise 0. */
  since: number;
  resolve: (result: R) => void;
  reject: (reason: unknown) => void;
}

/** @throws RangeError when `concurrency` or `maxBatch` is not a positive integer */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const {
    name,
    concurrency,
    maxBatch,
    gather = false,
    patience = 5,
    run,
    onError = 'split',
    isRolledBack = (error) => !isConnectionError(error),
  } = options;
  assertPositive('concurrency', concurrency);
  assertPositive('maxBatch', maxBatch);

  let queue: Waiting<T, R>[] = [];
  let running = 0;
  /** Items of each batch that runs. */
  const sizes: number[] = [];
  let isGathering = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const idle = Promise.withResolvers<undefined>();

  /** Starts runners for waiting items, as far as some are free. */
  function start(): void {
    isGathering = false;
    if (mustWait()) return;
    for (let left = queue.length; left > 0 && running < concurrency; left -= maxBatch) {
      running += 1;
      void runner();
    }
    // A runner that was busy may have taken the gathered items, and have ended since.
    if (closed && running === 0) idle.resolve(undefined);
  }

  /** Whether waiting items should wait for more, or for the end of a running batch; not for long, since that may wait for a lock. */
  function mustWait(): boolean {
    if (!gather || queue.length === 0 || queue.length >= Math.max(0, ...sizes)) return false;
    timer ??= setTimeout(patienceEnds, patience);
    return true;
  }

  function patienceEnds(): void {
    timer = undefined;
    if (queue.length === 0 || running >= concurrency) return;
    running += 1;
    void runner();
  }

  async function runner(): Promise<void> {
    do {
      const batch = take();
      measure(batch);
      clearTimeout(timer);
      timer = undefined;
      sizes.push(batch.length);
      await settle(batch);
      sizes.splice(sizes.indexOf(batch.length), 1);
    } while (queue.length > 0 && !mustWait());
    running -= 1;
    if (closed && running === 0) idle.resolve(undefined);
  }

  const isMeasured = (): boolean => name !== undefined && batches.hasSubscribers;

  function measure(batch: Waiting<T, R>[]): void {
    if (name === undefined || !batches.hasSubscribers || batch.length === 0) return;
    const { since } = batch[0]!;
    const waited = since === 0 ? 0 : performance.now() - since;
    batches.publish({ name, items: batch.length, waited } satisfies MeasuredBatch);
  }

  function take(): Waiting<T, R>[] {
    if (queue.length <= maxBatch) {
      const all = queue;
      queue = [];
      return all;
    }
    return queue.splice(0, maxBatch);
  }

  async function settle(batch: Waiting<T, R>[]): Promise<void> {
    try {
      const results = await runChecked(batch);
      batch.forEach((waiting, index) => {
        waiting.resolve(results[index] as R);
      });
    } catch (error) {
      if (batch.length > 1 && onError === 'split' && !(error instanceof ResultCountError) && isRolledBack(error)) {
        for (const waiting of batch) await settle([waiting]);
      } else {
        for (const waiting of batch) waiting.reject(error);
      }
    }
  }

  async function runChecked(batch: Waiting<T, R>[]): Promise<R[]> {
    const results = await run(batch.map((waiting) => waiting.item));
    if (results.length === batch.length) return results;
    throw new ResultCountError(batch.length, results.length);
  }

  return {
    submit(item) {
      if (closed) return Promise.reject(new Error('The batcher is closed'));
      const over = name !== undefined && waits.hasSubscribers ? toldWait(name, noText) : undefined;
      const result = new Promise<R>((resolve, reject) => {
        queue.push({ item, since: isMeasured() ? performance.now() : 0, resolve, reject });
        if (running >= concurrency || isGathering) return;
        isGathering = gather;
        if (gather) setImmediate(start);
        else start();
      });
      if (over !== undefined) result.then(() => over(undefined), over);
      return result;
    },
    close() {
      closed = true;
      if (running === 0 && !isGathering) idle.resolve(undefined);
      return idle.promise;
    },
    get waiting() {
      return queue.length;
    },
  };
}

const noText = (): string => '';

/** A mistake of `run`: its batch has been committed, so it is reported and never run again. */
class ResultCountError extends Error {
  constructor(expected: number, actual: number) {
    super(`A batch of ${String(expected)} items returned ${String(actual)} results`);
  }
}

function assertPositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be a positive integer`);
}
