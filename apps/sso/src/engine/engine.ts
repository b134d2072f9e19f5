/**
 * The seam to the protocol core, oidc-provider: everything that imports it is in this directory. The core walks through
 * the protocol; who the clients are, what they may have, how a refusal reads and what is recorded is ours.
 */
import { hash, hkdfSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, type EngineClient, type EngineContext } from 'oidc-provider';
import type { Sql } from '@dhp/postgres';
import type { ClientKeys } from '../clients/client-keys.ts';
import { isWithinRules } from '../clients/assertion.ts';
import { assertionAlgorithms } from '../clients/validate-keys.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import type { Limits } from '../limits/limits.ts';
import { isAdminScope } from '../admin/scopes.ts';
import { grantClaim } from '../tokens.ts';
import type { Cors } from '../http/cors.ts';
import type { Language } from '../http/language.ts';
import { contentSecurityPolicy } from '../pages/layout.ts';
import { basicChallenge, oauthErrorBody, oauthErrors } from '../oauth-errors.ts';
import type { SigningKey } from '../keys/signing-key.ts';
import { hasKeys, type Environment, type Registration } from '../store/clients.ts';
import { insertLogoutNotice } from '../store/logout-notices.ts';
import { useOnce } from '../store/single-use.ts';
import { createAdapter } from './adapter.ts';
import { completeAuthorizationRequest, completeForm } from './authorization-request.ts';
import { decisionOf, type Exchange, type TokenDecision } from './decision.ts';
import { installClients, type EngineClients, type FindRegistration } from './clients.ts';
import { burnGuessedCode } from './code-guessing.ts';
import { deviceCodeSeconds, isTooSoon, pollInterval } from './device-codes.ts';
import { cookieSettings } from './cookies.ts';
import { enginePages, languageOfContext, rememberUserCode, type LanguageOf } from './pages.ts';
import { claimsOfPerson, hasUserScope, personOf, policiesOfPerson, tokenClaims } from './person.ts';
import { proofErrorOf, type BoundToken, type ProofError } from './proof.ts';
import { ownWords, refusal, refusalKind } from './refusal.ts';
import { selectLaunchOfGrant } from '../store/launches.ts';
import { askableScopes, grantSystemScopes } from './scopes.ts';
import { acr, sessionPolicy } from './session-policy.ts';
import { signInOf, type SignIn } from './sign-in.ts';
import { EngineSigningKey } from './signing.ts';

export interface EngineOptions {
  issuer: string;
  /** FHIR base URLs: the audience of each environment's tokens. */
  environments: Partial<Record<Environment, string>>;
  /** `grant_type` values that are carried out. */
  grants: readonly string[];
  keys: KeyRing;
  sql: Sql;
  /** 32 bytes: what is stored is sealed with it, and cookies are signed with keys derived from it. */
  encryptionKey: Buffer;
  findRegistration: FindRegistration;
  clientKeys: ClientKeys;
  resourceTypes: ReadonlySet<string> | undefined;
  /** Seconds after which a session ends without use, and however busy it was. */
  session: { idle: number; absolute: number };
  clock: () => Date;
  onDecision: (decision: TokenDecision) => void;
  onSignedOut: (o: { address: string; accountId: string | undefined; clientId: string | undefined }) => void;
  /** A session was begun or used. */
  onSession: (use: { uid: string; accountId: string; address: string | undefined; userAgent: string }) => void;
  /** Faults of ours: they are answered as server_error without a word about them. */
  onFault: (error: unknown) => void;
  /** The page for an authorization request that cannot be answered at the client's address. */
  errorPage: (language: Language, error: AuthorizationError) => string;
  languageOf: LanguageOf;
  /** Every proof of possession (RFC 9449) must carry a nonce of ours. */
  requireDpopNonce: boolean;
  limits: Limits;
  cors: Cors;
}

/** As RFC 6749 section 4.1.2.1 names it. */
export interface AuthorizationError {
  error: string;
  description: string;
}

/** As the pages of the account know it. */
export interface OwnSession {
  uid: string;
  accountId: string;
  /** When the person signed in, in seconds. */
  loginTs: number;
  /** Whether it was with two factors. */
  twoFactors: boolean;
}

export interface Engine {
  /** Answers a request for one of the engine's routes; the body must not have been read. */
  handle(request: IncomingMessage, response: ServerResponse, address: string): Promise<void>;
  /** Of the browser, when somebody is signed in there and the session has not lasted too long. */
  session(request: IncomingMessage, response: ServerResponse): Promise<OwnSession | undefined>;
  /** What a request with a bound token lacks; `url` is its public one (RFC 9449). */
  proofError(
    at: { request: IncomingMessage; response: ServerResponse; url: string },
    bound: BoundToken,
  ): Promise<ProofError>;
  /** The sign-in under way in this browser, as its cookie names it; undefined when there is none or it has expired. */
  signIn(request: IncomingMessage, response: ServerResponse): Promise<SignIn | undefined>;
}

