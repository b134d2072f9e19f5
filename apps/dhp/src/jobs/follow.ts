/** Follows a job of an operator to its end, at a terminal. docs/jobs.md */
import { setTimeout as delay } from 'node:timers/promises';
import type { FollowedJob } from '@dhp/fhir/jobs';
import { spokenLanguage } from '../locale.ts';
import { print } from '../output.ts';
import type { Context } from '../context.ts';
import type { Progress } from '../progress.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';

/** Milliseconds between two looks at how far it is. */
const lookEvery = 200;

/** How following a job ended; `interrupted`: at which percentage. */
export type Ended<Outcome> =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'interrupted'; readonly percent: number };

interface Following<Outcome> {
  readonly title: string;
  readonly signal: AbortSignal;
  /** The remaining time in words; undefined if it cannot be estimated yet. */
  readonly left?: (reached: { readonly done: number; readonly total: number }) => string | undefined;
  /** A text after the title, when the job has ended. */
  readonly note?: (outcome: Outcome) => string | undefined;
}

/** Shows the progress of a job until it has ended, or the signal is aborted: then another process may continue it. */
export async function followed<Outcome>(
  progress: Progress,
  job: FollowedJob<Outcome>,
  { title, signal, left, note }: Following<Outcome>,
): Promise<Ended<Outcome>> {
  const step = progress.step(title);
  try {
    for (;;) {
      const seen = await job.look();
      if (seen === undefined) return { kind: 'cancelled' };
      const { share, outcome } = seen;
      const reached = { done: Math.round(1000 * share), total: 1000 };
      step.update(reached.done, reached.total, left?.(reached));
      if (outcome !== undefined) {
        step.done(note?.(outcome));
        return { kind: 'ended', outcome };
      }
      if (signal.aborted) return { kind: 'interrupted', percent: Math.floor(100 * share) };
      await delay(lookEvery, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await job.close();
  }
}

/**
 * Reports the end of a job that was not completed.
 * @param o.said the texts, if they differ from those of all jobs
 * @returns the exit code
 */
export function unfinished(
  progress: Progress,
  o: { readonly id: string; readonly asJson: boolean; readonly said?: Pick<Said, 'cancelled' | 'interrupted'> },
  ended: Exclude<Ended<unknown>, { kind: 'ended' }>,
): 3 {
  const { id: job, said = operationMessages[spokenLanguage()].jobs } = o;
  if (o.asJson) print({ job_id: job, [ended.kind]: true });
  else if (ended.kind === 'cancelled') progress.say(said.cancelled({ job }));
  else progress.say(said.interrupted({ job, percent: ended.percent }));
  return 3;
}

/** Warns of an attempt that failed and is repeated. @param environment of the job */
export function warnOfFailures(context: Pick<Context, 'warn'>, environment: string): (error: unknown) => void {
  const { failed } = operationMessages[spokenLanguage()].jobs;
  return (error) =>
    context.warn(failed({ environment, reason: error instanceof Error ? error.message : String(error) }));
}

type Said = OperationMessages['jobs'];
