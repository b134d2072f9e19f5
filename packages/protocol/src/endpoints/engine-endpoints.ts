/** Endpoints that the engine handles completely: pushed authorization requests (RFC 9126), devices (RFC 8628), signing out. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimit, enginePaths, type Engine } from '../engine/engine.ts';
import { acceptForms } from '@dhp/web-kit';
import { answerPreflights } from './cors.ts';
import { refuseOtherMethods, sendRefusal } from '@dhp/sso-pages/answers';

/** Longer addresses do not pass every proxy. */
const maxQueryLength = 8000;

export function addEngineEndpoints(app: FastifyInstance, engine: Engine): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (Number(request.headers['content-length'] ?? 0) > bodyLimit) {
      return sendRefusal(reply.header('Connection', 'close'), 'body-too-large');
    }
    reply.hijack();
    await engine.handle(request.raw, reply.raw, request.ip);
    return reply;
  };
  void app.register((scope, _options, done) => {
    acceptForms(scope);
    // The browser is redirected to GET, so that it sends its cookies (SameSite=Lax).
    scope.post<{ Body: URLSearchParams }>(enginePaths.logout, (request, reply) => {
      const query = request.body.toString();
      if (query.length > maxQueryLength) return sendRefusal(reply, 'body-too-large');
      return reply.header('Cache-Control', 'no-store').redirect(`${enginePaths.logout}?${query}`, 303);
    });
    done();
  });
  void app.register((scope, _options, done) => {
    // The engine reads the body itself; it can be read only once.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
    for (const path of [enginePaths.par, enginePaths.deviceAuthorization]) {
      scope.post(path, answer);
      answerPreflights(scope, path, 'POST');
      refuseOtherMethods(scope, path, 'POST');
    }
    scope.get(enginePaths.device, { exposeHeadRoute: false }, answer);
    scope.post(enginePaths.device, answer);
    refuseOtherMethods(scope, enginePaths.device, 'GET, POST');
    // The engine continues here after a sign-in.
    scope.get(`${enginePaths.device}/:uid`, { exposeHeadRoute: false }, answer);
    scope.get(enginePaths.logout, { exposeHeadRoute: false }, answer);
    scope.post(`${enginePaths.logout}/confirm`, answer);
    scope.get(`${enginePaths.logout}/success`, { exposeHeadRoute: false }, answer);
    done();
  });
}
