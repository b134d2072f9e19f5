/** Jobs: work outside of requests, done by any server of the environment that takes it. docs/decisions/0091-jobs.md */
import { randomUUID } from 'node:crypto';
import type { Listener } from '@dhp/postgres/listen';
import { createHints, type Hints } from './hints.ts';
import { openJobPool, type Pools } from './pools.ts';
import {
  claimJob,
  deleteOver,
  deleteStopped,
  endJob,
  insertJob,
  insertPart,
  jobFigures,
  keepJob,
  leaveJob,
  listJobs,
  listOwnJobs,
  nextDue,
  noteInput,
  pollJob,
  readPart,
  retryJob,
  stopJob,
  type Attempt,
  type ClaimedJob,
  type JobEnd,
  type JobFigures,
  type JobStanding,
  type ListedJob,
  type MostJobs,
  type NewJob,
  type OwnJob,
} from './statements/jobs.ts';
import { listIndexJobs, type ListedIndexJob } from './statements/index-jobs.ts';
import { guarded } from './store-unavailable.ts';

export { IndexOfNewerProgram } from './statements/index-jobs.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface JobStore {
  /** @returns its id, which nobody can guess; undefined if the client has too many jobs */
  addJob(job: Omit<NewJob, 'id'>, most: MostJobs): Promise<string | undefined>;
  /** The state of a job of an owner; notes that the owner has asked. */
  pollJob(id: string, owner: Buffer): Promise<JobStanding | undefined>;
  /** The parts of the result of a job, read on demand. @param first the number of the first one */
  partsOf(job: Pick<Attempt, 'id' | 'attempt'>, first: number): AsyncIterable<Buffer>;
  /** Ends a job, or forgets its result. @param owner undefined: whosever it is @returns whether there was one */
  stopJob(id: string, owner?: Buffer): Promise<boolean>;
  /** As `retryJob` of statements/jobs.ts. */
  retryJob(id: string): Promise<boolean>;
  /** The newest first. */
  listJobs(most: number, id?: string): Promise<ListedJob[]>;
  /** Those of an owner, the newest first. */
  listOwnJobs(asked: Parameters<typeof listOwnJobs>[1]): Promise<OwnJob[]>;
  /** Work on the search index that is not done. */
  listIndexJobs(): Promise<ListedIndexJob[]>;
  /** As `claimJob` of statements/jobs.ts. */
  claimJob(holder: string, asked: Parameters<typeof claimJob>[2]): Promise<ClaimedJob | undefined>;
  /** As `nextDue` of statements/jobs.ts. */
  nextJobDue(kinds: readonly string[]): Promise<number | undefined>;
  /** Listens until closed, on a dedicated connection. @param heard called when there may be a job */
  listenForJobs(heard: () => void): Listener;
  /** As `keepJob` of statements/jobs.ts. */
  keepJob(attempt: Attempt, how: Parameters<typeof keepJob>[2]): ReturnType<typeof keepJob>;
  /** As `noteInput` of statements/jobs.ts: a crash of the database may lose the last one. */
  noteInput(attempt: Attempt, input: unknown): Promise<boolean>;
  /** @returns whether the job is still the holder's */
  addPart(attempt: Attempt, number: number, content: Buffer): Promise<boolean>;
  /** As `endJob` of statements/jobs.ts. */
  endJob(attempt: Attempt, end: JobEnd): Promise<boolean>;
  /** As `leaveJob` of statements/jobs.ts. */
  leaveJob(attempt: Attempt, seconds: number): Promise<void>;
  /** Removes the job of an attempt that was asked to end. @returns whether it was still the holder's */
  dropJob(attempt: Attempt): Promise<boolean>;
  /** As `jobFigures` of statements/jobs.ts. */
  figures(): Promise<JobFigures>;
  /** Removes expired jobs. */
  sweepJobs(): Promise<void>;
}

/** Days after which a job that could not be ended is removed. */
const days = 1;

/** Jobs that are removed at once: a worker has others to do. */
const mostSwept = 1_000;

/** @param pools promises to clients are stored by a pool that waits for its commit, heartbeats by one that does not */
export function createJobStore(
  { writes, pages, words }: Pick<Pools, 'writes' | 'pages' | 'words'>,
  hints: Hints,
): JobStore {
  return {
    async addJob(job, most) {
      const id = randomUUID();
      return (await guarded(() => insertJob(writes, { ...job, id }, days, most))) ? id : undefined;
    },
    pollJob: (id, owner) => guarded(() => pollJob(words, id, owner)),
    async *partsOf(job, first) {
      for (let number = first; ; number += 1) {
        const part = await guarded(() => readPart(pages, job, number));
        if (part === undefined) return;
        yield part;
      }
    },
    stopJob: (id, owner) => guarded(() => stopJob(writes, id, owner)),
    retryJob: (id) => guarded(() => retryJob(writes, id, days)),
    listJobs: (most, id) => guarded(() => listJobs(pages, most, id)),
    listOwnJobs: (asked) => guarded(() => listOwnJobs(pages, asked)),
    listIndexJobs: () => guarded(() => listIndexJobs(pages)),
    claimJob: (holder, asked) => guarded(() => claimJob(writes, holder, asked)),
    figures: () => guarded(() => jobFigures(pages)),
    nextJobDue: (kinds) => guarded(() => nextDue(pages, kinds)),
    listenForJobs: (heard) => hints.listen('dhp jobs', heard),
    keepJob: (attempt, how) => guarded(() => keepJob(words, attempt, how)),
    noteInput: (attempt, input) => guarded(() => noteInput(words, attempt, input)),
    addPart: (attempt, number, content) => guarded(() => insertPart(writes, attempt, number, content)),
    endJob: (attempt, end) => guarded(() => endJob(writes, attempt, end)),
    leaveJob: (attempt, seconds) => guarded(() => leaveJob(writes, attempt, seconds)),
    dropJob: (attempt) => guarded(() => deleteStopped(writes, attempt)),
    async sweepJobs() {
      for (let left = mostSwept; left > 0 && (await guarded(() => deleteOver(writes))); left -= 1);
    },
  };
}

/**
 * The jobs of an environment alone, for a program that opens no other part of the store. @param url with the login of the owner, or of the
 * server
 */
export function openJobs(url: string): { readonly jobs: JobStore; readonly close: () => Promise<void> } {
  const sql = openJobPool(url, { lock: 5_000, statement: 60_000 });
  const hints = createHints(url, sql);
  return {
    jobs: createJobStore({ writes: sql, pages: sql, words: sql }, hints),
    async close() {
      hints.close();
      await sql.end({ timeout: 5 });
    },
  };
}
