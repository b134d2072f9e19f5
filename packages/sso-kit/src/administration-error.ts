export type AdministrationErrorKind =
  | 'unknown-session'
  | 'unknown-proof'
  | 'settled'
  | 'unknown-key'
  | 'unknown-registration-token'
  | 'invalid-key'
  | 'invalid-page'
  | 'invalid-value';

/** An act of administration that is not possible; the message says which value and why. */
export class AdministrationError extends Error {
  override readonly name = 'AdministrationError';
  readonly kind: AdministrationErrorKind;
  constructor(kind: AdministrationErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
