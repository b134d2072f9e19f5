/** From the web framework to an interaction and back. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { patchTypes } from './http/content-type.ts';
import { decompressUpTo } from './http/decompress.ts';
import { deliver } from './http/deliver.ts';
import { accessGiven, hasBody, type Done, type Guard, type PathParameters } from './http/guard.ts';
import type { Misses } from './http/misses.ts';
import type { Query } from './http/negotiate.ts';
import type { Environment } from './interactions/interaction.ts';
import type { Presentation } from './presentation/presentation.ts';
import { present } from './presentation/present.ts';
import type { Route } from './routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** How its answer is to look; set by the guard. */
    presentation: Presentation;
  }
}

/** What an address takes, for everybody. https://www.rfc-editor.org/rfc/rfc9110#name-options */
export function sendOptions(misses: Misses, path: string, reply: FastifyReply, done: Done): void {
  const methods = misses.methodsAt(path);
  if (methods.length === 0) {
    done(misses.explain('OPTIONS', path));
    return;
  }
  void reply.code(204).header('allow', [...methods, 'OPTIONS'].join(', '));
  if (methods.includes('PATCH')) void reply.header('accept-patch', patchTypes.join(', '));
  void reply.send();
}

/** Puts a route of the table into the web framework: guarded, decompressed, run, and its answer made as it is wanted. */
export function serve(
  app: FastifyInstance,
  route: Route,
  guard: Guard,
  environment: Environment,
  bodyLimit: number,
): void {
  app.route({
    ...(hasBody(route.method) ? { preParsing: decompressUpTo(bodyLimit) } : {}),
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET',
    onRequest: (request, _reply, next) => {
      guard(request, next);
    },
    // Callbacks rather than an async handler: one promise less for each request.
    handler: (request, reply) => {
      const { type = '', id = '', versionId = '' } = request.params as PathParameters;
      const { headers, body } = request;
      const refuse = (error: unknown): void => {
        void reply.send(error instanceof Error ? error : new Error(String(error)));
      };
      const access = route.permission === 'entries' ? accessGiven(request) : undefined;
      route
        .run(environment, { type, id, versionId, query: request.query as Query, headers, body, access })
        .then((answer) => {
          try {
            deliver(request, reply, present(answer, request.presentation));
          } catch (error) {
            refuse(error);
          }
        }, refuse);
    },
  });
}
