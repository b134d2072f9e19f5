/** Waiting in tests for asynchronous events. */
import { setTimeout as delay } from 'node:timers/promises';

/** A busy machine gets everything done, but late. Only an event that never comes is waited for longer than this. */
const patience = 240_000;

/**
 * Checks every 20 ms until the result is neither `false` nor `undefined`. If the check throws, it ends.
 * @param what completes the failure message: what was waited for
 * @returns the result
 * @param milliseconds default four minutes
 * @throws Error if it has not come by then
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  milliseconds = patience,
): Promise<Found> {
  for (const end = performance.now() + milliseconds; ;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await delay(20);
  }
}
