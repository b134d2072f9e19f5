import { setTimeout as delay } from 'node:timers/promises';

/** Waits for so many milliseconds, unless something comes before. */
export async function atMost(milliseconds: number, before: Promise<undefined>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const rested = delay(milliseconds, undefined, { signal: stop, ref: false }).catch(() => undefined);
  await Promise.race([rested, before]);
  over.abort();
}
