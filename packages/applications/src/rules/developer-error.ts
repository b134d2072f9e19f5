/** An act of a developer that is not possible, by kind. The message is for the developer. */

const statuses = {
  'not-permitted': 403,
  'too-many-organizations': 409,
  'too-many-applications': 409,
  'already-revoked': 409,
  'two-secrets': 409,
  'production-absent': 409,
  'already-asked': 409,
  'too-many-requests': 409,
  'too-many-invitations': 409,
  'too-many-members': 409,
  'last-owner': 409,
  'environment-away': 409,
  'not-explorable': 409,
  'not-launchable': 409,
  'too-many-calls': 409,
  'too-many-receivers': 409,
} as const;

export type DeveloperErrorKind = keyof typeof statuses;

export class DeveloperError extends Error {
  override readonly name = 'DeveloperError';
  readonly kind: DeveloperErrorKind;
  constructor(kind: DeveloperErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }

  /** HTTP status that answers it. */
  get status(): (typeof statuses)[DeveloperErrorKind] {
    return statuses[this.kind];
  }
}

/** For a person of the test identity system. */
export const barredFromProduction = (): DeveloperError =>
  new DeveloperError('not-permitted', 'People of the playground, whom anybody may be, have no part in production');
