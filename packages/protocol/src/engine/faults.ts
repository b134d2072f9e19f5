/** Answers to people and programs when the engine fails without an answer. */
import { Provider, type EngineContext } from 'oidc-provider';
import { correlationId, EndedMeanwhile } from '@dhp/sso-kit/request';
import { troubleHeaders, troubleOf, wantsPage } from '@dhp/sso-pages/answers';
import { oauthErrorBody, oauthErrors, withErrorPage } from '@dhp/sso-pages/refusals';
import { contentSecurityPolicy, troublePage } from '@dhp/sso-pages';
import { missingRedirectUri } from './authorization-request.ts';
import { languageOfContext } from './language-of-context.ts';
import { enginePaths } from './paths.ts';
import { refusalKind } from './refusal.ts';
import type { EngineOptions } from './options.ts';

/** Replaces the engine's own answer, which is a line of plain text without a header. */
export function answerFault(ctx: EngineContext, error: unknown, options: EngineOptions): void {
  if (error instanceof EndedMeanwhile) {
    beginAnew(ctx);
    return;
  }
  const kind = refusalKind(error instanceof Error ? error : new Error('thrown', { cause: error }));
  const { status } = oauthErrors[kind];
  ctx.remove('Location');
  ctx.status = status;
  if (status === 503) ctx.set('Retry-After', '5');
  if (!wantsPage(ctx.get('Accept'))) {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = withErrorPage(oauthErrorBody(kind), options.errorPages);
    return;
  }
  const language = languageOfContext(ctx, options.languageOf);
  for (const [name, value] of Object.entries(troubleHeaders)) ctx.set(name, value);
  ctx.set('Content-Language', language);
  ctx.type = 'html';
  ctx.body = troublePage(language, troubleOf(kind), { requestId: correlationId(), isLink: false });
}

/**
 * The session of the browser has ended while the request was served, and none of its changes is written. Repeating the request finds nobody
 * signed in; a form leads to its page, and signing out leads to the page that confirms it.
 */
function beginAnew(ctx: EngineContext): void {
  const { device, logout } = enginePaths;
  ctx.remove('Set-Cookie'); // a concurrent request of the browser may have given the session another id
  ctx.status = 303;
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Location', ctx.method === 'GET' ? ctx.originalUrl : ctx.path === device ? device : `${logout}/success`);
  ctx.body = '';
}

/** Answers an error that cannot be sent to the client's address: people get a page, programs the JSON of the engine. */
export function renderError(
  ctx: EngineContext,
  { out, error }: { out: { error: string; error_description?: string }; error: Error },
  options: EngineOptions,
): void {
  if (!isForPeople(ctx.path)) {
    ctx.body = out; // also for a browser: these are API endpoints
    return;
  }
  if (isFault(error)) {
    answerFault(ctx, error, options);
    return;
  }
  const language = languageOfContext(ctx, options.languageOf);
  ctx.type = 'html';
  ctx.set('Content-Language', language);
  ctx.set('Content-Security-Policy', contentSecurityPolicy());
  const isMissing = ctx.query['redirect_uri'] === missingRedirectUri;
  const description = isMissing ? "missing required parameter 'redirect_uri'" : (out.error_description ?? '');
  ctx.body = options.templates.invalidRequest(language, {
    error: isMissing ? 'invalid_request' : out.error,
    description,
  });
}

/** Pages, not answers for programs. */
function isForPeople(path: string): boolean {
  const { authorize, device, logout } = enginePaths;
  return [authorize, device, logout].some((one) => path === one || path.startsWith(`${one}/`));
}

/** Whether an error is a fault of the server. Errors with `expose` are for the caller, such as an unknown user code. */
export function isFault(error: Error & { expose?: boolean }): boolean {
  return error.expose !== true;
}

/**
 * Starts a session when a form is refused. The engine stores the secret of the next form in the session, and can only update a session that
 * the browser already has: otherwise a form sent without a cookie would get neither a page nor a session.
 * @param seconds how long a session lasts without use
 */
export function beginSessionsWithForms(provider: Provider, seconds: number, { long }: { long: object }): void {
  const { prototype } = provider.Session;
  const persist = Reflect.get(prototype, 'persist');
  prototype.persist = function () {
    const { ctx } = Provider;
    if (this.exp !== undefined || ctx === undefined) return persist.call(this);
    ctx.oidc.cookies.set(provider.cookieName('session'), this.id, long);
    return this.save(seconds);
  };
}