/** Of a client that signs its assertions they are short: it can get another one at any time (SMART backend services). */
const accessTokenSeconds = { usual: 3600, ofSigners: 300 };

/** The most that the engine reads of a body, in bytes. */
export const bodyLimit = 56 * 1024;

/** Where people are taken to sign in, below the issuer; the uid of the sign-in follows. */
export const signInPath = '/sign-in';

export const enginePaths = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  jwks: '/oauth/jwks',
  par: '/oauth/par',
  deviceAuthorization: '/oauth/device_authorization',
  device: '/oauth/device',
  logout: '/oauth/logout',
};

/** Endpoints for programs, which are answered as the token endpoint is. */
const programPaths: ReadonlySet<string> = new Set([
  enginePaths.token,
  enginePaths.par,
  enginePaths.deviceAuthorization,
]);

/** Where a request counts for its client. */
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
  Grant: 30 * 86_400,
  IdToken: 3600,
  Interaction: 3600,
  RefreshToken: 30 * 86_400,
};

type Form = Record<string, string | string[] | undefined>;

export function createEngine(options: EngineOptions): Engine {
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  let made = createProvider(options, exchanges);
  let callback = made.provider.callback();
  // The engine's keys are fixed for its life, and a new one takes 2 ms. Requests under way end on the old one.
  options.keys.onChange(() => {
    made = createProvider(options, exchanges);
    callback = made.provider.callback();
  });
  return {
    handle(request, response, address) {
      exchanges.set(request, { address });
      return callback(request, response);
    },
    async session(request, response) {
      const { provider } = made;
      const found = await provider.Session.get(provider.createContext(request, response));
      const { uid, accountId, loginTs } = found;
      if (accountId === undefined || loginTs === undefined) return undefined;
      const isOld = loginTs + options.session.absolute <= options.clock().getTime() / 1000;
      return isOld ? undefined : { uid, accountId, loginTs, twoFactors: found.acr === acr.twoFactors };
    },
    proofError: (at, bound) => proofErrorOf(made.provider, at, bound),
    signIn: (request, response) => signInOf({ ...options, ...made }, request, response),
  };
}

