/** Bulk submissions as the database has them. docs/decisions/0134-bulk-submit.md */
import { randomUUID } from 'node:crypto';
import type { Pools } from './pools.ts';
import type { NewJob } from './statements/jobs.ts';
import {
  findSubmission,
  forgetHeaders,
  ownsSubmission,
  readSubmission,
  submit,
  type Submission,
  type SubmissionRequest,
  type Submitted,
} from './statements/submissions.ts';
import { guarded } from './store-unavailable.ts';

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface SubmissionStore {
  /** As `submit` of statements/submissions.ts. */
  submit(
    job: Omit<NewJob, 'id'>,
    asked: SubmissionRequest,
    how: Omit<Parameters<typeof submit>[3], 'days'>,
  ): Promise<Submitted>;
  /** As `findSubmission` of statements/submissions.ts. */
  find(owner: Buffer, asked: Parameters<typeof findSubmission>[2]): Promise<string | undefined>;
  /** As `readSubmission` of statements/submissions.ts. */
  read(job: string): Promise<Submission | undefined>;
  /** As `forgetHeaders` of statements/submissions.ts. */
  forget(job: string): Promise<void>;
  /** As `ownsSubmission` of statements/submissions.ts. */
  owns(job: string, owner: Buffer): Promise<boolean>;
}

/** Days after the last request for which an incomplete submission is kept. */
const days = 1;

export function createSubmissionStore({ writes, pages }: Pick<Pools, 'writes' | 'pages'>): SubmissionStore {
  return {
    submit: (job, asked, how) => guarded(() => submit(writes, { ...job, id: randomUUID() }, asked, { ...how, days })),
    find: (owner, asked) => guarded(() => findSubmission(pages, owner, asked)),
    read: (job) => guarded(() => readSubmission(pages, job)),
    forget: (job) => guarded(() => forgetHeaders(writes, job)),
    owns: (job, owner) => guarded(() => ownsSubmission(pages, job, owner)),
  };
}
