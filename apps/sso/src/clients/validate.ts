import { adminScopes } from '../admin/scopes.ts';
import { parseScope } from '@dhp/smart-scopes';
import type { JWK } from 'jose';
import type { Environment } from '../store/clients.ts';
import { ClientError } from './client-error.ts';
import { validateDetails, type ClientDetails } from './validate-details.ts';
import { isAddress, validateAddress } from './validate-address.ts';
import type { Logo } from './logo.ts';
import { validateKeySet } from './validate-keys.ts';

export interface NewClient {
  name: string;
  grants: string[];
  scopes: string[];
  environment: Environment;
  /** Default: a random UUID. */
  clientId?: string;
  /** Addresses to which people return after they signed in; compared character by character. */
  redirectUris?: string[];
  /** It runs in a browser or on a phone, where a secret could not be kept: it has none, and PKCE instead. */
  public?: boolean;
  /** An authorization request may be `client_id` and `redirect_uri` alone: it then asks for all registered scopes. */
  minimalAuthorize?: boolean;
  /** The code_challenge may be SHA-256 in hexadecimal, without a method. */
  hexChallenge?: boolean;
  /** Every authorization request must use PKCE; of a public client that is required in any case. */
  requirePkce?: boolean;
  /** A key set (RFC 7517): the client authenticates by private_key_jwt, and has no secret. */
  jwks?: unknown;
  /** Address at which the client publishes its key set. */
  jwksUri?: string;
  /** All its access tokens are bound to a key of its own (DPoP). */
  dpopBound?: boolean;
  /** Addresses to which people may be sent after they signed out; compared character by character. */
  postLogoutRedirectUris?: string[];
  /** Address at which the client is told that somebody signed out. */
  backchannelLogoutUri?: string;
  /** For people, and for launching. */
  details?: ClientDetails;
  /** Ways to sign in for it: `password`, `passkey`, ids of identity systems; empty: every one. */
  signInMethods?: string[];
  /** Picture that the pages show beside the name. */
  logo?: Logo;
}

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

/** Lets a client register what it launches an application with. */
export const launchScope = 'dhp.launch';

/** Scopes that are words for systems that act for themselves; no wildcard contains them. */
export const systemWordScopes: readonly string[] = [launchScope, 'dhp.explain', ...adminScopes];

const environments: readonly string[] = ['playground', 'production'];

/** The shape of a client id: what needs no encoding anywhere, not in a URL nor in HTTP Basic. */
export const clientIdShape = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;

/** A registration that can be stored. */
export type ValidClient = Required<
  Omit<NewClient, 'clientId' | 'jwks' | 'jwksUri' | 'backchannelLogoutUri' | 'logo'>
> & {
  clientId?: string;
  jwks: { keys: JWK[] } | undefined;
  jwksUri: string | undefined;
  backchannelLogoutUri: string | undefined;
};

/** @throws ClientError for the first value that is not valid */
export function validateNewClient(o: NewClient, types: ReadonlySet<string> | undefined): ValidClient {
  const name = o.name.trim();
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw new ClientError('invalid-name', 'A client needs a name of 1 to 200 characters: who it is, for people');
  }
  if (o.clientId !== undefined && !clientIdShape.test(o.clientId)) {
    throw new ClientError(
      'invalid-client-id',
      'A client id has 1 to 128 letters, digits, ".", "_", "~" or "-" and starts with a letter or digit',
    );
  }
  if (!environments.includes(o.environment)) {
    throw new ClientError(
      'invalid-environment',
      `There is no environment "${o.environment}": playground or production`,
    );
  }
  const grants = validateGrants(o.grants);
  const redirectUris = validateRedirectUris(o.redirectUris ?? [], o.public === true);
  const flags = {
    public: o.public === true,
    minimalAuthorize: o.minimalAuthorize === true,
    hexChallenge: o.hexChallenge === true,
    requirePkce: o.requirePkce === true,
    dpopBound: o.dpopBound === true,
  };
  const jwks = o.jwks === undefined ? undefined : validateKeySet(o.jwks);
  const postLogoutRedirectUris = validateRedirectUris(o.postLogoutRedirectUris ?? [], flags.public);
  validateCombination({ grants, redirectUris, hasKeys: jwks !== undefined || o.jwksUri !== undefined, ...flags });
  if (jwks !== undefined && o.jwksUri !== undefined) {
    throw new ClientError('invalid-combination', 'Give the keys, or the address where they are published, not both');
  }
  return {
    name,
    environment: o.environment,
    grants,
    scopes: validateScopes(o.scopes, grants, types),
    redirectUris,
    postLogoutRedirectUris,
    jwks,
    jwksUri: validateAddress('jwks_uri', o.jwksUri),
    backchannelLogoutUri: validateAddress('backchannel_logout_uri', o.backchannelLogoutUri),
    details: validateDetails(o.details ?? {}),
    signInMethods: validateSignInMethods(o.signInMethods ?? []),
    ...flags,
    ...(o.clientId === undefined ? {} : { clientId: o.clientId }),
  };
}

