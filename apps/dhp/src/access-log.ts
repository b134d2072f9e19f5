/**
 * The access log: a JSON line for each request, or for a share of them, of every server of the platform. It contains no query, no body and
 * no token.
 */
import { randomInt } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { RequestListener } from 'node:http';
import type { RequestRecord } from '@dhp/fhir';
import type { RequestAhead } from '@dhp/protocol/ahead';

/** The level `info` of the other lines of the log. */
const level = 30;

/** The part of a record that every server has. */
export type LoggedRequest = Pick<RequestRecord, 'time' | 'requestId' | 'method' | 'route' | 'status' | 'milliseconds'> &
  Partial<RequestRecord>;

export interface AccessLogOptions {
  /** Of the server, as in the other lines of its log. */
  readonly name: string;
  readonly write: (lines: string) => void;
  /**
   * The share of requests that are logged now, from 0 to 1 (default). Requests that failed by a fault of the platform (5xx) are always
   * logged, except if it is 0.
   */
  readonly share?: () => number;
}

/**
 * Writes a JSON line for each request. Lines of one turn of the event loop are written together. In a sampled line, `share` says for how
 * many requests it stands.
 */
export function accessLog({
  name,
  write,
  share: shareNow = () => 1,
}: AccessLogOptions): (record: LoggedRequest) => void {
  let lines = '';
  const flush = (): void => {
    const written = lines;
    lines = '';
    write(written);
  };
  const placeOf = places();
  return (record) => {
    const share = shareNow();
    if (share === 0 || (share < 1 && !isFault(record) && placeOf(record.requestId) >= share)) return;
    const { time, milliseconds, ...others } = record;
    if (lines === '') setImmediate(flush);
    const duration = milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10;
    const part = share < 1 && !isFault(record) ? { share } : undefined;
    lines += `${JSON.stringify({ level, time, name, msg: 'request', ...others, milliseconds: duration, ...part })}\n`;
  };
}

function isFault({ status }: LoggedRequest): boolean {
  return status !== undefined && status >= 500;
}

/**
 * Maps the request id to a place from 0 to 1: a Bundle is logged with all its entries, or not at all. Callers cannot predict which ids are
 * chosen, as each process has another salt.
 */
function places(): (requestId: string | undefined) => number {
  const salt = randomInt(2 ** 31);
  return (requestId = '') => {
    // FNV-1a, and a last mix, without which the salt would move all ids alike.
    let hash = salt ^ 0x811c9dc5;
    for (let at = 0; at < requestId.length; at += 1) hash = Math.imul(hash ^ requestId.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** The event on a response that reports its route. */
const routed = 'dhp:route';

/** The framework's message when the handler of a request begins. */
interface Handled {
  readonly route: { readonly url?: string };
  readonly reply: { readonly raw: NodeJS.EventEmitter };
}

/** Reports the routes of requests to `loggedHandler`. */
function tellRoutes(ahead: string | undefined): void {
  subscribe('tracing:fastify.request.handler:start', (message) => {
    const { route, reply } = message as Handled;
    reply.raw.emit(routed, route.url);
  });
  if (ahead === undefined) return;
  subscribe(ahead, (message) => {
    const { path, response } = message as RequestAhead;
    response.emit(routed, path);
  });
}

/** A handler whose requests are recorded when they are over, for a server that makes no records itself. */
function loggedHandler(handler: RequestListener, sink: (record: LoggedRequest) => void): RequestListener {
  return (request, response) => {
    const [time, began] = [Date.now(), performance.now()];
    let route: string | undefined;
    response.once(routed, (url: string | undefined) => (route = url));
    response.once('close', () => {
      const id = response.getHeader('x-request-id');
      sink({
        ...{ time, requestId: typeof id === 'string' ? id : undefined, method: request.method, route },
        status: response.headersSent ? response.statusCode : undefined,
        milliseconds: performance.now() - began,
      });
    });
    handler(request, response);
  };
}

/**
 * The handler of a server of the web framework, which logs its requests while the share is above 0.
 * @param ahead the channel that reports requests which do not reach the framework, if there are any
 */
export function withAccessLog(
  log: { readonly share: number },
  { name, handler, ahead }: { readonly name: string; readonly handler: RequestListener; readonly ahead?: string },
): RequestListener {
  const logged = loggedHandler(handler, accessLog({ name, write: toStandardError, share: () => log.share }));
  let knowsRoutes = false;
  return (request, response) => {
    if (log.share === 0) {
      handler(request, response);
      return;
    }
    // Subscribed only when needed: a subscriber to routes costs something for each request.
    if (!knowsRoutes) tellRoutes(ahead);
    knowsRoutes = true;
    logged(request, response);
  };
}

export function toStandardError(lines: string): void {
  process.stderr.write(lines);
}
