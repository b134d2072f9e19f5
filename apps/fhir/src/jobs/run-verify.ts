/** Carries out a verification as a job: each attempt continues where the previous one stopped. docs/operations/doctor.md */
import { hash } from 'node:crypto';
import type { FhirStore } from '@dhp/fhir-store';
import type { VerifyState } from '@dhp/fhir-store/findings';
import type { MostJobs } from '@dhp/fhir-store/jobs';
import type { Pace, Running } from './holding.ts';
import { openWorker, type Result, type Worker } from './worker.ts';

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

/** Minutes for which the findings are kept: a week. */
const keptFor = 7 * 24 * 60;

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
  return { first: 0, minutes: keptFor, outcome: { status: 200, ...state } satisfies VerifyOutcome };
}

/** The outcome if no attempt has finished: with the findings until then. */
export function gaveUpVerifying({ job }: Running): Result {
  const { state } = job.input as VerifyInput;
  return { first: 0, minutes: keptFor, outcome: { status: 500, ...state } };
}

/** No caller has these rights: such jobs are the operators' alone. */
const owner = hash('sha256', 'verifications of operators', 'buffer');

/** One at a time; those that have ended are kept for a week. */
const most: MostJobs = { open: 1, kept: 1_000, bytes: Number.MAX_SAFE_INTEGER };

/** A verification that was requested, or was under way. */
export interface FollowedVerification {
  readonly id: string;
  /** How far it is, from 0 to 1; the outcome is undefined while it has not ended. */
  look(): Promise<{ readonly done: number; readonly outcome: VerifyOutcome | undefined } | 'cancelled'>;
  /** Gives it back: a server of the environment continues, or the next one who asks. */
  close(): Promise<void>;
}

/**
 * Asks for a verification, unless one is under way, and takes part in carrying it out: it needs no server that does jobs.
 * @param share of the time in which it works, where it is begun
 */
export async function followVerification(
  store: VerifyStore,
  { share, pace, onError }: { share: number; pace?: Partial<Pace>; onError: (error: unknown) => void },
): Promise<FollowedVerification> {
  const { jobs } = store;
  const input: VerifyInput = { share };
  const job = { kind: verifyKind, owner, client: 'dhp verify', about: 'verify', input, body: undefined, priority: 0 };
  const id = (await jobs.addJob(job, most)) ?? (await openOne(store));
  if (id === undefined) return followVerification(store, { share, onError, ...(pace && { pace }) });
  const worker: Worker = openWorker({
    ...{ store: jobs, minutes: keptFor, onError },
    ...(pace && { pace }),
    kinds: { [verifyKind]: (running) => runVerify(store, running) },
    givenUp: (running) => Promise.resolve(gaveUpVerifying(running)),
  });
  return {
    id,
    async look() {
      const [listed] = await jobs.listJobs(1, id);
      const standing = await jobs.pollJob(id, owner);
      if (standing === undefined) return 'cancelled';
      return {
        done: listed?.share ?? 0,
        outcome: standing.state === 'ended' ? (standing.outcome as VerifyOutcome) : undefined,
      };
    },
    close: () => worker.close(),
  };
}

async function openOne({ jobs }: VerifyStore): Promise<string | undefined> {
  const all = await jobs.listJobs(1_000);
  return all.find(({ kind, state, stops }) => kind === verifyKind && state !== 'ended' && !stops)?.id;
}
