/** What was known of the database before no longer holds. */
export class Outdated extends Error {
  override readonly name = 'Outdated';
  readonly code = outdated;
}

/**
 * Rows followed search parameters of before, or what was known of another server: nothing was stored, and with what there is now it will be.
 */
export function isOutdated(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === outdated;
}

/** SQLSTATE of `fhir.outdated()`. */
const outdated = 'DHP03';
