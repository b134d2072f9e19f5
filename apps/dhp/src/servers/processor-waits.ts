/** How long a thread has waited for a processor that others had: what a job of low priority learns about them. */
import { readFileSync } from 'node:fs';

/** Its second number: nanoseconds in which the thread could have run and did not. https://docs.kernel.org/scheduler/sched-stats.html */
const usualFile = '/proc/thread-self/schedstat';

/**
 * Returns a clock of milliseconds in which this thread has waited since it began; undefined if the system does not tell.
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
    // One that cannot be read any more stands still.
    if (now > last) last = now;
    return last;
  };
}
