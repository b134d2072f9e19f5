/** Forms of programs at the endpoints outside the engine. */
import type { FastifyInstance } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import { sendRefusal } from '@dhp/sso-pages/answers';

/**
 * Like `acceptForms`, but refuses a form that repeats a parameter (RFC 6749 sections 3.1 and 3.2), as the engine does: a proxy that
 * inspects the request might use one value, and the endpoint the other.
 */
export function acceptProgramForms(scope: FastifyInstance): void {
  acceptForms(scope);
  scope.addHook('preHandler', (request, reply, done) => {
    const names = request.body instanceof URLSearchParams ? [...request.body.keys()] : [];
    if (new Set(names).size < names.length) void sendRefusal(reply, 'repeated-parameter');
    else done();
  });
}
