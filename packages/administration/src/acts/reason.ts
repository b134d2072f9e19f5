import { InputError } from '@dhp/sso-kit/input';

export const reasonLength = { least: 3, most: 300 } as const;

/**
 * Returns the reason of an act, for the audit trail.
 * @throws InputError if it is too short, too long, or contains control characters
 */
export function reasonOf(text: string | undefined): string {
  const reason = text?.trim().replaceAll(/\r?\n/g, ' ') ?? '';
  if (reason.length < reasonLength.least || reason.length > reasonLength.most || /\p{Cc}/u.test(reason)) {
    const { least, most } = reasonLength;
    throw new InputError(
      'invalid-value',
      `reason is missing: say in ${String(least)} to ${String(most)} characters why, for the audit trail`,
    );
  }
  return reason;
}
