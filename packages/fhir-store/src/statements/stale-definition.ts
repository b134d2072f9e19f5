/** All that was known of the database before no longer holds. */
export class StaleDefinition extends Error {
  override readonly name = 'StaleDefinition';
  readonly code = outdated;
}

/**
 * Rows followed earlier search parameters, or the state of another server: nothing was stored, and a new attempt with the current state
 * will succeed.
 */
export function isStaleDefinition(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === outdated;
}

/** The least stamp, in milliseconds, with which rows may be stored, if the stamp was outdated; else undefined. */
export function leastStamp(error: unknown): number | undefined {
  const detail = isStaleDefinition(error) ? (error as { detail?: unknown }).detail : undefined;
  return typeof detail === 'string' && /^\d{1,15}$/.test(detail) ? Number(detail) : undefined;
}

/** SQLSTATE of `fhir.outdated()`. */
const outdated = 'DHP03';
