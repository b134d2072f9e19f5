/** Validation of large resources in another thread, so that nobody else waits for it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { MessageChannel, Worker } from 'node:worker_threads';
import { BudgetSpent, type Budget } from '@dhp/budget';
import type { Codes, Definitions, Issue, ValidatorOptions } from '@dhp/fhir-validation';

/** What the thread asks about, as the validator does. */
export interface Lookup {
  readonly structure: Definitions['structure'];
  readonly questionnaire: NonNullable<Definitions['questionnaire']>;
  readonly code: Codes['validate'];
  readonly concept: NonNullable<Codes['concept']>;
  readonly target: NonNullable<ValidatorOptions['targets']>;
}

export interface ApartOrder {
  readonly text: string;
  readonly profiles: readonly string[];
  /** Of those that are data. */
  readonly options: ValidatorOptions;
  /** Units of work that it may take. */
  readonly work: number;
}

/** What was found and the work that it took; or where the work was spent. */
export type ApartResult = { readonly issues: Issue[]; readonly work: number } | { readonly place: string };

export interface ApartValidator {
  /** @throws BudgetSpent for a resource that costs too much work, or more memory than the thread has */
  readonly validate: (order: ApartOrder, budget: Budget, lookup: Lookup) => Promise<Issue[]>;
  close(): Promise<void>;
}

/** Milliseconds after which a thread without work ends, and gives its memory back. */
const idle = 10_000;
/** MiB: what is made of the largest body, several times over. */
const mostMemory = 1024;

export function createApartValidator(): ApartValidator {
  let thread: Thread | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** One at a time: two would take the memory of two. */
  let last: Promise<unknown> = Promise.resolve();

  async function close(): Promise<void> {
    clearTimeout(timer);
    const ended = thread;
    thread = undefined;
    await ended?.end();
  }

  async function run(order: ApartOrder, budget: Budget, lookup: Lookup): Promise<Issue[]> {
    clearTimeout(timer);
    thread ??= startThread();
    try {
      const result = await thread.validate(order, lookup);
      // What the thread had was what is left: one more, and the budget says whose limit it is.
      if ('place' in result) budget.spend(order.work + 1, result.place);
      else budget.spend(result.work);
      return 'issues' in result ? result.issues : [];
    } catch (error) {
      if (!(error instanceof BudgetSpent)) await close();
      budget.requireLeft(); // what was asked in this thread may have cost too much
      throw outOfMemory(error) ?? error;
    } finally {
      timer = setTimeout(() => void close(), idle).unref();
    }
  }

  return {
    validate(order, budget, lookup) {
      const result = last.then(() => run(order, budget, lookup));
      last = result.catch(() => undefined);
      return result;
    },
    close,
  };
}

interface Thread {
  readonly validate: (order: ApartOrder, lookup: Lookup) => Promise<ApartResult>;
  readonly end: () => Promise<unknown>;
}

function startThread(): Thread {
  const { port1: own, port2: port } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('apart-thread.ts', import.meta.url), {
    workerData: { port, signal },
    transferList: [port],
    resourceLimits: { maxOldGenerationSizeMb: mostMemory },
  });
  worker.unref();
  own.unref();
  return {
    validate: (order, lookup) =>
      new Promise((resolve, reject) => {
        // What is looked up belongs to the request whose resource it is.
        const inRequest = AsyncLocalStorage.snapshot();
        const answer = ({ name, args }: { name: keyof Lookup; args: never[] }): void => {
          const look = lookup[name] as (...args: never[]) => unknown;
          try {
            own.postMessage({ answer: inRequest(() => look(...args)) });
          } catch (error) {
            own.postMessage({ error: new Error(String(error)) });
          }
          Atomics.store(signal, 0, 1);
          Atomics.notify(signal, 0);
        };
        const end = (): void => {
          own.off('message', answer);
          worker.off('message', done).off('error', failed).off('exit', gone);
        };
        const done = (result: ApartResult): void => {
          end();
          resolve(result);
        };
        const failed = (error: Error): void => {
          end();
          reject(error);
        };
        const gone = (): void => {
          failed(new Error('the thread that validates large resources has ended'));
        };
        own.on('message', answer);
        worker.on('message', done).on('error', failed).on('exit', gone);
        own.unref();
        worker.unref();
        worker.postMessage(order);
      }),
    end: () => {
      own.close();
      return worker.terminate();
    },
  };
}

function outOfMemory(error: unknown): BudgetSpent | undefined {
  const isSo = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isSo
    ? new BudgetSpent('bytes', mostMemory * 2 ** 20, 'the validation of a large resource', 'request')
    : undefined;
}
