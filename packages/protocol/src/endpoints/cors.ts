/** Answers of the edge to web pages of other origins: preflights, and refusals that no endpoint makes. `../cors.ts` says who may read. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Cors } from '../cors.ts';
import { sendRefusal } from '@dhp/sso-pages/answers';

/** The longest that Chromium keeps the answer to a preflight. */
const preflightSeconds = '7200';

/** Refusals that no endpoint makes: of limits, of what cannot be read, of other methods, of a fault. @param paths of endpoints for programs */
export function addCorsOfRefusals(app: FastifyInstance, cors: Cors, paths: ReadonlySet<string>): void {
  app.addHook('onSend', async (request, reply) => {
    if (reply.statusCode < 400 || !paths.has(request.url.split('?', 1)[0]!)) return;
    await cors.markRefusal(request.raw, reply.raw);
  });
}

/** A browser that asks on its own before it sends what a page wants to send. Where it is refused, the page learns nothing at all. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/**
 * Answers preflights of a path. They name no client, so every origin may send; whether it may read is decided with the answer.
 * @param methods those that a page may use
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
