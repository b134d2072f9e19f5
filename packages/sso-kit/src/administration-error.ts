import { userInfo } from 'node:os';

export type AdministrationErrorKind =
  | 'unknown-session'
  | 'unknown-proof'
  | 'settled'
  | 'unknown-key'
  | 'unknown-registration-token'
  | 'invalid-key'
  | 'invalid-page'
  | 'invalid-value'
  | 'invalid-policies'
  | 'policies-changed'
  | 'unknown-version'
  | 'unknown-glass'
  | 'unknown-hold'
  | 'unknown-job'
  | 'unknown-subscription'
  | 'own-emergency'
  | 'too-many-callers'
  | 'environment-absent'
  | 'environment-away';

/** An act of administration that is not possible; the message names the value and the reason. */
export class AdministrationError extends Error {
  override readonly name = 'AdministrationError';
  readonly kind: AdministrationErrorKind;
  constructor(kind: AdministrationErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Returns the user of this process, for the audit trail of commands. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a container may run under a user id that has no name
  }
}
