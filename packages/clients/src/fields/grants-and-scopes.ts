/** Grants and scopes that a client may be registered with. */
import { parseScope } from '@dhp/smart-scopes';
import { adminScopes } from './scopes.ts';
import { ClientError } from './client-error.ts';
import type { Around } from './client-field.ts';

/** For a device without a browser (RFC 8628). */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

/** The grants that this server carries out. Discovery announces the same list. */
export const supportedGrants: readonly string[] = [
  'client_credentials',
  'authorization_code',
  'refresh_token',
  deviceGrant,
];

/** Scopes that are words, not resources: OpenID Connect and SMART App Launch. They need a person who signs in. */
export const wordScopes: readonly string[] = [
  'openid',
  'profile',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
  'online_access',
];

/**
 * Lets a client act at this server for a person who develops applications: the portal. It is valid only for this server, and needs a person
 * who signs in. Discovery does not list it, since no other client asks for it.
 */
export const applicationsScope = 'dhp.applications';

/** Lets a client register the context with which it launches an application. */
export const launchScope = 'dhp.launch';

/**
 * The bulk data guide's scope for clients that may submit. It grants nothing by itself: each line needs the permission that its own request
 * would need.
 */
const submitScope = 'system/bulk-submit';

/** Word scopes for clients acting for themselves; no wildcard contains them. */
export const systemWordScopes: readonly string[] = [
  launchScope,
  'dhp.explain',
  'dhp.audit',
  'dhp.report-events',
  'dhp.subscriptions',
  'dhp.bulk-delete',
  submitScope,
  ...adminScopes,
];

/** @throws ClientError for an empty list, and for an unsupported grant */
export function checkGrants(grants: string[]): string[] {
  const unknown = grants.find((grant) => !supportedGrants.includes(grant));
  if (unknown === undefined && grants.length > 0) return [...new Set(grants)];
  const given = unknown === undefined ? 'A client needs at least one grant' : `The grant "${unknown}" is not supported`;
  throw new ClientError('invalid-grant', `${given}: choose from ${supportedGrants.join(', ')}`);
}

/** @throws ClientError for an empty list, and for a scope that a client with these grants cannot have */
export function checkScopes(scopes: string[], { grants, types }: Around): string[] {
  if (scopes.length === 0) {
    throw new ClientError('invalid-scope', 'A client needs at least one scope, such as system/*.cruds');
  }
  const problem = scopes.map((token) => scopeProblem(token, grants, types)).find((one) => one !== undefined);
  if (problem !== undefined) throw new ClientError('invalid-scope', problem);
  return [...new Set(scopes)];
}

/** Returns the reason why a client with these grants cannot have the scope; undefined when it can. */
export function scopeProblem(
  token: string,
  grants: readonly string[],
  types: ReadonlySet<string> | undefined,
): string | undefined {
  const scope = parseScope(token, types && { types });
  const isWord = wordScopes.includes(token) || token === applicationsScope;
  const isSystemWord = systemWordScopes.includes(token);
  if (scope === undefined && !isWord && !isSystemWord) {
    const example = `"${token}" is not a scope: write it as system/Patient.rs, with letters in the order c r u d s`;
    const known = types === undefined ? '' : ', for a resource type of FHIR R5 or *';
    return `${example}${known}; or one of ${[...wordScopes, ...systemWordScopes].join(', ')}`;
  }
  const needsPerson = isWord || (!isSystemWord && scope?.context !== 'system');
  if (needsPerson && !grants.includes('authorization_code') && !grants.includes(deviceGrant)) {
    return `"${token}" needs a person who signs in, by the grant authorization_code`;
  }
  if (!needsPerson && !grants.includes('client_credentials')) {
    return `"${token}" is for a system that acts for itself, by the grant client_credentials`;
  }
  if (/^o(?:ff|n)line_access$/.test(token) && !grants.includes('refresh_token')) {
    return `"${token}" asks for refresh tokens: register the grant refresh_token too`;
  }
  return undefined;
}
