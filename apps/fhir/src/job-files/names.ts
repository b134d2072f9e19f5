/** Names of files of jobs, and of the places of jobs. They are of ids and numbers alone: nothing that a caller has written is in a name. */
import type { FileName } from '../contract/job-files.ts';

const job = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const file = /^(\d+-(\d+))\.(?:ndjson|sealed)$/;

export function nameOf({ number, attempt, isSealed = false }: FileName): string {
  return `${String(number)}-${String(attempt)}.${isSealed ? 'sealed' : 'ndjson'}`;
}

/** Whether the name is of one of some files, encrypted or not. */
export function isOneOf(files: readonly FileName[], name: string): boolean {
  const stem = file.exec(name)?.[1];
  return files.some(({ number, attempt }) => `${String(number)}-${String(attempt)}` === stem);
}

/** 0 for a name that is not of a file of a job. */
export function attemptOf(name: string): number {
  return Number(file.exec(name)?.[2] ?? 0);
}

/** Whether it is the id of a job: other entries of the folder are never touched. */
export function isJob(name: string): boolean {
  return job.test(name);
}
