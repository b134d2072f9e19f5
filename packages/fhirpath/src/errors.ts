/** Kinds of failures: faults of the text, a missing hook for something outside of this engine, or unsuitable data. */
export type FhirPathErrorKind = 'syntax' | 'unknown' | 'limit' | 'hook' | 'evaluation';

/** Position in an expression; line and column count from 1, offset from 0. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * The one failure of this package. `syntax`, `unknown` (function, type, operator) and `limit` come from compiling, `hook` (the caller gave
 * no function for data outside of the resource), `evaluation` and `limit` from evaluating.
 * @example
 * compile('Patient.frobnicate()'); // throws FhirPathError
 */
export class FhirPathError extends Error {
  readonly kind: FhirPathErrorKind;
  readonly position: Position;

  constructor(kind: FhirPathErrorKind, message: string, position: Position) {
    super(`${message} (line ${position.line}, column ${position.column})`);
    this.name = 'FhirPathError';
    this.kind = kind;
    this.position = position;
  }
}
