/** Waiting in tests for what comes by itself. */
import { setTimeout as delay } from 'node:timers/promises';

/** A machine that does ten other things comes to everything, late. Nothing waits longer than this but where it never comes. */
const patience = 240_000;

/**
 * Looks until it is so, every 20 ms; `false` and `undefined` are not. A look that throws ends it.
 * @param what the sentence that a failure says it has waited for
 * @returns what was found
 * @param milliseconds four minutes without it
 * @throws Error when it has not come by then
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
