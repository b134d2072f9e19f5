/** The part of oidc-provider 9.13.3 that the engine seam uses; the package has no types. */
declare module 'oidc-provider' {
  import type { KeyObject } from 'node:crypto';
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface EngineContext {
    req: IncomingMessage;
    res: ServerResponse;
    /** Setting them is for middleware that leads a request to another place. */
    method: string;
    url: string;
    /** The URL as received, regardless of later changes. */
    readonly originalUrl: string;
    path: string;
    /** Setting it rewrites the query string. */
    query: Record<string, string | string[] | undefined>;
    status: number;
    body: unknown;
    type: string;
    set(name: string, value: string): void;
    get(name: string): string;
    remove(name: string): void;
    /** False: the framework does not send the answer. */
    respond?: boolean;
    cookies: EngineCookies;
    oidc: {
      route: string;
      cookies: { set(name: string, value: string, options: object): void };
      params?: Record<string, string | string[] | undefined>;
      client?: EngineClient;
      /** The browser's; `state.secret` ties a form to it. */
      session?: {
        uid?: string;
        state?: { secret?: string };
        accountId?: string;
        acr?: string;
        amr?: string[];
        loginTs?: number;
        /** Use of the session by client id. */
        authorizations?: Record<string, { persistsLogout?: boolean }>;
        /** The grant that it was last used with for the client. */
        grantIdFor(clientId: string): string | undefined;
      };
      /** Account of the session. */
      account?: { accountId: string };
      result?: { login?: SignInResult; consent?: { grantId?: string } };
      entities: {
        ClientCredentials?: IssuedToken;
        AccessToken?: IssuedToken;
        AuthorizationCode?: SignedIn & {
          jti: string;
          scope?: string;
          grantId?: string;
          codeChallenge?: string;
          nonce?: string;
        };
        DeviceCode?: SignedIn & { scope?: string };
        RefreshToken?: SignedIn & {
          scope?: string;
          resource?: string;
          accountId: string;
          grantId: string;
          amr?: string[];
          expiresWithSession?: boolean;
          sessionUid?: string;
        };
        Interaction?: EngineInteraction;
      };
    };
  }

  interface SignedIn {
    acr?: string;
    /** When the person signed in, in seconds. */
    authTime?: number;
  }

  interface EngineCookies {
    get(name: string, options?: { signed?: boolean }): string | undefined;
    set(name: string, value: string | null, options?: object): unknown;
  }

  interface IssuedToken {
    kind: string;
    jti: string;
    scope?: string;
    accountId?: string;
    grantId?: string;
    /** Result of extraTokenClaims. */
    extra?: Record<string, unknown>;
  }

  export interface SignInResult {
    accountId: string;
    /** The version of the person's credentials that were checked; absent once the session exists. */
    version?: number;
  }

  export interface EngineInteraction {
    uid: string;
    params: Record<string, unknown>;
    prompt: { name: string; reasons: string[] };
    session?: { accountId: string; uid?: string; amr?: string[] };
    /** The answers so far. */
    lastSubmission?: { login?: SignInResult };
    result?: object & { login?: SignInResult };
    /** The pushed request (RFC 9126) from which it was made. */
    parJti?: string;
    /** Seconds since 1970. */
    exp: number;
    /** The address at which the browser continues. */
    returnTo: string;
    save(seconds: number): Promise<string>;
  }

  export interface EngineGrant {
    /** Set when it is saved. */
    jti?: string;
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    rejectOIDCScope(scope: string): void;
    rejectResourceScope(resource: string, scope: string): void;
    /** @returns its id */
    save(seconds: number): Promise<string>;
  }

  export interface EngineClient {
    clientId: string;
    applicationType: 'web' | 'native';
    grantTypes: string[];
    grantTypeAllowed(type: string): boolean;
    compareClientSecret(secret: string): boolean;
    /** Notifies the client that a session ended. */
    backchannelLogout(accountId: string, sid: string): Promise<void>;
  }

  interface EngineClientClass {
    new (metadata: Record<string, unknown>): EngineClient;
    prototype: EngineClient;
    /** Called with the parameter `client_id` unchanged, which may be an object of ours. */
    find(id: unknown): Promise<EngineClient | undefined>;
  }

  export interface ResourceServer {
    scope: string;
    audience: string;
    accessTokenFormat: 'jwt';
    jwt: { sign: { alg: string; kid: string } };
  }

  interface JwtParts {
    header: Record<string, unknown>;
    payload: Record<string, unknown>;
  }

