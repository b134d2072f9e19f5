/** CORS headers of answers that no endpoint makes: preflights and early refusals. `../cors.ts` decides who may read. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Cors } from '../cors.ts';
import { sendRefusal } from '@dhp/sso-pages/answers';

/** The longest time for which Chromium caches a preflight. */
const preflightSeconds = '7200';

/**
 * Adds CORS headers to refusals that no endpoint makes: rate limits, unreadable requests, wrong methods, server faults. @param paths of
 * endpoints for programs
 */
export function addCorsOfRefusals(app: FastifyInstance, cors: Cors, paths: ReadonlySet<string>): void {
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode < 400 || !paths.has(request.url.split('?', 1)[0]!)) return;
    await cors.markRefusal(request.raw, reply.raw);
  });
}

/** Whether the request is a preflight: browsers send it before the page's own request. If it is refused, the page learns nothing at all. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Answers preflights of a path. They do not name a client, so every origin may send; whether a page may read is decided with the answer
 * itself.
 * @param methods that a page may use
 */
export function answerPreflights(app: FastifyInstance, path: string, methods: string): void {
  app.options(path, (request, reply) => {
    if (!isPreflight(request)) {
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
