import { Worker } from 'node:worker_threads';
import { sharedBytes } from '../http/shared-bytes.ts';
import type { Converter, Conversion, Converted } from '../contract/conversion.ts';
import { youngMemory } from '../contract/thread-memory.ts';

/** Texts of at least so many UTF-16 units are converted in another thread; smaller ones take a few milliseconds. */
export const largeText = 128 * 1024;
/** Milliseconds after which a thread without work ends. */
const idle = 60_000;

export interface Order {
  readonly id: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly conversion: Conversion;
}

export interface Delivery {
  readonly id: number;
  readonly converted?: Converted;
  /** The thread has encountered an error that is not a fault of the text. */
  readonly error?: unknown;
}

export function createConverter(): Converter {
  const waiting = new Map<number, PromiseWithResolvers<Converted>>();
  let worker: Worker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;

  function started(): Worker {
    if (worker !== undefined) return worker;
    const own = new Worker(new URL('converter-thread.ts', import.meta.url), { resourceLimits: youngMemory });
    own.unref();
    own.on('message', ({ id, converted, error }: Delivery) => {
      const order = waiting.get(id);
      waiting.delete(id);
      if (converted === undefined) order?.reject(error);
      else order?.resolve(converted);
      if (waiting.size === 0) rest();
    });
    const ended = (error: Error): void => {
      if (worker !== own) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    own.on('error', ended);
    own.on('exit', () => {
      ended(new Error('the thread that converts large texts has ended'));
    });
    return (worker = own);
  }

  function rest(): void {
    timer = setTimeout(() => void close(), idle).unref();
  }

  async function close(): Promise<void> {
    clearTimeout(timer);
    await worker?.terminate();
  }

  return {
    async convert(body, conversion) {
      const bytes = await sharedBytes(body);
      clearTimeout(timer);
      const id = (last += 1);
      const order = Promise.withResolvers<Converted>();
      waiting.set(id, order);
      started().postMessage({ id, bytes, conversion } satisfies Order);
      return order.promise;
    },
    close,
  };
}
