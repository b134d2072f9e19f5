/** The port of the playground is the portal's too: what is not below the FHIR base URL is handed to the process of the portal. */
import { Agent, request as send, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import type { Urls } from '../addresses.ts';
import { starting } from '../endpoint.ts';

/** Header fields of one connection, which end with it (RFC 9110 section 7.6.1). */
const ofConnection: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'],
]);

/** How long the portal may say nothing, in milliseconds. */
const patience = 30_000;

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
  const onward = send({ socketPath, agent, method, path, headers: endToEnd(rawHeaders), timeout: patience });
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
    pipeline(answer, response, () => undefined);
  });
  onward.once('timeout', () => onward.destroy(new Error('The portal does not answer')));
  onward.once('error', () => {
    // The portal is being started again. Where its answer had begun, only the connection can tell that it is not whole.
    if (response.headersSent) response.destroy();
    else starting.handler(request, response);
  });
  response.once('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}

/** Names and values in turn, as Node's messages have them. */
function endToEnd(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, index) => !ofConnection.has(rawHeaders[index - (index % 2)]!.toLowerCase()));
}
