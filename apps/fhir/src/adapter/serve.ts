/** The adapter of the web framework: its requests become requests of the pipeline, and answers of the pipeline are sent. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decompressUpTo } from '../http/decompress.ts';
import type { Arrival } from './arrival.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Its way through the pipeline; undefined for requests that do not reach it, such as OPTIONS. */
    arrival: Arrival | undefined;
  }
}

/** Lets every request below the base URL that has a method of FHIR come to `arrive`; which routes there are, says the pipeline. */
export function serve(app: FastifyInstance, bodyLimit: number): void {
  app.decorateRequest('arrival', undefined);
  const decompress = decompressUpTo(bodyLimit);
  app.addHook('preParsing', (request, reply, payload, done) => {
    // A request without a body may be at its end before it comes here; the framework would wait for an event that tells so.
    const body = request.raw.readableEnded ? Readable.from([]) : payload;
    if (request.arrival?.hasBody === true) decompress(request, reply, body, done);
    else done(null, body);
  });
  // Callbacks rather than async handlers: one promise less for each request.
  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    request.arrival!.resume(reply);
  };
  for (const url of ['/', '/*']) {
    app.route({ method: 'GET', url, exposeHeadRoute: true, handler });
    app.route({ method: ['POST', 'PUT', 'PATCH', 'DELETE'], url, handler });
  }
  app.setNotFoundHandler(handler);
}
