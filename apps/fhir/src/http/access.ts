import type { Position } from '@dhp/access-policies';
import { isId } from '@dhp/fhir-model';
import {
  formatScope,
  intersection,
  parseScope,
  permits,
  trailRight as trailRightWord,
  type ResourceScope,
} from '@dhp/smart-scopes';
import type { Permission } from '../contract/permission.ts';
import type { Access, AccessTokenClaims } from '../contract/access.ts';
import { failure, type Failure } from './errors.ts';

/** The scope that permits `_explain`. It is not a scope for resources, so no wildcard contains it. */
const explainScope = 'dhp.explain';
/** Beside the permission to delete each type. */
export const bulkDeleteScope = 'dhp.bulk-delete';

/** Claims of a token, with the values that the environment derives from them. */
export interface Grant {
  clientId: string;
  subject: string;
  scope: string;
  /** The claim `patient` of SMART App Launch: the id of a Patient. */
  patient: string | undefined;
  /** The record of the person, where this server has one: `Patient/1`, `Practitioner/2`. */
  fhirUser: string | undefined;
  /** Permissions of the person's roles, as `user/` scopes; undefined for a person without a role. */
  policies: readonly ResourceScope[] | undefined;
  /** The roles of the person, or the organisation of the client. */
  positions: readonly Position[];
  /** The types in which the roles may write national identifiers: `dhp.national-identifiers/Patient` among the policies. */
  identifierTypes: readonly string[];
  /** The patient is somebody whom a health worker chose: `patient/` scopes permit no more than the roles do. */
  patientByRoles: boolean;
  /** Whether a `user/` scope of a health worker without a role counts as it reads. */
  trustsHealthWorkers: boolean;
  /** Whether a policy of the person's roles is the right to read the trail. */
  readsTrail?: boolean;
  expiresAt: number;
  /** As `Access.twoFactorsAt`. */
  twoFactorsAt?: number | undefined;
  /** As `Access.launched`. */
  launched?: Access['launched'];
  token: AccessTokenClaims;
}

/**
 * `system/` scopes without a search condition grant access everywhere. `patient/` scopes are for the compartment of the token's patient,
 * limited by the policies of the own roles if a health worker chose that patient. `user/` scopes are, for a patient, for the own
 * compartment; for a health worker they permit the intersection of the scope and the policies. A scope without meaning for the token is
 * denied, never widened.
 */
export function accessOf(grant: Grant): Access {
  const { clientId, subject, expiresAt, token: named } = grant;
  const patient = grant.patient ?? ownPatient(grant);
  const scopes: ResourceScope[] = [];
  const narrowed: ResourceScope[] = [];
  const unenforced: ResourceScope[] = [];
  const tokens = grant.scope.split(' ');
  for (const token of tokens) {
    const asked = token === '' ? undefined : parseScope(token);
    for (const scope of asked === undefined ? [] : effective(asked, grant)) {
      if (scope.context === 'system' && scope.query === undefined) scopes.push(scope);
      else if (scope.context === 'system' || (scope.context === 'patient' && patient !== undefined))
        narrowed.push(scope);
      else unenforced.push(scope);
    }
  }
  const authority = authorityOf(grant, narrowed);
  return {
    clientId,
    subject,
    scopes,
    narrowed,
    unenforced,
    reasons: new Map(),
    authority,
    identifierTypes: authority === 'system' ? 'all' : new Set(authority === 'user' ? grant.identifierTypes : []),
    patient,
    person: grant.fhirUser,
    positions: grant.positions,
    twoFactorsAt: grant.twoFactorsAt,
    launched: patient === undefined ? undefined : grant.launched,
    mayExplain: tokens.includes(explainScope),
    ...(authority === 'system' && tokens.includes(bulkDeleteScope) && { mayDeleteMany: true as const }),
    readsTrail: trailRight(grant, authority),
    mayAskForEvidence: tokens.includes('dhp.identity-evidence'),
    mayAdministerAccess: tokens.includes('dhp.access-administration'),
    expiresAt,
    token: named,
  };
}

/**
 * A scope for a patient makes the authority the patient's, unless a health worker chose whose record it is about and is held to the own
 * roles. In the own record a health worker is a patient.
 */
