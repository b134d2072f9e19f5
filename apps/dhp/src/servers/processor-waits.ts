/** How long a thread has waited for a processor in use by others: a low-priority job uses it to yield. */
import { readFileSync } from 'node:fs';

/** Its second number: nanoseconds in which the thread could have run and did not. https://docs.kernel.org/scheduler/sched-stats.html */
const usualFile = '/proc/thread-self/schedstat';

/**
 * Returns a clock of the milliseconds for which this thread has waited since it began; undefined if the system does not report it.
 * @param file for tests
 */
export function processorWaits(file: string = usualFile): (() => number) | undefined {
  const read = (): number => {
    try {
      return Number(readFileSync(file, 'latin1').split(' ')[1]) / 1e6;
    } catch {
      return Number.NaN;
    }
  };
  if (Number.isNaN(read())) return undefined;
  let last = 0;
  return () => {
    const now = read();
    // If it can no longer be read, the clock stands still.
    if (now > last) last = now;
    return last;
  };
}
