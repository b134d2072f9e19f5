import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** A diagnostics channel that tells programs that measure of each request, with `{ request, reply }`. */
export const arrivalChannel = 'dhp.fhir.arrival';

/** A request over HTTP, by whichever adapter it comes: those of the web framework have these members, too. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of the client; behind a trusted proxy, as that says. */
  readonly ip: string;
  /** The parameters of the URL. */
  readonly query: unknown;
  /** Undefined until it was read, and without a body. */
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

/** The reply to it. */
export interface HttpReply {
  readonly raw: ServerResponse;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  headers(fields: Readonly<Record<string, string>>): unknown;
  getHeader(name: string): number | string | string[] | undefined;
  hasHeader(name: string): boolean;
  /** @param answer an error is answered as the adapter answers failures */
  send(answer?: Buffer | string | Readable | Error): unknown;
}
