/** Forms of programs at the endpoints that are not the engine's. */
import type { FastifyInstance } from 'fastify';
import { acceptForms } from '@dhp/web-kit';
import { sendRefusal } from '@dhp/sso-pages/answers';

/**
 * As `acceptForms`. A form in which a parameter stands twice is refused (RFC 6749 sections 3.1 and 3.2), as the engine refuses it: whoever looks
 * at a request on its way may go by the one, and the endpoint by the other.
 */
export function acceptProgramForms(scope: FastifyInstance): void {
  acceptForms(scope);
  scope.addHook('preHandler', (request, reply, done) => {
    const names = request.body instanceof URLSearchParams ? [...request.body.keys()] : [];
    if (new Set(names).size < names.length) void sendRefusal(reply, 'repeated-parameter');
    else done();
  });
}
