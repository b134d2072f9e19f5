/** The part that one server does of an indexing job: stretch by stretch, until nothing is left for any server. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import {
  claimStretch,
  endStretch,
  leaveStretch,
  noteStretch,
  type Claim,
  type JobKind,
  type JobStage,
  type Stretch,
} from '../statements/index-jobs.ts';

/** Milliseconds between two checks while other servers work on the rest. */
const patience = 500;

export interface Course {
  /** Reports the progress. */
  readonly report: () => Promise<void>;
  readonly stopped: () => boolean;
  /** The server on which the database is, as last known. */
  readonly server: () => string;
  /** Share of the time in which it works. */
  readonly share: number;
  /** Resources of a stretch, and milliseconds that a claim lasts when its holder gives no sign of life. */
  readonly stretch: number;
  readonly lease: number;
}

/** Result of one step of a job, from a row number on. */
export interface Page {
  /** The last row number read; undefined: there are no more. */
  readonly last: number | undefined;
  /** Resources that had to be indexed. */
  readonly found: number;
}

/**
 * Works on a job together with all other servers that take part. The claim of a server that crashes expires, and another server continues
 * there. Two servers may work on one stretch if its holder was silent for too long: then the rows are made twice.
 * @param work indexes the next resources from a row number on, before another one
 * @returns the number of resources that this server has indexed
 */
export async function shareJob(
  sql: Sql,
  { kind, stage = null }: { readonly kind: JobKind; readonly stage?: JobStage },
  work: (from: number, behind: number) => Promise<Page>,
  course: Course,
): Promise<number> {
  const claim: Claim = { kind, stage, holder: randomUUID(), lease: course.lease };
  let total = 0;
  while (!course.stopped()) {
    const claimed = await claimStretch(sql, claim, course.stretch);
    if (claimed === 'ended') break;
    if (claimed === 'wait') {
      await course.report();
      await delay(Math.min(patience, course.lease), undefined, { ref: false });
      continue;
    }
    try {
      total += await through(sql, claimed, { claim, work, course });
    } catch (error) {
      await leaveStretch(sql, claimed, claim).catch(() => undefined); // else the claim ends by itself
      throw error;
    }
  }
  return total;
}

async function through(
  sql: Sql,
  stretch: Stretch,
  { claim, work, course }: { claim: Claim; work: (from: number, behind: number) => Promise<Page>; course: Course },
): Promise<number> {
  let total = 0;
  for (let from = stretch.next; ;) {
    if (course.stopped()) {
      await leaveStretch(sql, stretch, claim);
      return total;
    }
    const began = performance.now();
    const server = course.server();
    const { last, found } = await work(from, stretch.behind);
    total += found;
    const next = last === undefined ? stretch.behind : last + 1;
    if (!(await noteStretch(sql, stretch, claim, { next, found, server }))) return total; // another server continues with it
    if (next >= stretch.behind) {
      await endStretch(sql, stretch, claim);
      await course.report();
      return total;
    }
    from = next;
    await course.report();
    const pause = (performance.now() - began) * (1 / course.share - 1);
    if (pause > 0) await delay(pause, undefined, { ref: false });
  }
}
