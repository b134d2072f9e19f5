/**
 * @dhp/fhir/jobs: jobs that operators ask for by commands, and follow to their end. Whichever worker knows the kind and has the right carries them out: a
 * server, the command itself, or one on another node. docs/decisions/0201-jobs-of-commands.md
 */
import { hash } from 'node:crypto';
import type { JobStore, MostJobs } from '@dhp/fhir-store/jobs';
import type { Running } from './holding.ts';
import { openWorker, type Result, type Worker, type WorkerOptions } from './worker.ts';

export { openWorker, type Result, type Running, type Worker };

/** A kind of jobs of which one is open at a time. */
export interface OperatorKind {
  readonly kind: string;
  /** In the list of jobs: who has asked, and for what. */
  readonly client: string;
  readonly about: string;
  /** No caller has these rights: such jobs are the operators' alone. */
  readonly owner: Buffer;
}

export function operatorKind(kind: string, client: string, about: string): OperatorKind {
  return { kind, client, about, owner: hash('sha256', `jobs of operators: ${kind}`, 'buffer') };
}

/** One at a time, with all that have ended and are kept. */
const most: MostJobs = { open: 1, kept: 1_000, bytes: Number.MAX_SAFE_INTEGER };

/** Asks for a job, unless one of the kind is open: then that is followed. @returns its id */
export async function askForJob(
  jobs: JobStore,
  { kind, client, about, owner }: OperatorKind,
  { input, body }: { readonly input: unknown; readonly body?: Buffer | undefined },
): Promise<string> {
  for (;;) {
    const id = await jobs.addJob({ kind, client, about, owner, input, body, priority: 0 }, most);
    const known = id ?? (await openJobOf(jobs, kind));
    // It has ended between the two.
    if (known !== undefined) return known;
  }
}

/** The job of a kind that has not ended, and was not asked to. */
export async function openJobOf(jobs: JobStore, kind: string): Promise<string | undefined> {
  const all = await jobs.listJobs(1_000);
  return all.find((one) => one.kind === kind && one.state !== 'ended' && !one.stops)?.id;
}

/** How a job stands that is followed. */
export interface Seen<Outcome> {
  /** From 0 to 1. */
  readonly share: number;
  /** Undefined while it has not ended. */
  readonly outcome: Outcome | undefined;
}

/** @returns undefined if it was cancelled, or is gone */
export async function lookAtJob<Outcome>(
  jobs: JobStore,
  { owner }: Pick<OperatorKind, 'owner'>,
  id: string,
): Promise<Seen<Outcome> | undefined> {
  const [listed] = await jobs.listJobs(1, id);
  const standing = await jobs.pollJob(id, owner);
  if (standing === undefined) return undefined;
  return {
    share: listed?.share ?? 0,
    outcome: standing.state === 'ended' ? (standing.outcome as Outcome) : undefined,
  };
}

/** Minutes for which what has come of a job is kept: a week. */
export const keptForWeek = 7 * 24 * 60;

/** A job that was requested, or was under way. */
export interface FollowedJob<Outcome> {
  readonly id: string;
  /** @returns undefined if it was cancelled */
  look(): Promise<Seen<Outcome> | undefined>;
  /** Gives it back: another worker continues, or the next one who asks. */
  close(): Promise<void>;
}

/**
 * Follows a job and takes part in carrying out those of its kind, so that it needs no other worker.
 * @param work carries out a job of the kind, and says how one has ended that was begun too often
 */
export function takePart<Outcome>(
  jobs: JobStore,
  { kind, id }: { readonly kind: OperatorKind; readonly id: string },
  work: Pick<WorkerOptions, 'givenUp' | 'onError' | 'pace'> & { readonly run: (running: Running) => Promise<Result> },
): FollowedJob<Outcome> {
  const { run, ...others } = work;
  const worker = openWorker({ store: jobs, minutes: keptForWeek, kinds: { [kind.kind]: run }, ...others });
  return { id, look: () => lookAtJob(jobs, kind, id), close: () => worker.close() };
}
