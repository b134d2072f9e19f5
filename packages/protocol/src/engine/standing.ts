/**
 * Whether the decisions of a sign-in still hold when tokens are renewed, or when an earlier grant of the session is used again: the
 * person's own record, the record of the patient in context, the relation of a relative, the role, and the client's permissions. Changes in
 * this server's own tables (a disabled account, other policies, fewer scopes) are read at every request anyway.
 * docs/decisions/0019-standing-of-grants.md
 */
import type { Sql } from '@dhp/postgres';
import { PatientsError, type Patients } from '@dhp/accounts/records';
import type { Registration } from '@dhp/clients/rows';
import type { GrantBasis } from '../store/grant-basis.ts';
import type { LaunchContext } from '../store/launches.ts';
import { hiddenInContext } from './context.ts';
import { hasUserScope, isBarred, isHealthWorker, recordOf, tokenClaims } from './person.ts';
import type { Person } from './state.ts';
import { refusal } from './refusal.ts';
import { relationOf } from './relation.ts';
import { allowsMethod, methodOf } from './sign-in-methods.ts';

/** Reasons why a grant has ended; each is a refusal of the token endpoint (`../oauth-errors.ts`). */
export const endings = [
  'person-changed',
  'role-ended',
  'relation-ended',
  'relation-changed',
  'record-ended',
  'context-not-visible',
  'client-narrowed',
] as const;
export type Ending = (typeof endings)[number];

export interface Standing {
  registration: Registration;
  person: Person;
  /** Scopes of the token to be renewed. */
  scope: string;
  launch: LaunchContext | undefined;
  basis: GrantBasis | undefined;
  /** Whether the person has a role in the environment of the client now. */
  hasRole: boolean;
  /** Methods of the sign-in (RFC 8176), if known. */
  amr?: readonly string[] | undefined;
}

interface Parts {
  readonly sql: Sql;
  readonly patients: Patients;
  readonly clock: () => Date;
}

/**
 * @returns undefined while everything holds
 * @throws the refusal `records-unreachable` (503) if the FHIR server does not answer: nothing is renewed on the basis of an old answer
 */
export async function endingOf(parts: Parts, standing: Standing): Promise<Ending | undefined> {
  const known = endingKnownHere(standing);
  if (known !== undefined) return known;
  try {
    return await endingInRecords(parts, standing);
  } catch (error) {
    if (error instanceof PatientsError) throw Object.assign(refusal('records-unreachable'), { cause: error });
    throw error;
  }
}

function endingKnownHere({ registration, person, scope, launch, basis, hasRole, amr }: Standing): Ending | undefined {
  if (isBarred(person, registration)) return 'person-changed';
  const scopes = scope.split(' ');
  const renewing = scopes.filter((one) => one === 'offline_access' || one === 'online_access');
  const isOtherMethod = amr !== undefined && amr.length > 0 && !allowsMethod(registration, methodOf(amr));
  // Without its last scope for renewal the client would not get a refresh token today.
  const isNarrowed = renewing.length > 0 && !renewing.some((one) => registration.scopes.includes(one));
  if (isNarrowed || isOtherMethod) return 'client-narrowed';
  if (basis === undefined) return undefined;
  const isOther = basis.fhir_user !== (recordOf(person) ?? null);
  const isOtherPatient = basis.patient !== null && basis.patient !== person.patient;
  if (isOther || isOtherPatient) return 'person-changed';
  // A person who lost the role would not be limited by any policy, since health workers without a role have the scopes as stated.
  const isByRoles = launch?.picked === true || hasUserScope(scope);
  return isByRoles && basis.had_role && !hasRole ? 'role-ended' : undefined;
}

async function endingInRecords(
  parts: Parts,
  { registration, person, scope, launch }: Standing,
): Promise<Ending | undefined> {
  const { sql, patients } = parts;
  const { environment, client_id: clientId } = registration;
  const record = recordOf(person);
  const { patient } = tokenClaims(person, scope, launch) as { patient?: string };
  const asksForRecords = patient !== undefined || hasUserScope(scope);
  const [, relatedPerson] = /^RelatedPerson\/(.*)$/.exec(record ?? '') ?? [];
  if (relatedPerson !== undefined && asksForRecords) {
    const granted = patient === person.patient ? undefined : patient;
    const { accountId } = person.account;
    const relation = await relationOf(parts, { accountId, environment, relatedPerson, clientId, granted });
    if (typeof relation === 'string') return `relation-${relation}`;
    // The operator has since linked the account to the record again, and it now represents another patient.
    if (granted !== undefined) return granted === relation.patient ? undefined : 'relation-changed';
  }
  const isOwn = patient === person.patient;
  const own = isOwn || (record?.startsWith('Patient/') === true && hasUserScope(scope)) ? person.patient : undefined;
  // A record that does not exist yet cannot have ended; the operator may register a person before the record is written.
  if (own !== undefined && (await patients.stateOf(environment, own)) === 'ended') return 'record-ended';
  if (launch === undefined || (isOwn && !isHealthWorker(person))) return undefined;
  if (!isHealthWorker(person)) return 'person-changed';
  const context = isOwn ? { ...launch, patient: null } : launch;
  const hidden = await hiddenInContext({ sql, patients }, { registration, person, context });
  return hidden === undefined ? undefined : 'context-not-visible';
}
