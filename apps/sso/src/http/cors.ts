/**
 * Which web pages may read what the endpoints for programs answer (https://fetch.spec.whatwg.org/#http-cors-protocol). No endpoint here
 * takes a cookie, so what a page may send is what any program may; what is decided is whether it may read the answer.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Registration } from '../store/clients.ts';
import { sendRefusal } from './errors.ts';

/** Origins, or `*` for all, whose pages may read the answers to any client. */
export type CorsOrigins = '*' | readonly string[];

export interface Cors {
  /** Lets the page that asks read the answer, where it may. @param client as which the request was admitted */
  mark(request: IncomingMessage, response: ServerResponse, client: Registration | undefined): void;
}

const exposed = 'DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate';
/** The longest that Chromium keeps the answer to a preflight. */
const preflightSeconds = '7200';

/** A public client works in a page of its own, at the origin of one of its redirect URIs; besides it the origins that are set. */
export function openCors(origins: CorsOrigins): Cors {
  const isOwn = (origin: string, client: Registration | undefined): boolean =>
    client?.public === true && client.redirect_uris.some((uri) => URL.parse(uri)?.origin === origin);
  return {
    mark({ headers: { origin } }, response, client) {
      response.appendHeader('Vary', 'Origin');
      if (origin === undefined || origin === 'null') return;
      if (origins !== '*' && !origins.includes(origin) && !isOwn(origin, client)) return;
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Access-Control-Expose-Headers', exposed);
    },
  };
}

/**
 * Answers preflights of a path. They name no client, so every origin may send; whether it may read is decided with the answer.
 * @param methods those that a page may use
 */
export function answerPreflights(app: FastifyInstance, path: string, methods: string): void {
  app.options(path, (request, reply) => {
    const { origin, 'access-control-request-method': asked } = request.headers;
    if (origin === undefined || asked === undefined) {
      return sendRefusal(reply.header('Allow', methods), 'method-not-allowed');
    }
    reply.headers({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP',
      'Access-Control-Max-Age': preflightSeconds,
    });
    return reply.code(204).send();
  });
}
