import { isMovedShard } from '../placement/node-errors.ts';

/** Another write was faster: nothing was stored, and a new attempt can succeed. */
export class WriteConflict extends Error {
  override readonly name = 'WriteConflict';
  readonly code = overtaken;
}

/** The errors that mean it, those of the database among them. */
export function isWriteConflict(error: unknown): boolean {
  if (isMovedShard(error)) return true;
  return typeof error === 'object' && error !== null && 'code' in error && codes.has(String(error.code));
}

/** SQLSTATE of `fhir.overtaken()`. */
const overtaken = 'DHP01';

// With it deadlock_detected, and serialization_failure: a row that went to another partition.
const codes = new Set([overtaken, '40P01', '40001']);