  export interface EngineConfiguration {
    adapter: (model: string) => unknown;
    jwks: { keys: ExternalSigningKey[] };
    routes: Record<string, string>;
    clientAuthMethods: string[];
    enabledJWA: Record<string, string[]>;
    assertJwtClientAuthClaimsAndHeader: (
      ctx: EngineContext,
      claims: { exp?: number },
      header: { jku?: unknown },
      client: EngineClient,
    ) => void;
    claims: Record<string, string[]>;
    conformIdTokenClaims: boolean;
    cookies: object;
    pkce: { required: (ctx: EngineContext, client: EngineClient) => boolean };
    extraParams: string[];
    acrValues: string[];
    interactions: { policy: InteractionPolicy; url: (ctx: EngineContext, interaction: { uid: string }) => string };
    findAccount: (
      ctx: EngineContext,
      accountId: string,
    ) => Promise<{ accountId: string; claims: () => { sub: string } } | undefined>;
    /** The grant of the request's person and client, so far as there is one. */
    loadExistingGrant: (ctx: EngineContext) => Promise<EngineGrant | undefined>;
    extraTokenClaims: (ctx: EngineContext, token: IssuedToken) => Promise<Record<string, unknown> | undefined>;
    issueRefreshToken: (ctx: EngineContext, client: EngineClient, source: { scopes: Set<string> }) => boolean;
    rotateRefreshToken: (ctx: EngineContext) => Promise<boolean>;
    clientBasedCORS: (ctx: EngineContext, origin: string, client: EngineClient) => boolean;
    scopes: string[];
    responseTypes: string[];
    subjectTypes: string[];
    ttl: Record<string, number | ((ctx: EngineContext, token: unknown, client: EngineClient) => number)>;
    renderError: (ctx: EngineContext, out: { error: string; error_description?: string }, error: Error) => void;
    formats: { customizers: { jwt: (ctx: EngineContext, token: unknown, parts: JwtParts) => void } };
    features: Record<string, object>;
  }

  export interface EngineSession {
    uid: string;
    accountId?: string;
    loginTs?: number;
    acr?: string;
    amr?: string[];
  }

  type InteractionCheck = object;
  export interface InteractionPolicy {
    get(prompt: string): { checks: { add(check: InteractionCheck): void } } | undefined;
  }
  export const interactionPolicy: {
    base: () => InteractionPolicy;
    Check: {
      new (
        reason: string,
        description: string,
        error: string,
        check: (ctx: EngineContext) => boolean | Promise<boolean>,
      ): InteractionCheck;
      readonly REQUEST_PROMPT: boolean;
      readonly NO_NEED_TO_PROMPT: boolean;
    };
  };

  interface StoredTokenClass {
    find(
      value: string,
      options?: { ignoreExpiration?: boolean; ignoreSessionBinding?: boolean },
    ): Promise<object | undefined>;
  }

  export class Provider {
    constructor(issuer: string, configuration: EngineConfiguration);
    static readonly ctx: EngineContext | undefined;
    readonly Client: EngineClientClass;
    readonly AuthorizationCode: StoredTokenClass;
    readonly RefreshToken: StoredTokenClass;
    /**
     * Notes values that may be used once: resolves to false the second time.
     * @param expires seconds since 1970
     */
    readonly ReplayDetection: { unique: (issuer: string, jti: string, expires: number) => Promise<boolean> };
    readonly Grant: {
      new (owner: { accountId: string; clientId: string }): EngineGrant;
      find(id: string): Promise<EngineGrant | undefined>;
    };
    /** The request object of the application framework below; it decides whether cookies are sent over https only. */
    readonly request: object;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<EngineInteraction>;
    readonly OIDCContext: { prototype: { urlFor(name: string, options?: object): string; body?: unknown } };
    use(middleware: (ctx: EngineContext, next: () => Promise<void>) => Promise<void>): this;
    urlFor(name: string, options?: object): string;
    on(
      event:
        `${'grant' | 'authorization' | 'pushed_authorization_request' | 'device_authorization'}.error` | 'server_error',
      listener: (ctx: EngineContext, error: Error) => void,
    ): this;
    on(event: 'end_session.success', listener: (ctx: EngineContext) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    readonly Session: {
      get(ctx: object): Promise<EngineSession>;
      findByUid(uid: string): Promise<EngineSession | undefined>;
      prototype: {
        readonly id: string;
        /** Seconds since 1970; undefined if it was never saved. */
        exp?: number;
        save(seconds: number): Promise<string>;
        /** Saves it with its remaining lifetime. */
        persist(): Promise<string>;
      };
    };
    createContext(request: IncomingMessage, response: ServerResponse): { cookies: EngineCookies };
    cookieName(type: 'session' | 'interaction' | 'resume'): string;
    on(event: 'session.saved', listener: (session: EngineSession) => void): this;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }

  export class ExternalSigningKey {
    get kid(): string;
    get alg(): string;
    keyObject(): KeyObject;
    sign(data: Buffer): Buffer | Promise<Buffer>;
  }

  class OIDCProviderError extends Error {
    constructor(status: number, message: string);
    error: string;
    error_description?: string;
    error_detail?: string;
    expose: boolean;
  }

  export const errors: {
    OIDCProviderError: typeof OIDCProviderError;
    AccessDenied: new (description: string) => OIDCProviderError;
    InvalidGrant: new (description: string) => OIDCProviderError;
    InvalidScope: new (description: string) => OIDCProviderError;
    InvalidTarget: new (description: string) => OIDCProviderError;
    InvalidClientAuth: new (description: string) => OIDCProviderError;
    UnauthorizedClient: new (description: string) => OIDCProviderError;
  };
}

declare module 'oidc-provider/lib/helpers/validate_dpop.js' {
  import type { EngineContext, Provider } from 'oidc-provider';

  interface DpopProof {
    thumbprint: string;
    jti: string;
  }
  /** Undefined without a proof. @throws OIDCProviderError for a proof that does not match this request and token */
  export default function validateDpop(
    provider: Provider,
    ctx: EngineContext,
    accessToken?: string,
  ): Promise<DpopProof | undefined>;
}
