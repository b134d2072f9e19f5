import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface HealthOrder {
  readonly urls: readonly string[];
  /** Milliseconds between two questions, however long an answer takes. */
  readonly interval: number;
}

/** Milliseconds that an address let wait; Infinity for what was no 200. */
export interface Waits {
  readonly url: string;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** Asks each address at the interval, from a thread of its own, until it is asked what was seen. */
export function watchHealth(order: HealthOrder): () => Promise<readonly Waits[]> {
  const thread = new Worker(new URL('health-thread.ts', import.meta.url), { workerData: order });
  return async () => {
    thread.postMessage('end');
    const [waits] = (await once(thread, 'message')) as [number[][]];
    await thread.terminate();
    return order.urls.map((url, n) => waitsOf(url, waits[n]!));
  };
}

function waitsOf(url: string, waits: readonly number[]): Waits {
  const sorted = waits.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { url, count: sorted.length, p50: at(0.5), p99: at(0.99), longest: sorted.at(-1) ?? NaN };
}