/** Checks the form of the ids only: the identity systems are a setting of the server, and an unknown id is simply never offered. */
function validateSignInMethods(methods: string[]): string[] {
  const bad = methods.find((method) => !/^[a-z][a-z0-9-]{0,39}$/.test(method));
  if (bad === undefined) return [...new Set(methods)];
  throw new ClientError(
    'invalid-sign-in-method',
    `"${bad}" is not a way to sign in: password, passkey, or the id of an identity system such as oneid`,
  );
}

function validateGrants(grants: string[]): string[] {
  const unknown = grants.find((grant) => !supportedGrants.includes(grant));
  if (unknown === undefined && grants.length > 0) return [...new Set(grants)];
  const given = unknown === undefined ? 'A client needs at least one grant' : `The grant "${unknown}" is not supported`;
  throw new ClientError('invalid-grant', `${given}: choose from ${supportedGrants.join(', ')}`);
}

function validateCombination(o: {
  grants: string[];
  redirectUris: string[];
  public: boolean;
  minimalAuthorize: boolean;
  hexChallenge: boolean;
  requirePkce: boolean;
  hasKeys: boolean;
}): void {
  const signsIn = o.grants.includes('authorization_code');
  const wrong = (message: string): ClientError => new ClientError('invalid-combination', message);
  if (signsIn && o.redirectUris.length === 0) {
    throw wrong('A client with the grant authorization_code needs a redirect URI: where people are sent back to');
  }
  if (!signsIn && o.redirectUris.length > 0) throw wrong('Redirect URIs are only for the grant authorization_code');
  const hasPerson = signsIn || o.grants.includes(deviceGrant);
  if (!hasPerson && o.grants.includes('refresh_token')) {
    throw wrong('The grant refresh_token renews what authorization_code has given: register both');
  }
  if (o.public && o.grants.includes('client_credentials')) {
    throw wrong('A public client has no secret and cannot have the grant client_credentials');
  }
  if (o.public && !hasPerson) throw wrong('A public client needs the grant authorization_code');
  if ((o.minimalAuthorize || o.hexChallenge || o.requirePkce) && !signsIn) {
    throw wrong('How an authorization request reads matters only with the grant authorization_code');
  }
  if (o.public && o.hasKeys) throw wrong('A public client does not authenticate: it has no keys');
}

function validateScopes(scopes: string[], grants: string[], types: ReadonlySet<string> | undefined): string[] {
  if (scopes.length === 0) {
    throw new ClientError('invalid-scope', 'A client needs at least one scope, such as system/*.cruds');
  }
  for (const token of scopes) validateScope(token, grants, types);
  return [...new Set(scopes)];
}

function validateScope(token: string, grants: string[], types: ReadonlySet<string> | undefined): void {
  const problem = scopeProblem(token, grants, types);
  if (problem !== undefined) throw new ClientError('invalid-scope', problem);
}

/** Returns the reason why a client with these grants cannot have the scope; undefined when it can. */
export function scopeProblem(
  token: string,
  grants: readonly string[],
  types: ReadonlySet<string> | undefined,
): string | undefined {
  const scope = parseScope(token, types && { types });
  const isWord = wordScopes.includes(token);
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

/** A scheme of an app's own, made from a domain name (RFC 8252 section 7.1). */
const privateScheme = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+:\/[^/]/;

function validateRedirectUris(uris: string[], isPublic: boolean): string[] {
  const bad = uris.find((uri) => !isRedirectUri(uri, isPublic));
  if (bad === undefined) return [...new Set(uris)];
  throw new ClientError(
    'invalid-redirect-uri',
    `"${bad}" is not a redirect URI: https without fragment, user or *; http only for 127.0.0.1, [::1] and localhost; ` +
      'com.example.app:/path only for a public client',
  );
}

function isRedirectUri(uri: string, isPublic: boolean): boolean {
  const url = URL.parse(uri);
  if (url === null || /[#*\s\\]/.test(uri) || url.username !== '' || url.password !== '') return false;
  return isAddress(uri) || (isPublic && privateScheme.test(uri));
}
