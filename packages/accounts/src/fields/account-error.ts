export type AccountErrorKind =
  | 'invalid-username'
  | 'invalid-name'
  | 'invalid-email'
  | 'invalid-password'
  | 'invalid-identity'
  | 'invalid-value'
  | 'account-exists'
  | 'account-disabled'
  | 'last-administrator'
  | 'sole-owner'
  | 'unknown-link'
  | 'unknown-account';

/** An act of administration that is not possible; the message names the value and the reason. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
  readonly kind: AccountErrorKind;
  constructor(kind: AccountErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
