/** oidc-provider as this server sets it up, and the places at which it is ours that decides. */
import { Provider, type EngineContext } from 'oidc-provider';
import { isWithinRules } from '../clients/assertion.ts';
import { assertionAlgorithms } from '../clients/validate-keys.ts';
import { requestState } from '@dhp/sso-kit/request';
import type { SigningKeys, SigningKey } from '@dhp/signing-keys';
import { insertLogoutNotice } from '../store/logout-notices.ts';
import { hasFactor } from '@dhp/accounts/rows';
import { useOnce } from '@dhp/grants/artifacts';
import { createAdapter } from './adapter.ts';
import { installClients } from './clients.ts';
import { registrationOf } from './engine-client.ts';
import { deviceCodeSeconds } from './device-codes.ts';
import { cookieSettings } from './cookies.ts';
import { beginSessionsWithForms, renderError } from './faults.ts';
import { featuresOf } from './features.ts';
import { completeForms } from './forms.ts';
import { enginePages } from './pages.ts';
import { peopleOfRequests } from './people-of-requests.ts';
import type { Redemptions } from './redemptions.ts';
import type { SignInReads } from './sign-in-reads.ts';
import { rememberedGrant, secondsOfGrant } from './grants.ts';
import { clientOf } from './refresh-token-holder.ts';
import { refusal } from './refusal.ts';
import { acr, sessionPolicy } from './session-policy.ts';
import { noteUse } from './session-limits.ts';
import { bindToSessions } from './session-binding.ts';
import { standingOfRequests } from './standing-of-requests.ts';
import { EngineSigningKey } from './signing.ts';
import type { EngineOptions } from './options.ts';
import { enginePaths, signInPath } from './paths.ts';
import { programAnswers } from './program-answers.ts';
import { resourceServers } from './resource-servers.ts';
import { installSteps } from './steps.ts';

/** Routes on which a request counts for its client. */
const countedRoutes: ReadonlySet<string> = new Set([
  'token',
  'pushed_authorization_request',
  'device_authorization',
  'authorization',
]);

/** Seconds. What renews itself ends after a month without use. */
const lifetimes = {
  AuthorizationCode: 60,
  DeviceCode: deviceCodeSeconds,
  Grant: secondsOfGrant,
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: 30 * 86_400,
};

