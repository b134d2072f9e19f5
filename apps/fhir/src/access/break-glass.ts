/**
 * Breaking the glass: which callers may, under which terms, and the record that is written before anything is answered.
 * docs/decisions/0048-care.md
 */
import type { BreakGlassPolicy } from '@dhp/access-policies';
import type { Access } from '../contract/access.ts';
import type { Services } from '../contract/interaction.ts';
import type { Recording } from '../contract/recording.ts';
import { fail, failure, type Failure } from '../http/errors.ts';
import { factorWanted } from './second-factor.ts';
import type { Stated } from './stated-purpose.ts';

type Means = Pick<Services, 'policies' | 'trail' | 'unguarded' | 'clock'>;

const hour = 3_600_000;
const defaultMinutes = 30;

/** The terms under which a caller may break the glass; undefined if the caller may not. */
export function breakGlassFor({ policies }: Pick<Means, 'policies'>, access: Access): BreakGlassPolicy | undefined {
  const given = policies.current()?.set.breakGlass;
  if (given === undefined || access.person?.startsWith('Practitioner/') !== true) return undefined;
  return access.positions.some(({ role }) => role !== undefined && given.roles.includes(role)) ? given : undefined;
}

/**
 * The emergency that was stated when the application was launched, for as long as one statement of it counts; undefined if there is none or
 * the caller may not state one: the token then has its usual rights.
 */
export function launchedFor(means: Pick<Means, 'policies' | 'clock'>, access: Access): Stated | undefined {
  const { launched, patient } = access;
  const policy = launched === undefined ? undefined : breakGlassFor(means, access);
  if (launched === undefined || policy === undefined || patient === undefined) return undefined;
  const isOver = means.clock().getTime() - launched.since > (policy.minutes ?? defaultMinutes) * 60_000;
  return isOver ? undefined : { purpose: 'ETREAT', patient, reason: launched.reason };
}

/**
 * Notes that the caller breaks the glass of one patient, for those who review it and for the patient, before anything is shown.
 * @returns the rights of the caller in the emergency
 * @throws Failure; StoreUnavailable where it cannot be noted
 */
export async function breakGlass(
  means: Means,
  access: Access,
  { patient = '', reason }: Stated,
  recording: Pick<Recording, 'patients'> | undefined,
): Promise<Access> {
  const policy = breakGlassFor(means, access);
  if (policy === undefined) throw notPermitted();
  const { unguarded, clock } = means;
  if (means.trail === undefined || recording === undefined)
    fail(
      'trail-not-kept',
      {},
      { diagnostics: 'The glass is broken only where a trail is kept. DHP_AUDIT is off in this environment.' },
    );
  const { factorHours = 8, minutes = defaultMinutes } = policy;
  const { twoFactorsAt } = access;
  if (twoFactorsAt === undefined || clock().getTime() - twoFactorsAt > factorHours * hour)
    throw factorWanted(factorHours);
  // Without a reason, the answer does not reveal whether the patient exists.
  if (reason !== undefined && (await unguarded.read('Patient', patient))?.deleted !== false)
    fail('resource-not-found', { type: 'Patient', id: patient }, { diagnostics: `Patient/${patient} does not exist.` });
  const { subject, person, clientId: client } = access;
  const isBroken = await unguarded.breakGlass({ subject, person, client, patient, reason, minutes });
  if (!isBroken)
    fail(
      'purpose-invalid',
      {},
      {
        diagnostics:
          'The first request of an emergency gives X-Break-Glass-Reason: no glass of this patient is broken now.',
      },
    );
  recording.patients.add(patient);
  return { ...access, purpose: 'ETREAT', emergency: { patient, reason } };
}

function notPermitted(): Failure {
  const diagnostics = 'This client or person may not state the purpose of use ETREAT.';
  return failure('purpose-refused', {}, { diagnostics, refusedBy: 'scopes' });
}
