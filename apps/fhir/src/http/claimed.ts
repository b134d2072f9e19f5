/** Claims of an access token, and the rights that they amount to: when it is used, and later, when less of them may stand. */
import type { JWTPayload } from 'jose';
import type { Position } from '@dhp/access-policies';
import { identifierTypeOf, parseScope, trailRight, type ResourceScope } from '@dhp/smart-scopes';
import type { Access, Claimed } from '../contract/access.ts';
import { accessOf, type Grant } from './access.ts';

/** Other forms of a claim say nothing. */
export function claimedIn(claims: JWTPayload): Claimed {
  const { scope, policies, roles } = claims;
  const [organization, patient, grant] = [claims['organization'], claims['patient'], claims['gid']].map(textOf);
  return {
    scopes: typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : [],
    ...(organization !== undefined && { organization }),
    ...(patient !== undefined && { patient }),
    ...(grant !== undefined && { grant }),
    ...(policies !== undefined && { policies: textsIn(policies) }),
    ...(roles !== undefined && { roles: textsIn(roles) }),
    ...(claims['patient_policies'] === true && { byRoles: true }),
  };
}

/** Facts beside them, of the token or of the server. */
export type Facts = Pick<
  Grant,
  'clientId' | 'subject' | 'fhirUser' | 'trustsHealthWorkers' | 'expiresAt' | 'twoFactorsAt' | 'launched' | 'token'
>;

export function accessOfClaims(claimed: Claimed, facts: Facts): Access {
  const { scopes, patient, policies, byRoles } = claimed;
  const words = policies ?? [];
  const access = accessOf({
    ...facts,
    ...{ scope: scopes.join(' '), patient, policies: policiesIn(policies), positions: positionsIn(claimed) },
    identifierTypes: words.flatMap((text) => identifierTypeOf(text) ?? []),
    readsTrail: words.includes(trailRight),
    patientByRoles: byRoles === true,
  });
  return { ...access, claimed };
}

/** Of the words of a token those that still stand. */
export type StandingClaims = Pick<Claimed, 'scopes' | 'organization' | 'policies' | 'roles'>;

/**
 * The same rights without those that no longer hold. No right is added, whatever the SSO confirms, and the authority is unchanged.
 * @param access with its claims
 */
export function narrowedAccess(
  access: Access & { readonly claimed: Claimed },
  stands: StandingClaims,
  trustsHealthWorkers: boolean,
): Access {
  const { claimed, authority, identifierTypes: before } = access;
  const { organization, policies, roles, ...kept } = claimed;
  const left: Claimed = {
    ...kept,
    scopes: both(claimed.scopes, stands.scopes),
    ...(organization !== undefined && organization === stands.organization && { organization }),
    ...(policies !== undefined && { policies: both(policies, stands.policies) }),
    ...(roles !== undefined && { roles: both(roles, stands.roles) }),
  };
  const { clientId, subject, person: fhirUser, expiresAt, twoFactorsAt, launched, token } = access;
  const facts = { clientId, subject, fhirUser, expiresAt, twoFactorsAt, launched, token, trustsHealthWorkers };
  const made = accessOfClaims(left, facts);
  // Without its scopes for a person a token would read as one of a client by itself.
  const identifierTypes = before !== 'all' && made.identifierTypes === 'all' ? new Set<string>() : made.identifierTypes;
  return { ...made, authority, identifierTypes };
}

function both(held: readonly string[], stands: readonly string[] | undefined): string[] {
  const standing = new Set(stands);
  return held.filter((one) => standing.has(one));
}

/** The claim `policies`: scopes of `user/`. Other entries permit nothing. */
function policiesIn(texts: readonly string[] | undefined): ResourceScope[] | undefined {
  return texts?.flatMap((text) => parseScope(text) ?? []).filter(({ context }) => context === 'user');
}

/** The claims `roles` (`family-doctor Organization/7`) and, of a client that acts for itself, `organization`. */
function positionsIn({ roles = [], organization: own }: Claimed): Position[] {
  const held = roles.flatMap((text): Position[] => {
    const [, role, place] = /^([a-z][a-z\d-]*) (Organization\/[A-Za-z\d.-]{1,64})$/.exec(text) ?? [];
    return role === undefined || place === undefined ? [] : [{ role, organization: place }];
  });
  return own !== undefined && /^Organization\/[A-Za-z\d.-]{1,64}$/.test(own) ? [...held, { organization: own }] : held;
}

function textsIn(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter((text) => typeof text === 'string') : [];
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' ? claim : undefined;
}
