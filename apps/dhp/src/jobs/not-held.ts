/** A worker that has lost its job, for kinds of jobs whose steps are noted in their own transaction. */
import { once } from 'node:events';

/** Another process has the job by now, or it was cancelled: a step that finds this is rolled back. */
export class NotHeld extends Error {
  override name = 'NotHeld';
}

/** After NotHeld, waits until the next sign of life has told which of the two it was. @param signal of the attempt */
export async function waitIfNotHeld(error: unknown, signal: AbortSignal): Promise<void> {
  if (error instanceof NotHeld && !signal.aborted) await once(signal, 'abort');
}