export function createProvider(options: EngineOptions & { redemptions: Redemptions; signIns: SignInReads }): Provider {
  const { issuer, clock, redemptions, signIns } = options;
  // A request that is under way while the keys change ends with those that it began with: the engine knows no others.
  const keys = options.keys.current();

  const resources = resourceServers({ ...options, keys });
  const { defaultResource, getResourceServerInfo, secondsOfToken } = resources;
  const people = peopleOfRequests(options);
  const standings = standingOfRequests({ ...options, people });
  const cookies = cookieSettings(issuer, options.encryptionKey);
  const pages = enginePages(options, { ...enginePaths, logoutConfirm: `${enginePaths.logout}/confirm` });
  const provider: Provider = new Provider(issuer, {
    adapter: (model) => createAdapter(model, options),
    // The engine takes the first key of an algorithm, so the current signing key comes first.
    jwks: { keys: signingFirst(keys).map((key) => new EngineSigningKey(key)) },
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
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header, client) => {
      if (!isWithinRules(claims, header, registrationOf(client), clock())) throw refusal('assertion-refused');
    },
    clientBasedCORS: () => true, // the edge decides about CORS; the engine's refusal would be an error to the client
    claims: { openid: ['sub', 'acr', 'amr'], profile: ['name'], fhirUser: ['fhirUser'] },
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    conformIdTokenClaims: false, // SMART App Launch wants fhirUser in the id_token
    cookies,
    ttl: {
      ...lifetimes,
      Session: options.session.idle,
      AccessToken: secondsOfToken,
      ClientCredentials: secondsOfToken,
    },
    pkce: {
      required: (_ctx, client) => {
        const { require_pkce: isDemanded, public: isPublic } = registrationOf(client);
        return isPublic || isDemanded || options.requirePkce;
      },
    },
    extraParams: ['aud', 'launch', 'consent'],
    acrValues: Object.values(acr),
    interactions: {
      policy: sessionPolicy({
        absoluteLimit: options.session.absolute,
        clock,
        hasFactor: (accountId) => hasFactor(options.sql, accountId),
      }),
      url: (_ctx, { uid }) => `${signInPath}/${uid}`,
    },
    findAccount: people.findAccount,
    loadExistingGrant: async (ctx) => {
      const { client, session, result, account } = ctx.oidc;
      // A new launch has a context of its own, so an earlier grant is not used again.
      const earlier = ctx.oidc.params?.['launch'] === undefined ? session?.grantIdFor(client!.clientId) : undefined;
      const grantId = result?.consent?.grantId ?? earlier;
      const registration = registrationOf(client!);
      const person = await people.find(registration, account!.accountId);
      const isNew = result?.consent?.grantId !== undefined;
      if (grantId === undefined) {
        const remembered = { provider, sql: options.sql, clock, signIns };
        const grant = await rememberedGrant(remembered, ctx, { person, registration });
        return grant && standings.requireOwn(ctx, grant, { person, registration });
      }
      const given = requestState().resumption?.grant;
      const grant = given?.jti === grantId ? given : await provider.Grant.find(grantId);
      return grant && standings.requireGrant(ctx, grant, { grantId, isNew, person, registration });
    },
    extraTokenClaims: people.tokenClaims,
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    // The engine uses up the old token before it looks at the resource: what is to be refused is refused here, before that.
    rotateRefreshToken: async (ctx) => {
      const { resource } = ctx.oidc.entities.RefreshToken!;
      getResourceServerInfo(
        ctx,
        (ctx.oidc.params!['resource'] as string | undefined) ?? resource ?? defaultResource(ctx),
      );
      await standings.requireRenewable(ctx);
      const {
        expiresWithSession: isBound,
        sessionUid: uid,
        accountId,
        authTime: loginTs,
      } = ctx.oidc.entities.RefreshToken!;
      // Renewal in the background (`offline_access`) does not count as use of the session by the person.
      if (isBound === true && uid !== undefined && loginTs !== undefined)
        await noteUse(options, { uid, accountId, loginTs });
      return true;
    },
    renderError: (ctx, out, error) => renderError(ctx, { out, error }, options),
    formats: { customizers: { jwt: setTimes } },
    features: featuresOf(options, pages, resources),
  });

  const codes = createAdapter('AuthorizationCode', options);

  installClients(provider, {
    find: (clientId) => {
      const read = Provider.ctx && requestState().exchange?.read;
      if (read?.clientId === clientId) return Promise.resolve(read.registration);
      const known = signIns.registration(clientId);
      return known === undefined ? options.findRegistration(clientId) : Promise.resolve(known);
    },
    clientOf: (holder) => clientOf(holder, options.sql, options.findRegistration),
    keys: options.clientKeys,
    onSignedOut: ({ client_id: clientId }, accountId, sid) =>
      insertLogoutNotice(options.sql, { clientId, accountId, sid, now: clock() }),
    grants: options.grants,
    onFound: (id, registration) => {
      const { ctx } = Provider;
      const exchange = ctx && requestState().exchange;
      if (exchange === undefined) return;
      const isFirst = exchange.clientId === undefined;
      exchange.registration = registration ?? null;
      exchange.clientId = id;
      if (!isFirst || !countedRoutes.has(ctx!.oidc.route)) return;
      if (!options.limits.admitClient(id, exchange.address, ctx!.res)) throw refusal('too-many-requests');
    },
  });

  /**
   * The engine reads the system's clock; ours is handed in. The milliseconds tell a token that was issued after a revocation from one that
   * was issued before it in the same second.
   */
  function setTimes(_ctx: EngineContext, _token: unknown, { payload }: { payload: Record<string, unknown> }): void {
    const milliseconds = clock().getTime();
    const now = Math.floor(milliseconds / 1000);
    payload['exp'] = now + (payload['exp'] as number) - (payload['iat'] as number);
    payload['iat'] = now;
    payload['iat_ms'] = milliseconds;
  }

  // The engine would look and then write: parallel uses of one assertion would all pass.
  provider.ReplayDetection.unique = (issuer, jti, expires) =>
    useOnce(options.sql, `${issuer} ${jti}`, new Date(expires * 1000), { now: new Date() });

  bindToSessions(provider);
  beginSessionsWithForms(provider, options.session.idle, cookies);

  // Whether the connection is secure is a matter of the issuer, not of the proxy in between.
  Object.defineProperty(provider.request, 'secure', { value: issuer.startsWith('https:') });

  // The engine builds URLs from the Host header; ours all begin with the configured issuer.
  provider.OIDCContext.prototype.urlFor = (name, opt) => provider.urlFor(name, opt);

  completeForms(provider);

  const answerProgram = programAnswers({ options, codes, redemptions });

  const noteError = (_ctx: EngineContext, error: Error): void => {
    const { exchange } = requestState();
    if (exchange) exchange.error = error;
  };
  for (const route of ['grant', 'pushed_authorization_request', 'device_authorization'] as const) {
    provider.on(`${route}.error`, noteError);
  }
  provider.on('server_error', noteError);
  provider.on('end_session.success', (ctx) => {
    const { address } = requestState().exchange!;
    options.onSignedOut({ address, accountId: ctx.oidc.session?.accountId, clientId: ctx.oidc.client?.clientId });
  });
  provider.on('error', options.onFault);
  installSteps(provider, { options, pages, answerProgram, signIns });

  return provider;
}

function signingFirst(keys: SigningKeys): SigningKey[] {
  const first = [keys.signing('ES256'), keys.signing('RS256')];
  return [...first, ...keys.keys.filter((key) => !first.includes(key))];
}
