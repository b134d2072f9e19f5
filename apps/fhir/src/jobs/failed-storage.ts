/** Jobs whose files cannot be stored. docs/decisions/0160-files-of-jobs-in-s3.md */
import { StorageFailure } from '../contract/job-files.ts';
import { Failure } from '../http/errors.ts';
import { mostAttempts, type Running } from './holding.ts';

const codes: readonly string[] = ['export-storage-failed', 'import-storage-failed'];

/**
 * Whether a job ends with a failure of the storage. A full disk, or one that refuses, does so for longer than the attempts of a job take; storage that is
 * away for a moment is tried again, and is the outcome of the last attempt.
 */
export function isFailedStorage(error: unknown, { job }: Pick<Running, 'job'>): boolean {
  const isLast = job.tries >= mostAttempts;
  if (error instanceof StorageFailure) return !error.isPassing || isLast;
  if (!(error instanceof Failure) || !codes.includes(error.code)) return false;
  return error.detail.isPassing !== true || isLast;
}