function createProvider(
  options: EngineOptions,
  exchanges: WeakMap<IncomingMessage, Exchange>,
): { provider: Provider; clients: EngineClients } {
  const { issuer, environments, keys, clock } = options;

  const pages = enginePages(options.languageOf, { ...enginePaths, logoutConfirm: `${enginePaths.logout}/confirm` });
  const provider: Provider = new Provider(issuer, {
    adapter: (model) => createAdapter(model, options),
    // Of keys for one algorithm the engine takes the first: the one that signs now.
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
      if (!isWithinRules(claims, header, clients.registrationOf(client), clock())) throw refusal('assertion-refused');
    },
    clientBasedCORS: () => true, // the edge decides about CORS; the engine's refusal would be an error to the client
    claims: { openid: ['sub', 'acr', 'amr'], profile: ['name'], fhirUser: ['fhirUser'] },
    scopes: ['openid', 'offline_access'],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    conformIdTokenClaims: false, // SMART App Launch wants fhirUser in the id_token
    cookies: cookieSettings(issuer, options.encryptionKey),
    ttl: {
      ...lifetimes,
      Session: options.session.idle,
      AccessToken: secondsOfToken,
      ClientCredentials: secondsOfToken,
    },
    pkce: {
      required: (_ctx, client) => {
        const { minimal_authorize: isMinimal, public: isPublic } = clients.registrationOf(client);
        return isPublic || !isMinimal;
      },
    },
    extraParams: ['aud', 'launch', 'consent'],
    acrValues: Object.values(acr),
    interactions: {
      policy: sessionPolicy({
        absoluteLimit: options.session.absolute,
        clock,
        registrationOf: (client) => clients.registrationOf(client),
      }),
      url: (_ctx, { uid }) => `${signInPath}/${uid}`,
    },
    findAccount: async (ctx, accountId) => {
      const person = await personOf(options, clients.registrationOf(ctx.oidc.client!), accountId);
      return person && { accountId, claims: () => claimsOfPerson(person) };
    },
    extraTokenClaims: async (ctx, token) => {
      if (token.kind !== 'AccessToken' || token.accountId === undefined) return undefined;
      const registration = clients.registrationOf(ctx.oidc.client!);
      const person = await personOf(options, registration, token.accountId);
      const { environment } = registration;
      const launch = await selectLaunchOfGrant(options.sql, hash('sha256', token.grantId!, 'buffer'));
      const isByRoles = launch?.picked === true || hasUserScope(token.scope ?? '');
      const policies = person && isByRoles ? await policiesOfPerson(options, person, environment) : {};
      return (
        person && { ...tokenClaims(person, token.scope ?? '', launch), ...policies, gid: grantClaim(token.grantId!) }
      );
    },
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed('refresh_token') &&
      (source.scopes.has('offline_access') || source.scopes.has('online_access')),
    // The engine uses up the old token before it looks at the resource: what is to be refused is refused here, before that.
    rotateRefreshToken: (ctx) => {
      const { resource } = ctx.oidc.entities.RefreshToken!;
      getResourceServerInfo(
        ctx,
        (ctx.oidc.params!['resource'] as string | undefined) ?? resource ?? defaultResource(ctx),
      );
      return true;
    },
    renderError: (ctx, out) => {
      if (!isForPeople(ctx.path)) {
        ctx.body = out; // also for a browser: these are API endpoints
        return;
      }
      const language = languageOfContext(ctx, options.languageOf);
      ctx.type = 'html';
      ctx.set('Content-Security-Policy', contentSecurityPolicy());
      ctx.body = options.errorPage(language, { error: out.error, description: out.error_description ?? '' });
    },
    formats: { customizers: { jwt: setTimes } },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: options.grants.includes('urn:ietf:params:oauth:grant-type:device_code'),
        userCodeInputSource: pages.userCode,
        userCodeConfirmSource: pages.confirmDevice,
        successSource: pages.deviceDone,
      },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.from(hkdfSync('sha256', options.encryptionKey, '', 'dhp sso dpop nonces', 32)),
        requireNonce: () => options.requireDpopNonce,
      },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: { enabled: true, defaultResource, getResourceServerInfo, useGrantedResource: () => true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: pages.logout, postLogoutSuccessSource: pages.signedOut },
      userinfo: { enabled: false },
    },
  });

  const codes = createAdapter('AuthorizationCode', options);

  const clients = installClients(provider, {
    find: options.findRegistration,
    keys: options.clientKeys,
    onSignedOut: ({ client_id: clientId }, accountId, sid) =>
      insertLogoutNotice(options.sql, { clientId, accountId, sid, now: clock() }),
    grants: options.grants,
    onFound: (id, registration) => {
      const { ctx } = Provider;
      const exchange = ctx && exchanges.get(ctx.req);
      if (exchange === undefined) return;
      const isFirst = exchange.clientId === undefined;
      exchange.registration = registration ?? null;
      exchange.clientId = id;
      if (!isFirst || !countedRoutes.has(ctx!.oidc.route)) return;
      if (!options.limits.admitClient(id, exchange.address, ctx!.res)) throw refusal('too-many-requests');
    },
  });

  function defaultResource(ctx: EngineContext): string {
    const { environment, scopes } = clients.registrationOf(ctx.oidc.client!);
    const asked = (ctx.oidc.params?.['scope'] as string | undefined)?.split(' ') ?? scopes;
    // What administers the SSO is for the SSO itself.
    if (ctx.oidc.params?.['grant_type'] === 'client_credentials' && asked.every(isAdminScope)) return issuer;
    const resource = environments[environment];
    if (resource === undefined) throw refusal('environment-not-served');
    return resource;
  }

  function secondsOfToken(_ctx: EngineContext, _token: unknown, client: EngineClient): number {
    return hasKeys(clients.registrationOf(client)) ? accessTokenSeconds.ofSigners : accessTokenSeconds.usual;
  }

  /** A token is for the environment of its client and no other, and permits what the allow-list covers. */
  function getResourceServerInfo(ctx: EngineContext, resource: string): object {
    const registration = clients.registrationOf(ctx.oidc.client!);
    if (registration.awaits_approval) throw refusal('awaits-approval');
    const isAdministration = resource === issuer && ctx.oidc.params!['grant_type'] === 'client_credentials';
    const audience = isAdministration ? issuer : environments[registration.environment];
    if (audience === undefined) throw refusal('environment-not-served');
    if (resource !== audience || Array.isArray(ctx.oidc.params!['resource'])) throw refusal('foreign-resource');

    const scope = askedScopes(ctx, registration, isAdministration).join(' ');
    if (scope === '') throw refusal('forbidden-scope');
    return {
      scope,
      audience,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256', kid: keys.signing('ES256').kid } },
    };
  }

  /** What is asked for and allowed. The engine issues what the request says, so the request is made to say that. */
  function askedScopes(ctx: EngineContext, { scopes: registered }: Registration, isAdministration: boolean): string[] {
    const scopes = registered.filter((scope) => isAdminScope(scope) === isAdministration);
    const { params, entities } = ctx.oidc;
    const isForPerson = ctx.oidc.route !== 'token' || params!['grant_type'] !== 'client_credentials';
    if (!isForPerson) {
      const granted = grantSystemScopes(scopes, params!['scope'] as string | undefined, options.resourceTypes);
      params!['scope'] = granted.join(' ');
      return granted;
    }
    if (ctx.oidc.route !== 'token') {
      const granted = askableScopes(scopes, params!['scope'] as string | undefined, options.resourceTypes);
      params!['scope'] = granted.join(' ') || undefined;
      return granted;
    }
    // What the person agreed to, if the client may still have it.
    const agreed = (entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken)?.scope ?? '';
    return askableScopes(scopes, agreed, options.resourceTypes);
  }

  /** The engine reads the system's clock; ours is handed in. */
  function setTimes(_ctx: EngineContext, _token: unknown, { payload }: { payload: Record<string, unknown> }): void {
    const now = Math.floor(clock().getTime() / 1000);
    payload['exp'] = now + (payload['exp'] as number) - (payload['iat'] as number);
    payload['iat'] = now;
  }

  // The engine would look and then write: parallel uses of one assertion would all pass.
  provider.ReplayDetection.unique = (issuer, jti, expires) =>
    useOnce(options.sql, `${issuer} ${jti}`, new Date(expires * 1000), new Date());

  // Whether the connection is secure is a matter of the issuer, not of the proxy in between.
  Object.defineProperty(provider.request, 'secure', { value: issuer.startsWith('https:') });

  // The engine builds URLs from the Host header; ours all begin with the configured issuer.
  provider.OIDCContext.prototype.urlFor = (name, opt) => provider.urlFor(name, opt);

  // What a form leaves unsaid is put in once its client is known: the engine reads the form, and gives it to nobody in between.
  const forms = new WeakMap<object, Form>();
  Object.defineProperty(provider.OIDCContext.prototype, 'body', {
    set(this: EngineContext['oidc'], form: Form) {
      forms.set(this, form);
    },
    get(this: EngineContext['oidc']): Form | undefined {
      const form = forms.get(this);
      const isRequest = this.route === 'pushed_authorization_request' || this.route === 'device_authorization';
      if (!isRequest || form === undefined || this.client === undefined) return form;
      return completeForm(form, clients.registrationOf(this.client));
    },
  });

  const noteError = (ctx: EngineContext, error: Error): void => {
    const exchange = exchanges.get(ctx.req);
    if (exchange) exchange.error = error;
  };
  for (const route of ['grant', 'pushed_authorization_request', 'device_authorization'] as const) {
    provider.on(`${route}.error`, noteError);
  }
  provider.on('server_error', noteError);
  provider.on('end_session.success', (ctx) => {
    const { address } = exchanges.get(ctx.req)!;
    options.onSignedOut({ address, accountId: ctx.oidc.session?.accountId, clientId: ctx.oidc.client?.clientId });
  });
  provider.on('error', options.onFault);
  provider.on('session.saved', ({ uid, accountId }) => {
    const ctx = Provider.ctx;
    if (accountId === undefined || ctx === undefined) return;
    const address = exchanges.get(ctx.req)?.address;
    options.onSession({ uid, accountId, address, userAgent: ctx.get('User-Agent') });
  });

  provider.use(async (ctx, next) => {
    if (programPaths.has(ctx.path)) return answerProgram(ctx, next);
    if (ctx.path === enginePaths.device) return askForUserCode(ctx, next);
    if (ctx.path === enginePaths.logout) return askToSignOut(ctx, next);
    if (ctx.path === enginePaths.authorize) await completeAuthorizationRequest(ctx, options.findRegistration);
    await next();
  });

  /** Who sends wrong codes waits longer and longer, as with passwords. */
  async function askForUserCode(ctx: EngineContext, next: () => Promise<void>): Promise<void> {
    rememberUserCode(ctx);
    const { address } = exchanges.get(ctx.req)!;
    if (ctx.method === 'POST' && !options.limits.admitUserCode(address, ctx.res)) {
      pages.tooManyCodes(ctx);
      return;
    }
    await next();
    if (pages.wasWrongCode(ctx)) await options.limits.noteWrongUserCode(address);
  }

  /** Who is not signed in is asked too: the engine's own page for that sends itself, by a script. */
  async function askToSignOut(ctx: EngineContext, next: () => Promise<void>): Promise<void> {
    await next();
    const { session } = ctx.oidc;
    if (ctx.status === 200 && session?.accountId === undefined && session?.state !== undefined) pages.logout(ctx);
  }

  async function answerProgram(ctx: EngineContext, next: () => Promise<void>): Promise<void> {
    const exchange = exchanges.get(ctx.req)!;
    ctx.set('Pragma', 'no-cache'); // RFC 6749 5.1 beside the engine's Cache-Control: no-store
    try {
      await next();
    } catch (error) {
      exchange.error = error instanceof Error ? error : new Error('thrown', { cause: error });
    }
    ctx.remove('Access-Control-Allow-Origin');
    ctx.remove('Access-Control-Expose-Headers');
    ctx.remove('Vary');
    const { client } = ctx.oidc;
    options.cors.mark(ctx.req, ctx.res, client && clients.registrationOf(client));
    const { error, clientId, address } = exchange;
    const kind = error && refusalKind(error);
    if (kind === 'client-authentication-failed' && clientId !== undefined) {
      await options.limits.noteWrongSecret(clientId, address);
    }
    if (exchange.error !== undefined) {
      await burnGuessedCode(ctx, exchange.error, codes);
      const isWaiting = await refuse(ctx, exchange.error);
      if (isWaiting) return;
    } else if (ctx.path === enginePaths.deviceAuthorization) {
      Object.assign(ctx.body as object, { interval: pollInterval });
    } else await addLaunchContext(ctx);
    // That somebody sends too much is recorded once, not each time.
    if (kind === 'too-many-requests') return;
    if (exchange.error !== undefined || ctx.path === enginePaths.token) options.onDecision(decisionOf(ctx, exchange));
  }

  /** SMART App Launch 2.2, launch context: what the token is about is told beside it. */
  async function addLaunchContext(ctx: EngineContext): Promise<void> {
    const { extra, grantId } = ctx.oidc.entities.AccessToken ?? {};
    const { patient, encounter } = extra ?? {};
    const launch =
      grantId === undefined ? undefined : await selectLaunchOfGrant(options.sql, hash('sha256', grantId, 'buffer'));
    const isLaunched = ctx.oidc.entities.AccessToken?.scope?.split(' ').includes('launch') === true;
    const fhirContext = isLaunched ? (launch?.fhir_context ?? undefined) : undefined;
    if (patient === undefined && encounter === undefined && fhirContext === undefined) return;
    Object.assign(ctx.body as object, {
      patient,
      encounter,
      fhirContext,
      need_patient_banner: launch?.need_patient_banner ?? true,
      smart_style_url: launch?.smart_style_url ?? undefined,
      intent: launch?.intent ?? undefined,
    });
  }

  /** @returns whether a device is told to wait, which is no decision */
  async function refuse(ctx: EngineContext, error: Error): Promise<boolean> {
    const waits = refusalKind(error) === 'authorization-pending';
    const deviceCode = ctx.oidc.params?.['device_code'];
    const isHasty = waits && typeof deviceCode === 'string' && (await isTooSoon(options.sql, deviceCode, clock()));
    const kind = isHasty ? 'slow-down' : refusalKind(error);
    const { status } = oauthErrors[kind];
    if (status >= 500) options.onFault(error);
    // The rest of the body is not read, so the connection cannot be used again.
    if (status === 413) ctx.set('Connection', 'close');
    if (status === 503) ctx.set('Retry-After', '5');
    if (status === 401 && ctx.get('Authorization') !== '') ctx.set('WWW-Authenticate', basicChallenge(issuer));
    ctx.status = status;
    // What is wrong with an authorization request is for its developer to read, as on the page of the authorization endpoint.
    const isRequest = kind === 'invalid-request' && ctx.path !== enginePaths.token;
    ctx.body = isRequest ? ownWords(error) : oauthErrorBody(kind);
    return waits;
  }

  return { provider, clients };
}

/** Pages, not answers for programs. */
function isForPeople(path: string): boolean {
  const { authorize, device, logout } = enginePaths;
  return [authorize, device, logout].some((one) => path === one || path.startsWith(`${one}/`));
}

function signingFirst(keys: KeyRing): SigningKey[] {
  const first = [keys.signing('ES256'), keys.signing('RS256')];
  return [...first, ...keys.keys.filter((key) => !first.includes(key))];
}
