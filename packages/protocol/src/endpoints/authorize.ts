/** The authorization endpoint (RFC 6749 section 3.1): the engine's, by GET, POST, and the short form of the platform document. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { enginePaths, type Engine } from '../engine/engine.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';
import { acceptForms } from '@dhp/web-kit';

/** Longer addresses do not pass every proxy. */
const maxQueryLength = 8000;

/** @param beginUnitOfWork starts the unit of work: from then on, changes of the request are deferred to its end */
export function addAuthorizationEndpoint(app: FastifyInstance, engine: Engine, beginUnitOfWork: () => void): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    beginUnitOfWork();
    reply.hijack();
    await engine.handle(request.raw, reply.raw, request.ip);
    return reply;
  };
  app.get(enginePaths.authorize, { exposeHeadRoute: false }, answer);
  // The engine continues here after a sign-in.
  app.get(`${enginePaths.authorize}/:uid`, { exposeHeadRoute: false }, answer);

  void app.register((scope, _options, done) => {
    acceptForms(scope);
    // SMART App Launch requires POST. The browser is redirected to GET, so that it sends its cookies (SameSite=Lax).
    scope.post<{ Body: URLSearchParams }>(enginePaths.authorize, (request, reply) => {
      const query = request.body.toString();
      if (query.length > maxQueryLength) return sendRefusal(reply, 'body-too-large');
      return reply.header('Cache-Control', 'no-store').redirect(`${enginePaths.authorize}?${query}`, 303);
    });
    refuseOtherMethods(scope, enginePaths.authorize, 'GET, POST');
    done();
  });
}
