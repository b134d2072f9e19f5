/** When a server that ended unexpectedly is started again, and when it is given up. */

/** Milliseconds of service after which a process counts as healthy: its next end starts a new series of restarts. */
const healthyAfter = 60_000;
/** Milliseconds before each consecutive start. After a crash once a day there is no wait. */
const delays = [0, 200, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000];

export interface Restarts {
  /**
   * Notes an end.
   * @param servedFor milliseconds from ready to the end; 0 if it never became ready
   * @param isTemporary the cause lies outside, such as an unavailable database: it is never given up for that
   * @returns milliseconds until the next start, and its number; undefined if it is given up
   */
  ended(servedFor: number, isTemporary: boolean): { readonly delay: number; readonly attempt: number } | undefined;
}

/** How often in a row a server is started without becoming healthy before it is given up. */
export const mostStarts = delays.length;

export function countRestarts(): Restarts {
  let inARow = 0;
  let failures = 0;
  return {
    ended(servedFor, isTemporary) {
      if (servedFor >= healthyAfter) inARow = failures = 0;
      if (!isTemporary) failures += 1;
      inARow += 1;
      if (failures > mostStarts) return undefined;
      return { delay: delays[Math.min(inARow, delays.length) - 1]!, attempt: inARow };
    },
  };
}
