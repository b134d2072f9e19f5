/**
 * The seam to the protocol core, oidc-provider: everything that imports it is in this directory. The core walks through
 * the protocol; who the clients are, what they may have, how a refusal reads and what is recorded is ours.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, type EngineContext } from 'oidc-provider';
import type { KeyRing } from '../keys/key-ring.ts';
import { basicChallenge, oauthErrorBody, oauthErrors } from '../oauth-errors.ts';
import type { Environment } from '../store/clients.ts';
import { decisionOf, type Exchange, type TokenDecision } from './decision.ts';
import { installClients, type FindRegistration } from './clients.ts';
import { refusal, refusalKind } from './refusal.ts';
import { grantSystemScopes } from './scopes.ts';
import { EngineSigningKey } from './signing.ts';

export interface EngineOptions {
  issuer: string;
  /** FHIR base URLs: the audience of each environment's tokens. */
  environments: Partial<Record<Environment, string>>;
  /** `grant_type` values that are carried out. */
  grants: readonly string[];
  keys: KeyRing;
  findRegistration: FindRegistration;
  resourceTypes: ReadonlySet<string> | undefined;
  clock: () => Date;
  onDecision: (decision: TokenDecision) => void;
  /** Faults of ours: they are answered as server_error without a word about them. */
  onFault: (error: unknown) => void;
}

export interface Engine {
  /** Answers a request for one of the engine's routes; the body must not have been read. */
  handle(request: IncomingMessage, response: ServerResponse, address: string): Promise<void>;
}

const accessTokenSeconds = 3600;

/** The most that the engine reads of a body, in bytes. */
export const bodyLimit = 56 * 1024;

export function createEngine(options: EngineOptions): Engine {
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  let callback = createProvider(options, exchanges).callback();
  // The engine's keys are fixed for its life, and a new one takes 2 ms. Requests under way end on the old one.
  options.keys.onChange(() => {
    callback = createProvider(options, exchanges).callback();
  });
  return {
    handle(request, response, address) {
      exchanges.set(request, { address });
      return callback(request, response);
    },
  };
}

function createProvider(options: EngineOptions, exchanges: WeakMap<IncomingMessage, Exchange>): Provider {
  const { issuer, environments, keys, clock } = options;

  const provider: Provider = new Provider(issuer, {
    adapter: () => unusedAdapter,
    jwks: { keys: keys.keys.map((key) => new EngineSigningKey(key)) },
    routes: { token: '/oauth/token', jwks: '/oauth/jwks' },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => true, // the edge decides about CORS; the engine's refusal would be an error to the client
    scopes: [],
    responseTypes: [],
    subjectTypes: ['public'],
    ttl: { ClientCredentials: accessTokenSeconds },
    renderError: (ctx, out) => {
      ctx.body = out; // also for a browser: these are API endpoints
    },
    formats: { customizers: { jwt: setTimes } },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: true, defaultResource, getResourceServerInfo },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
    },
  });

  const clients = installClients(provider, {
    find: options.findRegistration,
    grants: options.grants,
    onFound: (registration) => {
      const exchange = Provider.ctx && exchanges.get(Provider.ctx.req);
      if (exchange) exchange.registration = registration ?? null;
    },
  });

  function defaultResource(ctx: EngineContext): string {
    const resource = environments[clients.registrationOf(ctx.oidc.client!).environment];
    if (resource === undefined) throw refusal('environment-not-served');
    return resource;
  }

  /** A token is for the environment of its client and no other, and permits what the allow-list covers. */
  function getResourceServerInfo(ctx: EngineContext, resource: string): object {
    const registration = clients.registrationOf(ctx.oidc.client!);
    const audience = environments[registration.environment];
    if (audience === undefined) throw refusal('environment-not-served');
    if (resource !== audience || Array.isArray(ctx.oidc.params!['resource'])) throw refusal('foreign-resource');

    const scopes = grantSystemScopes(
      registration.scopes,
      ctx.oidc.params!['scope'] as string | undefined,
      options.resourceTypes,
    );
    if (scopes.length === 0) throw refusal('forbidden-scope');
    const scope = scopes.join(' ');
    ctx.oidc.params!['scope'] = scope; // the engine issues what is asked for and allowed: now the same
    return {
      scope,
      audience,
      accessTokenFormat: 'jwt',
      jwt: { sign: { alg: 'ES256', kid: keys.signing('ES256').kid } },
    };
  }

  /** The engine reads the system's clock; ours is handed in. */
  function setTimes(_ctx: EngineContext, _token: unknown, { payload }: { payload: Record<string, unknown> }): void {
    const now = Math.floor(clock().getTime() / 1000);
    payload['exp'] = now + (payload['exp'] as number) - (payload['iat'] as number);
    payload['iat'] = now;
  }

  // The engine builds URLs from the Host header; ours all begin with the configured issuer.
  provider.OIDCContext.prototype.urlFor = (name, opt) => provider.urlFor(name, opt);

  const noteError = (ctx: EngineContext, error: Error): void => {
    const exchange = exchanges.get(ctx.req);
    if (exchange) exchange.error = error;
  };
  provider.on('grant.error', noteError);
  provider.on('server_error', noteError);
  provider.on('error', options.onFault);

  provider.use(async (ctx, next) => {
    const exchange = exchanges.get(ctx.req)!;
    ctx.set('Pragma', 'no-cache'); // RFC 6749 5.1 beside the engine's Cache-Control: no-store
    try {
      await next();
    } catch (error) {
      exchange.error = error instanceof Error ? error : new Error('thrown', { cause: error });
    }
    ctx.remove('Access-Control-Allow-Origin');
    ctx.remove('Access-Control-Expose-Headers');
    if (exchange.error !== undefined) refuse(ctx, exchange.error);
    options.onDecision(decisionOf(ctx, exchange));
  });

  function refuse(ctx: EngineContext, error: Error): void {
    const kind = refusalKind(error);
    const { status } = oauthErrors[kind];
    if (status >= 500) options.onFault(error);
    // The rest of the body is not read, so the connection cannot be used again.
    if (status === 413) ctx.set('Connection', 'close');
    if (status === 503) ctx.set('Retry-After', '5');
    if (status === 401 && ctx.get('Authorization') !== '') ctx.set('WWW-Authenticate', basicChallenge(issuer));
    ctx.status = status;
    ctx.body = oauthErrorBody(kind);
  }

  return provider;
}

/** Nothing is stored by the grants of now: access tokens are signed, clients come from our own table. */
const unusedAdapter = new Proxy(
  {},
  {
    get: (_target, name) => () => {
      throw new Error(`The engine asked its store to ${String(name)}, which no supported grant needs`);
    },
  },
);
