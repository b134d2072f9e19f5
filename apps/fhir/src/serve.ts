/** From the web framework to an interaction and back. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Caller } from './access/caller.ts';
import { readingOf } from './contract/permission.ts';
import { admit, largeBody, type Admission, type Room } from './http/admission.ts';
import { patchTypes } from './http/content-type.ts';
import { requestBudget } from './http/cost.ts';
import { decompressUpTo } from './http/decompress.ts';
import { deliver } from './http/deliver.ts';
import { largeReader } from './http/large-body.ts';
import type { Gate } from './http/gate.ts';
import { hasBody, presentForm, type Done, type Guard, type PathParameters } from './pipeline/guard.ts';
import type { Misses } from './http/misses.ts';
import type { Query } from './contract/query.ts';
import type { Services, Interaction } from './interactions/interaction.ts';
import type { Answer } from './http/respond.ts';
import { plainJson, type Presentation } from './presentation/presentation.ts';
import { presentApart, whole } from './presentation/present.ts';
import { withTargets, type TargetReads } from './validation/reference-targets.ts';
import type { Route } from './contract/route.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** How its answer is to look; set by the guard. */
    presentation: Presentation;
    /** The bearer of its token; set by the guard, where the route is not public. */
    caller: Caller | undefined;
    /** Where its body has room; undefined for what has none. */
    room: Room | undefined;
    /** Units of work that reading its body as XML has taken. */
    bodyWork: number | undefined;
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
  route: Route<Interaction>,
  guard: Guard,
  services: Services,
  { bodyLimit, admission, largeWork }: { bodyLimit: number; admission: Admission; largeWork: Gate },
): void {
  const reading = readingOf(route.permission);
  const { conformance } = services;
  const writes = route.method !== 'GET' && route.method !== 'DELETE' && !route.path.endsWith('/_search');
  const isRead = route.method === 'GET' || route.path.endsWith('/_search');
  app.route({
    ...(hasBody(route.method) ? { preParsing: decompressUpTo(bodyLimit) } : {}),
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET',
    onRequest: [
      (request, reply, next) => {
        guard(request, reply, next);
      },
      // Behind the guard: nobody without a token takes room.
      ...(hasBody(route.method) ? [admit(admission, bodyLimit)] : []),
    ],
    // Callbacks rather than an async handler: one promise less for each request.
    handler: (request, reply) => {
      const { compartment, type = '', id = '', versionId = '' } = request.params as PathParameters;
      const { headers, body, caller } = request;
      const refuse = (error: unknown): void => {
        void reply.send(error instanceof Error ? error : new Error(String(error)));
      };
      const length = Buffer.isBuffer(body) ? body.length : 0;
      const budget = requestBudget(services.costs, body, admission.whole);
      const room = request.room ?? admission.open(request, reply);
      room.give(budget);
      // The bytes are looked at once for their syntax, depth and repeated keys, and parsed.
      budget.spend((request.bodyWork ?? 0) + length / 16, 'reading the body');
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
      const send = (answer: Answer): Promise<void> | void => {
        try {
          const convertApart: Services['convertApart'] = (text, conversion) => {
            budget.hold(text.length, 'the conversion of an answer');
            return services.convertApart(text, conversion);
          };
          const shown = presentApart(answer, request.presentation, {
            convertApart,
            budget: isRead ? budget : undefined,
          });
          if (shown instanceof Promise)
            return shown.then((converted) => deliver(request, reply, converted)).catch(refuse);
          deliver(request, reply, shown);
        } catch (error) {
          refuse(error);
        }
      };
      const call = { compartment, type, id, versionId, query, headers, body, access: caller?.access, budget };
      const own = caller?.services(reading) ?? services;
      const read = length < largeBody ? undefined : largeReader(route);
      const run = (targets?: TargetReads): Promise<Answer> => {
        budget.startTime(services.stopwatch);
        const one = targets === undefined ? call : { ...call, targets };
        return read === undefined
          ? route.run(own, one)
          : read(own, one).then((body) => route.run(own, { ...one, body }));
      };
      const runChecked = async (): Promise<Answer> => {
        await conformance.refresh();
        return withTargets({ seen: own.reading('r').store, budget }, run);
      };
      const runNow = writes && conformance.isEnforced ? runChecked : () => run();
      // Large bodies are worked on few at a time: what is made of one takes many times its size.
      const work = (length < largeBody ? runNow() : largeWork(length, runNow)).then((answer) => {
        // What comes in parts is put together where it is wanted in another form than it has.
        if (answer.stream === undefined || request.presentation === plainJson) return send(answer);
        return whole(answer, budget).then(send, refuse);
      }, refuse);
      room.keep(work);
    },
  });
}
