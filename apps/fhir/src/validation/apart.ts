/** Processes large resources in another thread, so that other requests need not wait: validation and index values. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { BudgetSpent, createPauses } from '@dhp/budget';
import { decodeJsonInParts, type JsonSource } from '@dhp/fhir-model';
import { postedScope } from '@dhp/search-index/rows';
import type { NewVersion } from '@dhp/fhir-store';
import type { Codes, Definitions, Issue, UsageContext, ValidatorOptions } from '@dhp/fhir-validation';
import { parseInParts } from '../http/parse-in-parts.ts';
import type { Budgets } from '../contract/conformance.ts';
import { youngMemory } from '../contract/thread-memory.ts';
import type { PlainReading } from './plain-reading.ts';

/** Lookups of the validator that the thread sends back to the main thread. */
export interface Lookup {
  readonly structure: Definitions['structure'];
  readonly questionnaire: NonNullable<Definitions['questionnaire']>;
  readonly code: Codes['validate'];
  readonly concept: NonNullable<Codes['concept']>;
  readonly system: NonNullable<Codes['system']>;
  readonly valueSetKnowledge: NonNullable<Codes['valueSetKnowledge']>;
  readonly mark: NonNullable<Codes['mark']>;
  readonly target: NonNullable<ValidatorOptions['targets']>;
}

export interface ApartOrder {
  /** The JSON in UTF-8, in memory that both threads see: many megabytes are not copied at one go. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly source: Omit<JsonSource, 'text'>;
  /** Undefined: it is not validated. */
  readonly validation:
    | {
        readonly profiles: readonly string[];
        readonly usage: readonly UsageContext[];
        /** The options of the validator, which are plain data. */
        readonly options: ValidatorOptions;
        /** Units of work that it may take. */
        readonly work: number;
      }
    | undefined;
  /** Undefined: no index values are wanted. They are made only for a resource without errors. */
  readonly index: { readonly reading: PlainReading; readonly work: number } | undefined;
}

/** Findings and index values, with the work that each took. */
export interface ApartResult {
  readonly issues: readonly Issue[];
  readonly work: number;
  /** Also undefined if they cannot be made before the id is known. */
  readonly prepared: NewVersion['prepared'];
  readonly indexWork: number;
}

/** `ApartResult` in transit: a message with very many findings would be deserialised in one step, so findings are in shared memory. */
export interface ApartMessage extends ApartResult {
  /** The JSON of the findings, in UTF-8, in the place of `issues`. */
  readonly found?: Uint8Array<SharedArrayBuffer> | undefined;
}

/** The exceeded budget, and the place. */
export interface ApartSpent {
  readonly spent: 'validation' | 'index';
  readonly place: string;
  /** Instead of the work: how many values the search index can hold of a resource. */
  readonly mostValues?: number | undefined;
}

export interface ApartWorker {
  /** @throws BudgetSpent for a resource that needs too much work, or more memory than the thread has */
  readonly run: (order: ApartOrder, budgets: Budgets, lookup: Lookup) => Promise<ApartResult>;
  close(): Promise<void>;
}

/** Milliseconds after which an idle thread ends and frees its memory. */
const idle = 10_000;
/** MiB: several times the data made of the largest body. */
const mostMemory = 1024;

interface ThreadOptions {
  /** Replaced in tests. */
  readonly program?: URL;
  /** MiB that it may have. */
  readonly memory?: number;
}

export function createApartWorker(options: ThreadOptions = {}): ApartWorker {
  const { program = new URL('apart-thread.ts', import.meta.url), memory = mostMemory } = options;
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

  async function run(order: ApartOrder, budgets: Budgets, lookup: Lookup): Promise<ApartResult> {
    clearTimeout(timer);
    const used = (thread ??= startThread(program, memory));
    try {
      const result = await used.run(order, lookup);
      if ('spent' in result) {
        const { place, mostValues } = result;
        if (mostValues !== undefined) throw new BudgetSpent('rows', mostValues, place, postedScope);
        // The thread was given the whole remaining budget, so one unit more makes the budget throw an error with its limit.
        budgets[result.spent].spend((order[result.spent]?.work ?? 0) + 1, result.place);
        throw new Error('a limit of work was passed that is not one');
      }
      budgets.validation.spend(result.work);
      budgets.index.spend(result.indexWork);
      return await withFindings(result);
    } catch (error) {
      // A thread that has ended is replaced; waiting requests use the next one.
      if (!(error instanceof BudgetSpent)) await close();
      budgets.validation.requireLeft(); // Lookups in this thread may have cost too much.
      throw outOfMemory(error, memory) ?? error;
    } finally {
      timer = setTimeout(() => void close(), idle).unref();
    }
  }

  return {
    run(order, budgets, lookup) {
      const result = last.then(() => run(order, budgets, lookup));
      last = result.catch(() => undefined);
      return result;
    },
    close,
  };
}

async function withFindings({ found, ...result }: ApartMessage): Promise<ApartResult> {
  if (found === undefined) return result;
  const pause = createPauses();
  return { ...result, issues: (await parseInParts(await decodeJsonInParts(found, pause), pause)) as Issue[] };
}

interface Thread {
  readonly run: (order: ApartOrder, lookup: Lookup) => Promise<ApartMessage | ApartSpent>;
  readonly end: () => Promise<unknown>;
}

function startThread(program: URL, memory: number): Thread {
  const { port1: own, port2: port } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(program, {
    workerData: { port, signal },
    transferList: [port],
    resourceLimits: { ...youngMemory, maxOldGenerationSizeMb: memory },
  });
  worker.unref();
  own.unref();
  return {
    run: (order, lookup) =>
      new Promise((resolve, reject) => {
        const answer = ({ name, args }: { name: keyof Lookup; args: never[] }): void => {
          const look = lookup[name] as (...args: never[]) => unknown;
          try {
            own.postMessage({ answer: look(...args) });
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
        const done = (result: ApartMessage | ApartSpent): void => {
          end();
          resolve(result);
        };
        const failed = (error: Error): void => {
          end();
          reject(error);
        };
        const gone = (): void => {
          failed(new Error('the thread that works on large resources has ended'));
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

function outOfMemory(error: unknown, memory: number): BudgetSpent | undefined {
  const isSo = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isSo ? new BudgetSpent('bytes', memory * 2 ** 20, 'the work on a large resource', 'request') : undefined;
}
