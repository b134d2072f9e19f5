/** The right to read the trail of all patients: systems have it by a scope, and persons by a right of their role, with a second factor. docs/access.md */
import { permits } from '@dhp/smart-scopes';
import type { Access } from '../contract/access.ts';
import type { Services } from '../contract/interaction.ts';
import { factorWanted } from './second-factor.ts';

/** Hours for which a sign-in with two factors lets an officer read. */
const factorHours = 8;

/**
 * A person also needs a scope of the token that names AuditEvent, so that an application that is for something else cannot read in the person's place.
 * @throws Failure `second-factor-required` for a person who may, and has signed in without it or too long ago
 */
export function mayReadTrail({ clock }: Pick<Services, 'clock'>, access: Access | undefined): boolean {
  if (access?.readsTrail === undefined) return false;
  if (access.readsTrail === 'as-system') return true;
  if (!permits(access.scopes, 's', 'AuditEvent')) return false;
  const { twoFactorsAt } = access;
  if (twoFactorsAt === undefined || clock().getTime() - twoFactorsAt > factorHours * 3_600_000)
    throw factorWanted(factorHours);
  return true;
}
