/** The pages of the account, and those of operators, are a client of the SSO like others. */
import { hash, randomBytes } from 'node:crypto';
import type { Language } from '@dhp/negotiation';
import { enginePaths } from '@dhp/protocol';
import { blankRegistration, type Registration } from '@dhp/clients/rows';
import type { EnvironmentName } from '@dhp/sso-kit';

export const ownClientId = 'dhp-account';
export const backPath = '/account/signed-in';
/** Path at which an identity system is connected to the account, and to which the browser returns from it. */
export const connectPath = '/account/connect';
/** Path that confirms a new e-mail address. */
export const confirmPath = '/account/email';
export const signedOutPath = `${enginePaths.logout}/success`;
/** The operators' pages are the same application. */
export const operatorBackPath = '/operate/signed-in';

export interface OwnSignIn {
  issuer: string;
  redirectPath: typeof backPath | typeof operatorBackPath;
  /** The page at which the person continues. */
  back: string;
  acrValues?: string | false;
  /** Requires a new sign-in even if somebody is signed in. */
  isAnew: boolean;
  language: Language | undefined;
}

/** The address at which the browser signs in for the pages of the account or of operators, and is led back to them. */
export function ownSignInAddress(o: OwnSignIn): string {
  const query = new URLSearchParams({
    client_id: ownClientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `${o.issuer}${o.redirectPath}`,
    state: o.back,
    code_challenge: challengeOfNobody(),
    code_challenge_method: 'S256',
    ...(o.acrValues && { acr_values: o.acrValues }),
    ...(o.isAnew && { prompt: 'login' }),
    ...(o.language && { ui_locales: o.language }),
  });
  return `${enginePaths.authorize}?${query.toString()}`;
}

/**
 * A PKCE challenge whose verifier nobody knows, on purpose. The code is never exchanged, since the browser only comes for the session; but
 * this client is public, so without a challenge anybody who reads the code in an address could exchange it.
 */
function challengeOfNobody(): string {
  return hash('sha256', randomBytes(32), 'base64url');
}

/** The account as a client of the SSO. Its code is never exchanged: only the session is needed. */
export function ownRegistration(issuer: string, environment: EnvironmentName): Registration {
  return {
    ...blankRegistration,
    ...{ client_id: ownClientId, name: 'DHP', row_version: '0', environment },
    ...{ grants: ['authorization_code'], scopes: ['openid'], public: true },
    redirect_uris: [`${issuer}${backPath}`, `${issuer}${operatorBackPath}`],
  };
}
