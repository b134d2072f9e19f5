/** The way of every request over HTTP to the pipeline, by whichever adapter it comes. */
import { channel } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders } from 'node:http';
import { arrivalChannel, type HttpReply } from '../contract/http.ts';
import { patchTypes } from '../http/content-type.ts';
import type { Cors } from '../http/cors.ts';
import { failure, type Failure } from '../http/errors.ts';
import { nameRequest } from '../http/request-id.ts';
import type { Misses } from '../pipeline/misses.ts';
import { arrive, pathOf, type ArrivingRequest, type Done, type ServeSettings } from './arrival.ts';
import { recordWhenOver } from './records.ts';

/** Addresses that load balancers and the portal request all the time. */
const uncounted: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

/** The target of OPTIONS that is about the server and no address of it (RFC 9110 section 9.3.7). */
export const wholeServer = '*';
const methodsOfServer = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const arrivals = channel(arrivalChannel);

export interface EntranceSettings {
  readonly serving: ServeSettings;
  readonly basePath: string;
  readonly misses: Misses;
  readonly cors: Cors;
  readonly securityHeaders: Readonly<Record<string, string>>;
  readonly clock: () => Date;
}

/**
 * Takes a request: it is recorded, named, counted and given to the pipeline.
 * @param next is called when its body is to be read, or with the failure; not called if the request was answered
 */
export type Entrance = (request: ArrivingRequest, reply: HttpReply, next: Done) => void;

export function entrance({ serving, basePath, misses, cors, securityHeaders, clock }: EntranceSettings): Entrance {
  const { pipeline, limits } = serving;
  return (request, reply, next) => {
    if (arrivals.hasSubscribers) arrivals.publish({ request, reply });
    // Before anything that may refuse it.
    if (pipeline.isRecorded) recordWhenOver(request, reply, pipeline, clock);
    nameRequest(request, reply);
    reply.headers(securityHeaders);
    cors.mark(request, reply);
    const path = pathOf(request, basePath);
    if (request.method === 'OPTIONS' && request.url === wholeServer) {
      reply.code(204);
      reply.header('allow', methodsOfServer);
      reply.send();
      return;
    }
    if (request.method === 'OPTIONS') {
      if (!cors.answerPreflight(request, reply)) sendOptions(misses, path, reply, next);
      return;
    }
    const refused = (uncounted.has(path) ? undefined : limits.admitAddress(request, reply)) ?? notDone(request.headers);
    if (refused === undefined) arrive({ request, reply }, path, serving, next);
    else next(refused);
  };
}

/** The failure where header fields about the message itself ask for more than is done. */
function notDone(headers: IncomingHttpHeaders): Failure | undefined {
  const { expect, 'transfer-encoding': coding } = headers;
  if (expect !== undefined && !areAll(expect, '100-continue')) {
    const diagnostics = `Expect is ${shown(expect)}; the only expectation that is met is 100-continue.`;
    return failure('expectation-unsupported', {}, { diagnostics });
  }
  // Without this its bytes would be read as if they had no other coding: RFC 9112 section 6.1 says 501.
  if (coding !== undefined && !areAll(coding, 'chunked')) {
    const diagnostics = `Transfer-Encoding is ${shown(coding)}; the only coding that is undone is chunked.`;
    return failure('transfer-coding-unsupported', {}, { diagnostics });
  }
  return undefined;
}

/** Whether a list of RFC 9110 section 5.6.1.2 has that one member alone. */
function areAll(list: string, member: string): boolean {
  return list.split(',').every((one) => ['', member].includes(one.trim().toLowerCase()));
}

function shown(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}

/** An address takes this, for everybody. https://www.rfc-editor.org/rfc/rfc9110#name-options */
function sendOptions(misses: Misses, path: string, reply: HttpReply, done: Done): void {
  const methods = misses.methodsAt(path);
  if (methods.length === 0) {
    done(misses.explain('OPTIONS', path));
    return;
  }
  reply.code(204);
  reply.header('allow', [...methods, 'OPTIONS'].join(', '));
  if (methods.includes('PATCH')) reply.header('accept-patch', patchTypes.join(', '));
  reply.send();
}
