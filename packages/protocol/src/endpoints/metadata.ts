/**
 * The documents by which clients configure themselves: RFC 8414, OpenID Connect Discovery 1.0, RFC 7517. They list only what works now, and
 * every URL begins with the configured issuer, whatever the Host header says.
 */
import type { FastifyInstance } from 'fastify';
import type { KeyRing } from '@dhp/signing-keys';
import { pageLanguages } from '@dhp/negotiation';
import { refuseOtherMethods, openDocument } from '@dhp/sso-pages/answers';
import { enginePaths } from '../engine/engine.ts';
import { acr } from '../engine/session-policy.ts';
import { assertionAlgorithms, wordScopes } from '@dhp/clients/fields';
import { tokenPath } from './token.ts';
import { introspectionPath } from './introspection.ts';
import { registrationPath } from './registration.ts';
import { revocationPath } from './revocation.ts';
import { userInfoPath } from './user-info.ts';

export const metadataPaths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];
export const jwksPath = '/oauth/jwks';

const authenticationMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];

const metadataMaxAge = 3600;
/** Seconds; much shorter than the time between publishing a key and signing with it. */
const jwksMaxAge = 300;

export function addMetadata(
  app: FastifyInstance,
  o: { issuer: string; grants: readonly string[]; keys: KeyRing },
): void {
  const metadata = authorizationServerMetadata(o.issuer, o.grants);
  for (const path of metadataPaths) {
    addOpenDocument(app, path, metadataMaxAge, 'application/json; charset=utf-8', () => metadata);
  }
  addOpenDocument(app, jwksPath, jwksMaxAge, 'application/jwk-set+json; charset=utf-8', () => o.keys.jwks);
}

/** One document serves both standards. */
function authorizationServerMetadata(issuer: string, grants: readonly string[]): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}${enginePaths.authorize}`,
    token_endpoint: `${issuer}${tokenPath}`,
    userinfo_endpoint: `${issuer}${userInfoPath}`,
    introspection_endpoint: `${issuer}${introspectionPath}`,
    revocation_endpoint: `${issuer}${revocationPath}`,
    pushed_authorization_request_endpoint: `${issuer}${enginePaths.par}`,
    device_authorization_endpoint: `${issuer}${enginePaths.deviceAuthorization}`,
    end_session_endpoint: `${issuer}${enginePaths.logout}`,
    registration_endpoint: `${issuer}${registrationPath}`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    jwks_uri: `${issuer}${jwksPath}`,
    grant_types_supported: grants,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: authenticationMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: authenticationMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    // SMART scopes are a grammar; the first entries are examples of it that every server understands.
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'user/*.rs', 'patient/*.rs', ...wordScopes],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'acr', 'amr', 'name', 'fhirUser'],
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    ui_locales_supported: pageLanguages,
    acr_values_supported: Object.values(acr),
  };
}

function addOpenDocument(app: FastifyInstance, url: string, maxAge: number, type: string, make: () => object): void {
  app.get(url, (_request, reply) => openDocument(reply, maxAge).type(type).send(JSON.stringify(make())));
  app.options(url, (_request, reply) =>
    openDocument(reply, maxAge)
      .header('Access-Control-Allow-Methods', 'GET, HEAD')
      .header('Access-Control-Allow-Headers', '*')
      .code(204)
      .send(),
  );
  refuseOtherMethods(app, url, 'GET, HEAD, OPTIONS');
}
