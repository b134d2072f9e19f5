/** From the web framework to an interaction and back. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { environmentFor, readingOf } from './access/environment-for.ts';
import type { Access } from './http/access.ts';
import { patchTypes } from './http/content-type.ts';
import { requestBudget } from './http/cost.ts';
import { decompressUpTo } from './http/decompress.ts';
import { deliver } from './http/deliver.ts';
import { hasBody, presentForm, type Done, type Guard, type PathParameters } from './http/guard.ts';
import type { Misses } from './http/misses.ts';
import type { Query } from './http/negotiate.ts';
import type { Environment } from './interactions/interaction.ts';
import type { Answer } from './http/respond.ts';
import { plainJson, type Presentation } from './presentation/presentation.ts';
import { presentApart, whole } from './presentation/present.ts';
import { withTargets } from './validation/reference-targets.ts';
import type { Route } from './routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** How its answer is to look; set by the guard. */
    presentation: Presentation;
    /** What the caller may do; set by the guard, where the route is not public. */
    access: Access | undefined;
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

/** The parameters of a search that comes as a form: those of its address and those of the form together. */
function withForm(query: Query, form: Query | undefined): Query {
  const both = Object.assign(Object.create(null), query) as Record<string, string | string[]>;
  for (const [name, value = []] of Object.entries(form ?? {})) {
    const before = both[name];
    both[name] = before === undefined ? value : [before, value].flat();
  }
  return both;
}

/** Puts a route of the table into the web framework: guarded, decompressed, run, and its answer made as it is wanted. */
export function serve(
  app: FastifyInstance,
  route: Route,
  guard: Guard,
  environment: Environment,
  bodyLimit: number,
): void {
  const reading = readingOf(route.permission);
  const { conformance } = environment;
  const writes = route.method !== 'GET' && route.method !== 'DELETE' && !route.path.endsWith('/_search');
  app.route({
    ...(hasBody(route.method) ? { preParsing: decompressUpTo(bodyLimit) } : {}),
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET',
    onRequest: (request, reply, next) => {
      guard(request, reply, next);
    },
    // Callbacks rather than an async handler: one promise less for each request.
    handler: (request, reply) => {
      const { compartment, type = '', id = '', versionId = '' } = request.params as PathParameters;
      const { headers, body, access } = request;
      const refuse = (error: unknown): void => {
        void reply.send(error instanceof Error ? error : new Error(String(error)));
      };
      let query = request.query as Query;
      if (route.parameters === 'search' && route.method === 'POST') {
        try {
          query = withForm(query, body as Query | undefined);
          presentForm(route, request, query);
        } catch (error) {
          refuse(error);
          return;
        }
      }
      const send = (answer: Answer): void => {
        try {
          const shown = presentApart(answer, request.presentation, environment.convertApart);
          if (shown instanceof Promise) shown.then((converted) => deliver(request, reply, converted)).catch(refuse);
          else deliver(request, reply, shown);
        } catch (error) {
          refuse(error);
        }
      };
      const budget = requestBudget(environment.costs);
      const call = { compartment, type, id, versionId, query, headers, body, access, budget };
      const own = access === undefined ? environment : environmentFor(environment, access, reading);
      const run = (): Promise<Answer> => route.run(own, call);
      (writes && conformance.isEnforced
        ? conformance.refresh().then(() => withTargets(own.reading('r').store, run))
        : run()
      ).then((answer) => {
        // What comes in parts is put together where it is wanted in another form than it has.
        if (answer.stream === undefined || request.presentation === plainJson) send(answer);
        else whole(answer).then(send, refuse);
      }, refuse);
    },
  });
}