function authorityOf(grant: Grant, narrowed: readonly ResourceScope[]): Access['authority'] {
  if (!grant.patientByRoles && narrowed.some(({ context }) => context === 'patient')) return 'patient';
  const contexts = grant.scope.split(' ').map((token) => parseScope(token)?.context);
  return contexts.some((context) => context === 'user' || context === 'patient') ? 'user' : 'system';
}

function trailRight({ scope, readsTrail }: Grant, authority: Access['authority']): Access['readsTrail'] {
  if (authority === 'system') return scope.split(' ').includes(trailRightWord) ? 'as-system' : undefined;
  return authority === 'user' && readsTrail === true ? 'as-person' : undefined;
}

/** The scopes that a scope amounts to for this person. */
function effective(scope: ResourceScope, grant: Grant): ResourceScope[] {
  if (scope.context === 'patient' && grant.patientByRoles) return permittedByRoles(scope, grant);
  if (scope.context !== 'user') return [scope];
  const own = ownPatient(grant);
  if (own !== undefined && (grant.patient ?? own) === own) return [{ ...scope, context: 'patient' }];
  if (grant.fhirUser?.startsWith('Practitioner/') !== true) return [scope];
  if (grant.policies === undefined) return grant.trustsHealthWorkers ? [{ ...scope, context: 'system' }] : [scope];
  const permitted = grant.policies.flatMap((policy) => intersection(scope, policy) ?? []);
  return permitted.length === 0 ? [scope] : permitted.map((each) => ({ ...each, context: 'system' }));
}

/** A `patient/` scope as far as the roles permit; where they permit nothing, as a `user/` scope, which gives nothing by itself. */
function permittedByRoles(scope: ResourceScope, { policies, trustsHealthWorkers }: Grant): ResourceScope[] {
  const asUser: ResourceScope = { ...scope, context: 'user' };
  if (policies === undefined) return trustsHealthWorkers ? [scope] : [asUser];
  const permitted = policies.flatMap((policy) => intersection(asUser, policy) ?? []);
  return permitted.length === 0 ? [asUser] : permitted.map((each) => ({ ...each, context: 'patient' }));
}

function ownPatient({ fhirUser }: Grant): string | undefined {
  return fhirUser?.startsWith('Patient/') === true ? fhirUser.slice('Patient/'.length) : undefined;
}

/** Fails unless there is something of the type (`*`: of some type) that the access permits to search. */
export function requireSearch(access: Access, type: string, interaction: string): void {
  const missing = missingPermission(access, 's', type, interaction);
  if (missing !== undefined) throw missing;
}

/** Fails unless the access permits anything with something of the type (`*`: of some type). */
export function requireAny(access: Access, type: string, interaction: string): void {
  const missing = (['r', 'c', 'u', 's', 'd'] as const).map((one) => missingPermission(access, one, type, interaction));
  if (!missing.includes(undefined)) throw missing[0]!;
}

/**
 * Undefined if the access permits it on some resources of the type (`*`: of any type); else the failure that names the missing scope. Which
 * resources those are, the store of the interaction decides.
 */
export function missingPermission(
  access: Access,
  permission: Permission,
  type: string,
  interaction: string,
): Failure | undefined {
  const scopes = [...access.scopes, ...access.narrowed];
  const isPermitted =
    type === '*' ? scopes.some(({ permissions }) => permissions.has(permission)) : permits(scopes, permission, type);
  return isPermitted ? undefined : denied(access, permission, type, interaction);
}

/**
 * Fails unless all resources of the type are permitted: for results computed from many of them together, which could not say which of them
 * a narrow scope leaves out.
 */
export function requireWhole(access: Access, permission: Permission, type: string, interaction: string): void {
  if (!permits(access.scopes, permission, type)) throw denied(access, permission, type, interaction);
}

/**
 * As `requireWhole`, for questions about codes: no code system, value set or concept map is in the record of a patient, so that a
 * scope for one patient (`patient/…`, a patient's own `user/…`) leaves none of them out. A scope with a condition does.
 */
