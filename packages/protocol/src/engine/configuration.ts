/** The engine's own configuration: its addresses, lifetimes and features, and the questions that it asks us. */
import type { EngineConfiguration, EngineContext, Provider } from 'oidc-provider';
import type { SigningKey, SigningKeys } from '@dhp/signing-keys';
import { isWithinRules } from '@dhp/clients/authentication';
import { assertionAlgorithms } from '@dhp/clients/fields';
import { hasFactor } from '@dhp/accounts/rows';
import { requestState } from '@dhp/sso-kit/request';
import { createAdapter } from './adapter.ts';
import type { cookieSettings } from './cookies.ts';
import { deviceCodeSeconds } from './device-codes.ts';
import { registrationOf } from './engine-client.ts';
import { renderError } from './faults.ts';
import { featuresOf } from './features.ts';
import { secondsOfGrant } from './grants.ts';
import { grantsOfRequests } from './grants-of-requests.ts';
import type { EngineOptions } from './options.ts';
import type { EnginePages } from './pages.ts';
import { enginePaths, signInPath } from './paths.ts';
import { peopleOfRequests } from './people-of-requests.ts';
import type { Redemptions } from './redemptions.ts';
import { refusal } from './refusal.ts';
import { resourceServers } from './resource-servers.ts';
import { acr, sessionPolicy } from './session-policy.ts';
import type { SignInReads } from './sign-in-reads.ts';
import { EngineSigningKey } from './signing.ts';
import { standingOfRequests } from './standing-of-requests.ts';

/** Seconds. Artifacts that are renewed end after a month without use. */
const lifetimes = {
  AuthorizationCode: 60,
  DeviceCode: deviceCodeSeconds,
  Grant: secondsOfGrant,
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: 30 * 86_400,
};

type Fixed = Pick<
  EngineConfiguration,
  | 'routes'
  | 'clientAuthMethods'
  | 'enabledJWA'
  | 'clientBasedCORS'
  | 'claims'
  | 'scopes'
  | 'responseTypes'
  | 'subjectTypes'
  | 'conformIdTokenClaims'
  | 'extraParams'
  | 'acrValues'
>;

/** Returns the settings that are the same for all requests and clients. */
function fixed(): Fixed {
  return {
    routes: {
      authorization: enginePaths.authorize,
      token: enginePaths.token,
      jwks: enginePaths.jwks,
      pushed_authorization_request: enginePaths.par,
      device_authorization: enginePaths.deviceAuthorization,
      code_verification: enginePaths.device,
      end_session: enginePaths.logout,
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: { clientAuthSigningAlgValues: [...assertionAlgorithms] },
    clientBasedCORS: () => true, // the edge decides about CORS; the engine's refusal would be an error to the client
    claims: { openid: ['sub', 'acr', 'amr'], profile: ['name'], fhirUser: ['fhirUser'] },
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    conformIdTokenClaims: false, // SMART App Launch wants fhirUser in the id_token
    extraParams: ['aud', 'launch', 'consent'],
    acrValues: Object.values(acr),
  };
}

/** @param o.provider returns the engine that is being configured; called when a request arrives */
export function configurationOf(o: {
  options: EngineOptions & { redemptions: Redemptions; signIns: SignInReads };
  keys: SigningKeys;
  pages: EnginePages;
  cookies: ReturnType<typeof cookieSettings>;
  provider: () => Provider;
}): EngineConfiguration {
  const { options, keys, pages, cookies } = o;
  const { clock, issuer, session, signIns } = options;
  const resources = resourceServers({ ...options, keys });
  const people = peopleOfRequests(options);
  const standings = standingOfRequests({ ...options, people });
  const { loadExistingGrant, rotateRefreshToken } = grantsOfRequests({
    ...{ options, signIns, people, standings, resources },
    provider: o.provider,
  });
  return {
    ...fixed(),
    adapter: (model) => createAdapter(model, options),
    // The engine uses the first key of an algorithm, so the current signing key comes first.
    jwks: { keys: signingFirst(keys).map((key) => new EngineSigningKey(key)) },
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header, client) => {
      const registered = registrationOf(client);
      if (!isWithinRules(claims, header, registered, { issuer, now: clock() })) throw refusal('assertion-refused');
    },
    cookies,
    ttl: {
      ...lifetimes,
      Session: session.idle,
      AccessToken: resources.secondsOfToken,
      ClientCredentials: resources.secondsOfToken,
    },
    pkce: {
      required: (_ctx, client) => {
        const { require_pkce: isDemanded, public: isPublic } = registrationOf(client);
        return isPublic || isDemanded || options.requirePkce;
      },
    },
    interactions: {
      policy: sessionPolicy({
        absoluteLimit: session.absolute,
        clock,
        hasFactor: (accountId) => hasFactor(options.sql, accountId),
        isHeldToTwo: (...asked) => people.isHeldToTwo(...asked),
      }),
      url: (_ctx, { uid }) => `${signInPath}/${uid}`,
    },
    findAccount: people.findAccount,
    loadExistingGrant,
    extraTokenClaims: people.tokenClaims,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    rotateRefreshToken,
    renderError: (ctx, out, error) => renderError(ctx, { out, error }, options),
    formats: { customizers: { jwt: timesBy(clock) } },
    features: featuresOf(options, pages, resources),
  };
}

function signingFirst(keys: SigningKeys): SigningKey[] {
  const first = [keys.signing('ES256'), keys.signing('RS256')];
  return [...first, ...keys.keys.filter((key) => !first.includes(key))];
}

/**
 * The engine reads the system's clock; this sets the times from the injected clock. The milliseconds distinguish a token issued before a
 * revocation from one issued after it in the same second. The time of a token is that at which its request began: everything it depends on
 * was read after that, so a revocation while the token is being made also revokes the token.
 */
function timesBy(clock: () => Date): EngineConfiguration['formats']['customizers']['jwt'] {
  return (_ctx: EngineContext, _token: unknown, { payload }: { payload: Record<string, unknown> }): void => {
    const milliseconds = (requestState().exchange?.began ?? clock()).getTime();
    const now = Math.floor(milliseconds / 1000);
    payload['exp'] = now + (payload['exp'] as number) - (payload['iat'] as number);
    payload['iat'] = now;
    payload['iat_ms'] = milliseconds;
  };
}
