/**
 * One name for a request, in the answer and in the log. https://hl7.org/fhir/R5/http.html#custom
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { HttpReply, HttpRequest } from '../contract/http.ts';

const header = 'x-request-id';
/** A value that is safe in a header and in a log line, and not longer than 128 characters. */
const wellFormed = /^[\w.~:/+=@-]{1,128}$/;

/** Names the request: as its client did, if that is a name, else again. Its headers carry the name from here on. */
export function nameRequest(request: HttpRequest, reply: HttpReply): void {
  const given = request.headers[header];
  const id = typeof given === 'string' && wellFormed.test(given) ? given : newRequestId();
  request.headers[header] = id;
  reply.header(header, id);
}

/** For an answer to bytes that could not be read as a request. */
export function newRequestId(): string {
  return crypto.randomUUID();
}

/** The name of a request that has one. */
export function requestIdOf(headers: IncomingHttpHeaders): string | undefined {
  const id = headers[header];
  return typeof id === 'string' ? id : undefined;
}
