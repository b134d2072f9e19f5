import type { FhirOptions } from './options.ts';

/**
 * `[base]/.well-known/smart-configuration`: the address of the SSO and the SMART capabilities that work today.
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
    registration_endpoint: ssoEndpoints.register,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS256'],
    grant_types_supported: ['authorization_code', 'client_credentials', 'refresh_token'],
    scopes_supported: [
      ...[
        'openid',
        'profile',
        'fhirUser',
        'launch',
        'launch/patient',
        'launch/encounter',
        'offline_access',
        'online_access',
      ],
      ...['system/*.cruds', 'system/*.rs', 'system/bulk-submit', 'user/*.cruds', 'patient/*.cruds'],
    ],
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    capabilities: [
      ...['launch-ehr', 'launch-standalone', 'sso-openid-connect', 'authorize-post'],
      ...[
        'context-ehr-patient',
        'context-ehr-encounter',
        'context-standalone-patient',
        'context-banner',
        'context-style',
      ],
      ...['client-public', 'client-confidential-symmetric', 'client-confidential-asymmetric'],
      ...['permission-offline', 'permission-online', 'permission-patient', 'permission-user'],
      ...['permission-v1', 'permission-v2'],
    ],
  };
}