export function requireVocabulary(access: Access, type: string, interaction: string): void {
  const scopes = [...access.scopes, ...access.narrowed.filter(({ query }) => query === undefined)];
  if (!permits(scopes, 'r', type)) throw denied(access, 'r', type, interaction);
}

/** Returns the failure where all rules together leave nothing of the type: by the scopes, else by the access policies. */
export function refusal(access: Access, permission: Permission, type: string, interaction: string): Failure {
  const { scopes, narrowed, reasons, patient } = access;
  // A search finds all Binaries or none (`security-context`), so that a scope for some gives none.
  const isForAllOrNone = type === 'Binary' && permission === 's';
  const isGiven =
    permits(scopes, permission, type) ||
    (!isForAllOrNone &&
      narrowed.some(
        (scope) =>
          permits([scope], permission, type) &&
          !reasons.has(scope) &&
          (scope.context !== 'patient' || (patient !== undefined && isId(patient))),
      ));
  return isGiven ? refusedByPolicies(type, interaction) : denied(access, permission, type, interaction);
}

/** Returns the failure for an interaction that the access policies in force do not permit. */
export function refusedByPolicies(type: string, interaction: string): Failure {
  const diagnostics = `The access policies of this environment do not permit this client or person: ${interaction} of ${type}.`;
  return failure('policy-refuses', { type }, { diagnostics, expression: type, refusedBy: 'access-policies' });
}

/** Returns the failure for a resource of a patient for whom the caller does not care. */
export function refusedByCare(type: string, interaction: string): Failure {
  const diagnostics = `Nothing recorded says that this person cares for the patient: ${interaction} of ${type}.`;
  return failure('care-refuses', { type }, { diagnostics, expression: type, refusedBy: 'care' });
}

/** The failure of a write to a resource that the caller has not seen in full. */
export function partlyHidden(type: string, id: string): Failure {
  const how =
    type === 'Bundle' || type === 'Parameters'
      ? `It holds resources of which that is so, and cannot be changed by you.`
      : 'Send it with If-Match and the version that you read, which keeps them, or change it with PATCH.';
  const diagnostics = `Elements of ${type}/${id} are hidden from you by an access policy of this environment. ${how}`;
  return failure('resource-partly-hidden', { type }, { diagnostics, expression: type, refusedBy: 'hidden-elements' });
}

/** Returns the failure for an interaction that a consent refuses. */
export function refusedByConsent(type: string, interaction: string): Failure {
  const diagnostics = `A consent of the patient does not permit this client or person: ${interaction} of ${type}.`;
  return failure('consent-refuses', { type }, { diagnostics, expression: type, refusedBy: 'consent' });
}

/** Returns the failure for a resource with a label, by its codes or set by its writer, for which the caller has no clearance. */
export function refusedByLabel(type: string, interaction: string): Failure {
  const diagnostics = `A security label of it is withheld from this client or person: ${interaction} of ${type}.`;
  return failure('label-refuses', { type }, { diagnostics, expression: type, refusedBy: 'label' });
}

/** Returns the failure for an interaction that the token does not permit on the type. */
export function denied(access: Access, permission: Permission, type: string, interaction: string): Failure {
  const refusal = notGiven(access, permission, type, interaction);
  refusal.detail.refusedBy = 'scopes';
  return refusal;
}

function notGiven(access: Access, permission: Permission, type: string, interaction: string): Failure {
  const scope = `system/${type}.${permission}`;
  const needs = `${interaction} of ${type} needs ${scope}`;
  const unenforced = [...access.unenforced, ...access.narrowed].filter((each) => permits([each], permission, type));
  if (unenforced.length > 0) {
    const given = unenforced.map(formatScope).join(' ');
    const why = unenforced.flatMap((each) => access.reasons.get(each) ?? []).join(' ');
    const diagnostics = `${needs}; ${given} does not give it here.${why === '' ? '' : ` ${why}`}`;
    return failure('scope-context-unsupported', { scope }, { diagnostics, scope });
  }
  const given = access.scopes.map(formatScope).join(' ') || 'none for resources';
  return failure('scope-insufficient', { scope }, { diagnostics: `${needs}; the token has: ${given}.`, scope });
}
