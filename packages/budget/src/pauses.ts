import { setImmediate } from 'node:timers/promises';

/** Milliseconds that one piece of work may take before others of this process get their turn. */
const stretch = 10;

/**
 * For loops over many resources: call it before each. It gives undefined, or a promise to be awaited when the loop has gone on
 * for long enough. By the clock rather than by a count, since resources differ in size by a thousand times.
 * @example
 * const pause = createPauses();
 * pause(); // undefined
 */
export function createPauses(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < stretch) return undefined;
    return setImmediate().then(() => {
      since = performance.now();
    });
  };
}
