/** Index rows followed search parameters of before: nothing was stored, and with those of now it will be. */
export function isOutdated(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === outdated;
}

/** SQLSTATE of `fhir.outdated()`. */
const outdated = 'DHP03';
