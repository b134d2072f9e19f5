/**
 * The port of the playground is the portal's too: what is not below the FHIR base URL is handed to the process of the portal. The
 * portal serves pages and reads no body, so none is handed on: a body whose framing the two sides see differently would be the next
 * request of a connection that all callers share.
 */
import { Agent, request as send, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { PassThrough, pipeline } from 'node:stream';
import type { Urls } from '../addresses.ts';
import { starting } from '../endpoint.ts';

/** Header fields of one connection, which end with it (RFC 9110 section 7.6.1). */
const ofConnection: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/** Header fields of a body, and of waiting before it is sent. */
const ofBody: ReadonlySet<string> = new Set([...['content-encoding', 'content-length', 'content-type', 'expect']]);

/** How long a caller waits for the portal to begin its answer, in milliseconds. */
const patience = 30_000;

/** An answer up to this size leaves its connection to the portal at once, however slowly the caller reads. Each asset is smaller. */
const readAhead = 1024 ** 2;

/**
 * Whether a request is for the portal, not for the playground. Where the playground is at the root of its own host, the host
 * decides; else the path does.
 */
export function isPortals({ playground, portal }: Urls): (request: IncomingMessage) => boolean {
  const base = new URL(playground).pathname.replace(/\/$/, '');
  if (base === '') {
    const { host } = new URL(portal);
    return host === new URL(playground).host ? () => false : ({ headers }) => headers.host === host;
  }
  return ({ url = '' }) => {
    const path = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]*/i, '');
    return !path.startsWith(base) || !/^([/?#;]|$)/.test(path.slice(base.length));
  };
}

/** @param own answers the requests of the playground */
export function portalProxy(
  socketPath: string,
  urls: Urls,
  own: RequestListener,
): { handler: RequestListener; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const isForPortal = isPortals(urls);
  return {
    handler: (request, response) =>
      isForPortal(request) ? handOn(request, response, { socketPath, agent }) : own(request, response),
    close: () => agent.destroy(),
  };
}

function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  { socketPath, agent }: { socketPath: string; agent: Agent },
): void {
  const { method, url: path, rawHeaders } = request;
  const headers = endToEnd(rawHeaders, ofBody);
  const onward = send({ socketPath, agent, method, path, headers });
  // From here on, since it may also wait for one of the agent's connections.
  const timer = setTimeout(() => onward.destroy(new Error('The portal does not answer')), patience);
  onward.once('response', (answer) => {
    clearTimeout(timer);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
    pipeline(answer, new PassThrough({ highWaterMark: readAhead }), response, () => undefined);
  });
  onward.once('error', () => {
    // The portal is being started again. Where its answer had begun, only the connection can tell that it is not whole.
    if (response.headersSent) response.destroy();
    else starting.handler(request, response);
  });
  response.once('close', () => {
    clearTimeout(timer);
    onward.destroy();
  });
  request.resume();
  onward.end();
}

/**
 * Without the fields of one connection and those that it names.
 * @param rawHeaders names and values in turn, as Node's messages have them
 * @param more names that are left out besides
 */
function endToEnd(rawHeaders: readonly string[], more: ReadonlySet<string> = new Set()): string[] {
  const named = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() !== 'connection') continue;
    for (const name of rawHeaders[at + 1]!.split(',')) named.add(name.trim().toLowerCase());
  }
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)]!.toLowerCase();
    return !ofConnection.has(name) && !more.has(name) && (!named.has(name) || name === 'host');
  });
}
