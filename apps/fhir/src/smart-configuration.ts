import type { FhirOptions } from './options.ts';

/**
 * `[base]/.well-known/smart-configuration`: where the SSO is and what of SMART works today.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
 */
export function smartConfigurationOf({ issuer, ssoEndpoints }: FhirOptions): object {
  return {
    issuer,
    jwks_uri: ssoEndpoints.jwks,
    authorization_endpoint: ssoEndpoints.authorize,
    token_endpoint: ssoEndpoints.token,
    introspection_endpoint: ssoEndpoints.introspect,
    revocation_endpoint: ssoEndpoints.revoke,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/*.cruds', 'system/*.rs'],
    // SMART wants it of every server, with the authorization code grant or before; it will never be anything else.
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-symmetric', 'permission-v1', 'permission-v2'],
  };
}
