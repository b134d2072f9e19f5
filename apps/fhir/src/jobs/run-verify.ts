/** Carries out a verification as a job: each attempt continues where the previous one stopped. docs/operations/doctor.md */
import { hash } from 'node:crypto';
import type { FhirStore } from '@dhp/fhir-store';
import type { VerifyState } from '@dhp/fhir-store/findings';
import type { Running } from './holding.ts';
import { askForJob, keptForWeek, takePart, type FollowedJob, type OperatorKind } from './operator-jobs.ts';
import type { Result } from './worker.ts';

/** The kind of these jobs. */
export const verifyKind = 'verify';

/** The input of a job, as JSON. */
interface VerifyInput {
  /** Share of the time in which it works. */
  readonly share: number;
  /** Where it is; undefined: at the beginning. */
  readonly state?: VerifyState;
}

export type VerifyStore = Pick<FhirStore, 'verify' | 'jobs'>;

/** The outcome of a verification. */
export interface VerifyOutcome extends VerifyState {
  /** 200, or 500 where it was begun too often. */
  readonly status: number;
}

/** Milliseconds between two notes of its position: the next attempt checks again from there. */
const noteEvery = 1_000;

export async function runVerify({ verify, jobs }: VerifyStore, running: Running): Promise<Result> {
  const { attempt, signal, job } = running;
  const { share, state: from } = job.input as VerifyInput;
  let notedAt = -Infinity;
  const note = (state: VerifyState): Promise<boolean> => {
    notedAt = performance.now();
    return jobs.noteInput(attempt, { share, state } satisfies VerifyInput);
  };
  const state = await verify({
    ...{ from, share, signal },
    async onStep(reached, done) {
      running.reached(done);
      if (performance.now() - notedAt >= noteEvery) await note(reached);
    },
  });
  if (signal.aborted) {
    await note(state);
    signal.throwIfAborted();
  }
  return { first: 0, minutes: keptForWeek, outcome: { status: 200, ...state } satisfies VerifyOutcome };
}

/** The outcome if no attempt has finished: with the findings until then. */
export function gaveUpVerifying({ job }: Running): Result {
  const { state } = job.input as VerifyInput;
  return { first: 0, minutes: keptForWeek, outcome: { status: 500, ...state } };
}

/** One at a time; those that have ended are kept for a week. */
const verifications: OperatorKind = {
  ...{ kind: verifyKind, client: 'dhp verify', about: 'verify' },
  owner: hash('sha256', 'verifications of operators', 'buffer'),
};

/**
 * Asks for a verification, unless one is under way, and takes part in carrying it out: it needs no server that does jobs.
 * @param share of the time in which it works, where it is begun
 */
export async function followVerification(
  store: VerifyStore,
  { share, onError }: { readonly share: number; readonly onError: (error: unknown) => void },
): Promise<FollowedJob<VerifyOutcome>> {
  const input: VerifyInput = { share };
  const id = await askForJob(store.jobs, verifications, { input });
  return takePart(
    store.jobs,
    { kind: verifications, id },
    {
      run: (running) => runVerify(store, running),
      givenUp: (running) => Promise.resolve(gaveUpVerifying(running)),
      onError,
    },
  );
}
