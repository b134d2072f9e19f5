/**
 * Rights that outlive the token that granted them, such as those of a subscription: computes which of them a client, or a person at a
 * client, could get in a new token now. docs/decisions/0103-rights-that-outlive-tokens.md
 */
import type { Sql } from '@dhp/postgres';
import { coverageOf } from '@dhp/smart-scopes';
import { isAccountId } from '@dhp/accounts/rows';
import type { Patients } from '@dhp/accounts/records';
import { selectRegistrations, type Registration } from '@dhp/clients/rows';
import { isRenewable, selectSessionOfGrant } from '@dhp/grants/artifacts';
import type { EnvironmentName } from '@dhp/sso-kit';
import { hasUserScope, personOf, policiesOfPerson, recordOf, tokenClaims } from '../engine/person.ts';
import { claimsOfClient } from '../engine/people-of-requests.ts';
import { refusalKind } from '../engine/refusal.ts';
import { isOfPart } from '../engine/resource-servers.ts';
import { askableScopes, grantSystemScopes } from '../engine/scopes.ts';
import { endingOf } from '../engine/standing.ts';
import { selectGrantStanding } from '../store/grant-basis.ts';

/** The rights of a token, as its claims stated them. */
export interface AskedOwner {
  readonly client: string;
  readonly scopes: readonly string[];
  /** `Organization/7`, of a client that acts for itself. */
  readonly organization?: string;
  readonly person?: AskedPerson;
}

export interface AskedPerson {
  /** `sub` */
  readonly id: string;
  /** `gid` */
  readonly grant: string;
  /** Relative: `Practitioner/1`. */
  readonly fhirUser?: string;
  readonly patient?: string;
  /** `patient_policies` */
  readonly byRoles?: boolean;
  readonly policies?: readonly string[];
  readonly roles?: readonly string[];
  /** The token has ended: its rights continue only if the client could get a new one. */
  readonly renewed?: boolean;
}

/** The rights that remain, never more than were asked about; or one word why none remain. `unknown`: this cannot be determined now. */
export type OwnerStanding =
  | { readonly ended: string }
  | { readonly unknown: true }
  | {
      readonly scopes: readonly string[];
      readonly organization?: string;
      readonly policies?: readonly string[];
      readonly roles?: readonly string[];
    };

export interface StandingParts {
  readonly sql: Sql;
  readonly environments: Partial<Record<EnvironmentName, string>>;
  readonly patients: Patients;
  readonly resourceTypes: ReadonlySet<string> | undefined;
  readonly clock: () => Date;
}

/** How many owners are checked concurrently, and after how many milliseconds the remaining ones are reported as `unknown`. */
const beside = 8;
const longest = 5_000;

/**
 * @param environment of the asking server: clients of other environments look to it as if they did not exist
 * @returns the standing of each owner, in the order of the owners
 */
export async function standingOfOwners(
  owners: readonly AskedOwner[],
  environment: EnvironmentName,
  parts: StandingParts,
): Promise<OwnerStanding[]> {
  const ends = performance.now() + longest;
  const registrations = await selectRegistrations(parts.sql, [...new Set(owners.map(({ client }) => client))]);
  const found: OwnerStanding[] = owners.map(() => ({ unknown: true }));
  const waiting = owners.entries();
  const work = async (): Promise<void> => {
    for (const [n, owner] of waiting) {
      if (performance.now() > ends) return;
      found[n] = await standingOf(owner, registrations.get(owner.client), environment, parts);
    }
  };
  await Promise.all(Array.from({ length: beside }, work));
  return found;
}

async function standingOf(
  owner: AskedOwner,
  registration: Registration | undefined,
  environment: EnvironmentName,
  parts: StandingParts,
): Promise<OwnerStanding> {
  if (registration?.environment !== environment) return { ended: 'client-unknown' };
  if (registration.disabled || registration.awaits_approval) return { ended: 'client-disabled' };
  if (owner.person === undefined) return ofClient(owner, registration, parts);
  try {
    return await ofPerson({ owner, asked: owner.person, registration }, parts);
  } catch (error) {
    if (error instanceof Error && refusalKind(error) === 'records-unreachable') return { unknown: true };
    throw error;
  }
}

function ofClient(owner: AskedOwner, registration: Registration, { resourceTypes }: StandingParts): OwnerStanding {
  if (!registration.grants.includes('client_credentials')) return { ended: 'client-narrowed' };
  const registered = registration.scopes.filter(isOfPart.environment);
  const scopes = grantSystemScopes(registered, owner.scopes.join(' '), resourceTypes);
  const organization = claimsOfClient(registration)?.['organization'];
  // A client that now acts for another organisation is a different party to consents and access policies.
  if (organization !== undefined && organization !== owner.organization) return { ended: 'organization-changed' };
  return { scopes, ...(organization !== undefined && { organization: owner.organization! }) };
}

interface OfPerson {
  readonly owner: AskedOwner;
  readonly asked: AskedPerson;
  readonly registration: Registration;
}

async function ofPerson({ owner, asked, registration }: OfPerson, parts: StandingParts): Promise<OwnerStanding> {
  const { sql, clock, resourceTypes } = parts;
  const { environment, client_id: clientId } = registration;
  const person = isAccountId(asked.id) ? await personOf(parts, registration, asked.id) : undefined;
  if (person === undefined) return { ended: 'person-disabled' };
  if (!registration.grants.includes('refresh_token')) return { ended: 'client-narrowed' };
  const of = {
    grantHash: Buffer.from(asked.grant, 'base64url'),
    accountId: asked.id,
    clientId,
    environment,
    now: clock(),
  };
  if (asked.renewed === true && !(await couldRenew(owner, of, parts))) return { ended: 'grant-ended' };
  const { launch, ...known } = await selectGrantStanding(sql, of);
  const scope = owner.scopes.join(' ');
  const claims = tokenClaims(person, scope, launch);
  const isTheSame =
    recordOf({ fhirUser: claims['fhirUser'] as string | undefined }) === asked.fhirUser &&
    claims['patient'] === asked.patient &&
    (claims['patient_policies'] === true) === (asked.byRoles === true);
  if (!isTheSame) return { ended: 'person-changed' };
  const ending = await endingOf(parts, { registration, person, scope, launch, ...known });
  if (ending !== undefined) return { ended: ending };
  const isByRoles = launch?.picked === true || hasUserScope(scope);
  const { policies, roles } = isByRoles ? await policiesOfPerson(parts, person, environment) : {};
  // An additional role limits, and another organisation is a different party to consents: only a new token can express that.
  const isMore = roles?.some((one) => asked.roles?.includes(one) !== true) === true;
  if (isMore || (policies !== undefined && asked.policies === undefined)) return { ended: 'roles-changed' };
  return {
    scopes: askableScopes(registration.scopes, scope, resourceTypes),
    ...(asked.policies !== undefined && { policies: asked.policies.filter(coverageOf(policies ?? [])) }),
    ...(asked.roles !== undefined && { roles: asked.roles.filter((one) => roles?.includes(one) === true) }),
  };
}

/** `online_access` lasts as long as the person is signed in. */
async function couldRenew(
  { scopes }: AskedOwner,
  of: Parameters<typeof isRenewable>[1],
  { sql }: StandingParts,
): Promise<boolean> {
  const isOffline = scopes.includes('offline_access');
  if (!isOffline && (await selectSessionOfGrant(sql, of.grantHash, of.now)) === undefined) return false;
  return isRenewable(sql, of);
}
