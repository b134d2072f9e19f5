/** Names of files of jobs, and of the places of jobs. They are of ids and numbers alone: nothing that a caller has written is in a name. */
import type { FileName } from '../contract/job-files.ts';

const job = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const file = /^\d+-(\d+)\.ndjson$/;

export function nameOf({ number, attempt }: FileName): string {
  return `${String(number)}-${String(attempt)}.ndjson`;
}

/** 0 for a name that is not of a file of a job. */
export function attemptOf(name: string): number {
  return Number(file.exec(name)?.[1] ?? 0);
}

/** Whether it is the id of a job: of what else lies there nothing is touched. */
export function isJob(name: string): boolean {
  return job.test(name);
}
