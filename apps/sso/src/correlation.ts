/** One id for all that a request causes: in its answer, in the audit trail. A caller may bring its own. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

const current = new AsyncLocalStorage<string>();

export function addCorrelation(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && /^[A-Za-z0-9._~-]{1,64}$/.test(given) ? given : randomUUID();
    reply.raw.setHeader('X-Request-Id', id);
    current.run(id, done);
  });
}

/** Of the request that is being served; undefined outside of one. */
export function correlationId(): string | undefined {
  return current.getStore();
}
