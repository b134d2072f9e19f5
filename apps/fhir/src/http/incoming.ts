import type { FastifyInstance, FastifyRequest } from 'fastify';
import { failure } from './errors.ts';

const formLimit = 64 * 1024;

/**
 * How bodies are read: JSON as bytes, never parsed by the framework. Forms are looked at for a second token (RFC 6750 section
 * 2) and else refused. Everything else was refused by the guard, or is by the framework.
 */
export function readBodiesAsBytes(app: FastifyInstance, bodyLimit: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/fhir+json', 'application/json', 'text/json'],
    { parseAs: 'buffer', bodyLimit },
    (_request, body, done) => {
      done(null, body);
    },
  );
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: formLimit },
    (request, body, done) => {
      done(refusedForm(request, body.toString('latin1')));
    },
  );
}

function refusedForm(request: FastifyRequest, form: string): Error | null {
  if (new URLSearchParams(form).has('access_token')) {
    const diagnostics = 'access_token is in the form body and in the Authorization header.';
    return failure('token-given-twice', {}, { diagnostics });
  }
  // Where no route is, the answer is that, not the media type.
  if (request.is404) return null;
  const diagnostics = 'Content-Type is a form; accepted are application/fhir+json and application/json.';
  return failure('media-type-unsupported', {}, { diagnostics });
}
