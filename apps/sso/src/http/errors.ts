/** How the edge refuses: in the style of OAuth, JSON in English ASCII (RFC 6749 section 5.2). */
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { isConnectionError } from '@dhp/postgres';
import { oauthErrorBody, oauthErrors, type OAuthErrorKind } from '../oauth-errors.ts';

export function sendRefusal(reply: FastifyReply, kind: OAuthErrorKind): FastifyReply {
  return reply.code(oauthErrors[kind].status).header('Cache-Control', 'no-store').send(oauthErrorBody(kind));
}

export function addErrorHandlers(app: FastifyInstance): void {
  app.setNotFoundHandler((_request, reply) => sendRefusal(reply, 'not-found'));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const kind = kindOf(error);
    if (oauthErrors[kind].status >= 500) request.log.error(error);
    reply.removeHeader('location'); // of an answer that was ready when its records could not be written
    return sendRefusal(reply, kind);
  });
}

export function kindOf(error: FastifyError): OAuthErrorKind {
  if (error.statusCode === 413) return 'body-too-large';
  if (error.statusCode !== undefined && error.statusCode < 500) return 'malformed-request';
  return isConnectionError(error) ? 'unavailable' : 'server-error';
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Answers 405 with `Allow` for every method of a path that has no route; call it after the path's routes are made. */
export function refuseOtherMethods(app: FastifyInstance, url: string, allowed: string): void {
  app.route({
    method: methods.filter((method) => !app.hasRoute({ method, url })),
    url,
    handler: (_request, reply) => sendRefusal(reply.header('Allow', allowed), 'method-not-allowed'),
  });
}
