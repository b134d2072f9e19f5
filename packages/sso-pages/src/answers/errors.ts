/** Refusals of the edge: programs get JSON in the style of OAuth, in English ASCII (RFC 6749 section 5.2), people a page. */
import type { ServerResponse } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { correlationId } from '@dhp/sso-kit/request';
import { oauthErrorBody, oauthErrors, withErrorPage, type OAuthErrorKind } from '../refusals/oauth-errors.ts';
import { contentSecurityPolicy } from '../frame/layout.ts';
import { troublePage, type Trouble } from '../frame/trouble-page.ts';
import { faultKind } from '../refusals/database-kind.ts';
import type { Language } from '@dhp/negotiation';
import { pageLanguage } from './page-language.ts';

export function sendRefusal(reply: FastifyReply, kind: OAuthErrorKind): FastifyReply {
  return reply.code(oauthErrors[kind].status).header('Cache-Control', 'no-store').send(oauthErrorBody(kind));
}

/** Sends a refusal: a browser that wants a page gets one in the language of the person, other callers the JSON. */
export function sendTrouble(
  request: FastifyRequest,
  reply: FastifyReply,
  { kind, fallback }: { kind: OAuthErrorKind; fallback: Language },
): FastifyReply {
  if (!wantsPage(request.headers.accept)) return sendRefusal(reply, kind);
  const language = pageLanguage(request, fallback);
  return reply
    .code(oauthErrors[kind].status)
    .headers({ ...troubleHeaders, 'Content-Language': language })
    .type('text/html; charset=utf-8')
    .send(troublePage(language, troubleOf(kind), { requestId: correlationId(), isLink: request.method === 'GET' }));
}

export const troubleHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': contentSecurityPolicy(),
} as const;

/** Browsers name it when they go to an address; programs do not. */
export function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true;
}

export function troubleOf(kind: OAuthErrorKind): Trouble {
  const { status } = oauthErrors[kind];
  if (kind === 'server-busy') return 'busy';
  if (status === 404) return 'missing';
  if (status === 429) return 'hasty';
  if (status === 503) return 'away';
  return status >= 500 ? 'fault' : 'unreadable';
}

/** Adds links to the error pages to error bodies of the OAuth endpoints, as the engine's errors have them. */
export function leadToErrorPages(app: FastifyInstance, pages: string): void {
  app.addHook('preSerialization', (request, _reply, body, done) => {
    done(null, request.url.startsWith('/oauth/') && isErrorBody(body) ? withErrorPage(body, pages) : body);
  });
}

function isErrorBody(body: unknown): body is ReturnType<typeof oauthErrorBody> {
  return typeof body === 'object' && body !== null && 'error' in body && 'error_description' in body;
}

export function addErrorHandlers(app: FastifyInstance, fallback: Language): void {
  app.setNotFoundHandler((request, reply) => sendTrouble(request, reply, { kind: 'not-found', fallback }));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const kind = kindOf(error);
    if (oauthErrors[kind].status >= 500) request.log.error(error);
    reply.removeHeader('location'); // from an answer that was prepared when its records could not be written
    if (oauthErrors[kind].status === 503) reply.header('Retry-After', '5');
    return sendTrouble(request, reply, { kind, fallback });
  });
}

export function kindOf(error: FastifyError): OAuthErrorKind {
  if (error.statusCode === 413) return 'body-too-large';
  if (error.statusCode !== undefined && error.statusCode < 500) return 'malformed-request';
  return faultKind(error);
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Answers 405 with `Allow` for every method of a path that has no route; must be called after the path's routes are added. */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: string): void {
  app.route({
    method: methods.filter((method) => !app.hasRoute({ method, url })),
    url,
    handler: (_request, reply) => sendRefusal(reply.header('Allow', allowed), 'method-not-allowed'),
  });
}

/** Sends JSON that must not be cached. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** @param errorPages the base address of the pages about OAuth errors; undefined: errors have no link to a page */
export function refuseByJson(response: ServerResponse, kind: OAuthErrorKind, errorPages: string | undefined): void {
  const { status } = oauthErrors[kind];
  if (status === 503 && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', '5');
  sendJson(response, status, withErrorPage(oauthErrorBody(kind), errorPages));
}
