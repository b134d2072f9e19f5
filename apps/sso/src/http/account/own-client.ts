/** The pages of the account, and those of operators, are a client of the SSO like others. */
import { enginePaths } from '../../engine/engine.ts';
import type { Environment, Registration } from '../../store/clients.ts';

export const ownClientId = 'dhp-account';
export const backPath = '/account/signed-in';
/** Path at which an identity system is connected to the account, and to which the way back from it leads. */
export const connectPath = '/account/connect';
export const signedOutPath = `${enginePaths.logout}/success`;
/** The operators' pages are the same application. */
export const operatorBackPath = '/operate/signed-in';

/** The account as a client of the SSO. Its code is never exchanged: the session is what it comes for. */
export function ownRegistration(issuer: string, environment: Environment): Registration {
  return {
    client_id: ownClientId,
    name: 'DHP',
    row_version: '0',
    environment,
    grants: ['authorization_code'],
    scopes: ['openid'],
    redirect_uris: [`${issuer}${backPath}`, `${issuer}${operatorBackPath}`],
    public: true,
    minimal_authorize: false,
    hex_challenge: false,
    require_pkce: false,
    jwks: null,
    jwks_uri: null,
    dpop_bound: false,
    post_logout_redirect_uris: [],
    backchannel_logout_uri: null,
    sign_in_methods: [],
    logo_sha256: null,
    secret_hash: null,
    previous_secret_hash: null,
    disabled: false,
    awaits_approval: false,
  };
}
