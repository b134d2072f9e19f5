/** A person as seen by a client: in the records of the client's environment, and in its tokens. */
import { parseScope } from '@dhp/smart-scopes';
import type { Sql } from '@dhp/postgres';
import { type Account, findEnabledAccount } from '@dhp/accounts';
import { policiesOf } from '@dhp/accounts/policies';
import type { LaunchContext, StatedEmergency } from '../store/launches.ts';
import type { Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';
import type { SignInReads } from './sign-in-reads.ts';
import type { Person } from './state.ts';

/** @returns undefined when the account is gone or disabled */
export async function personOf(
  {
    sql,
    environments,
    signIns,
  }: { sql: Sql; environments: Partial<Record<EnvironmentName, string>>; signIns?: SignInReads },
  registration: Registration,
  accountId: string,
): Promise<Person | undefined> {
  const known = signIns?.account(accountId);
  const account = known === undefined ? await findEnabledAccount(sql, accountId) : known.account;
  return account && personOfAccount(environments, registration, account);
}

export function personOfAccount(
  environments: Partial<Record<EnvironmentName, string>>,
  { environment }: Registration,
  account: Account,
): Person {
  const idOf = (type: string): string | undefined =>
    account.identities.find((one) => one.environment === environment && one.type === type)?.fhir_id;
  const type = ['Practitioner', 'RelatedPerson', 'Patient'].find((one) => idOf(one) !== undefined);
  const base = environments[environment];
  const fhirUser = type === undefined || base === undefined ? undefined : `${base}/${type}/${idOf(type)!}`;
  return { account, fhirUser, patient: idOf('Patient') };
}

/** Whether the scope contains a `user/` scope. */
export function hasUserScope(scope: string): boolean {
  return scope.split(' ').some((token) => parseScope(token)?.context === 'user');
}

/** The claims from which the FHIR server learns the person's roles and their permissions; no claims for a person without a role. */
export async function policiesOfPerson(
  { sql }: { sql: Sql },
  { account }: Pick<Person, 'account'>,
  environment: EnvironmentName,
): Promise<{ policies?: string[]; roles?: string[] }> {
  const { accountId } = account;
  const own = account.identities.find((one) => one.environment === environment && one.type === 'Practitioner');
  return { ...(await policiesOf(sql, { accountId, environment, practitioner: own?.fhir_id })) };
}

/** Returns the claims for `openid`, `profile` and `fhirUser`; the engine selects those to which the person agreed. */
export function claimsOfPerson({ account, fhirUser }: Person): Record<string, string> & { sub: string } {
  return { sub: account.accountId, name: account.name, ...(fhirUser === undefined ? {} : { fhirUser }) };
}

/** Claims of an access token on which the FHIR server decides; none of them identifies the person outside of it. */
export function tokenClaims(
  { fhirUser, patient: own }: Person,
  scope: string,
  launch?: LaunchContext,
): Record<string, string | boolean | StatedEmergency> {
  const tokens = scope.split(' ');
  const patient = launch?.patient ?? own;
  const encounter = tokens.some((token) => /^launch(?:\/encounter)?$/.test(token)) ? launch?.encounter : undefined;
  const contexts = new Set(tokens.map((token) => parseScope(token)?.context));
  const isLaunched = launch !== undefined && tokens.includes('launch');
  const isAboutPatient = contexts.has('patient') || tokens.includes('launch/patient') || isLaunched;
  return {
    ...(fhirUser !== undefined && (contexts.has('user') || tokens.includes('fhirUser')) ? { fhirUser } : {}),
    ...(patient !== undefined && isAboutPatient ? { patient } : {}),
    ...(typeof encounter === 'string' ? { encounter } : {}),
    // For another person's record that was chosen at the sign-in, the bearer has at most the permissions of the roles.
    ...(launch?.picked === true && isAboutPatient ? { patient_policies: true } : {}),
    ...(launch !== undefined && launch.emergency !== null && isLaunched && patient !== undefined
      ? { emergency: launch.emergency }
      : {}),
  };
}

/** Choices that are missing before consent can be requested: the patient of a health worker, or the person whom a relative represents. */
export type Lack = 'patient' | 'represented';

/** A health worker must choose a record, even one who is also a patient; a relative uses the record of the represented person. */
export function lackOf(asked: readonly string[], person: Person | undefined): Lack | undefined {
  if (person === undefined) return undefined;
  if (isHealthWorker(person)) return asked.includes('launch/patient') ? 'patient' : undefined;
  const isAboutPatient = asked.some((token) => token === 'launch/patient' || token.startsWith('patient/'));
  const isRelative = /\/RelatedPerson\//.test(person.fhirUser ?? '');
  return isRelative && isAboutPatient && person.patient === undefined ? 'represented' : undefined;
}

/** The person's record as a relative reference, such as `Practitioner/1`; undefined if the person has none. */
export function recordOf({ fhirUser }: Pick<Person, 'fhirUser'>): string | undefined {
  return /(?<![A-Za-z])[A-Z][A-Za-z]+\/[^/]+$/.exec(fhirUser ?? '')?.[0];
}

/** Whether the client belongs to production and the person is a test person of the playground, whose identity nobody has proved. */
export function isBarred(
  { account }: Pick<Person, 'account'>,
  { environment }: Pick<Registration, 'environment'>,
): boolean {
  return account.isTest === true && environment === 'production';
}

export function isHealthWorker(person: Person | undefined): boolean {
  return /\/Practitioner\/[^/]+$/.test(person?.fhirUser ?? '');
}
