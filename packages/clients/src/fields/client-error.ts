export type ClientErrorKind =
  | 'invalid-name'
  | 'invalid-client-id'
  | 'invalid-environment'
  | 'invalid-grant'
  | 'invalid-scope'
  | 'invalid-redirect-uri'
  | 'invalid-address'
  | 'invalid-details'
  | 'invalid-keys'
  | 'invalid-logo'
  | 'invalid-sign-in-method'
  | 'invalid-combination'
  | 'client-exists'
  | 'client-changed'
  | 'unknown-client';

/** An act of administration that is not possible; the message names the value and the reason. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly kind: ClientErrorKind;
  constructor(kind: ClientErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
