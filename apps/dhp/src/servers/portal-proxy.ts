/**
 * The port of the playground is also the portal's: requests outside the FHIR base URL are forwarded to the process of the portal. The
 * portal serves pages and reads only forms, small ones or with a file. Such a form is read completely before it is forwarded, with its
 * length and no other framing, and no other body is: a body whose framing the two sides interpret differently would become the next request
 * of a connection that all callers share. The caller's address is sent with the request, since the portal sees a socket without one: it
 * counts and records by it.
 */
import { Agent, request as send, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { PassThrough, pipeline } from 'node:stream';
import type { Urls } from '../addresses.ts';
import { starting } from '../endpoint.ts';
import { toldOn, type Callers } from './caller-address.ts';

/** Header fields of one connection, which end with it (RFC 9110 section 7.6.1). */
const ofConnection: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/** Header fields of a body, and of waiting before it is sent. */
const ofBody: ReadonlySet<string> = new Set([...['content-encoding', 'content-length', 'content-type', 'expect']]);

/** Bytes of a form without a file. */
const small = 64 * 1024;

/** Kinds of forms, with the most bytes of one. */
const forms = [
  { type: /^application\/x-www-form-urlencoded(?:$|[ ;])/i, longest: small },
  { type: /^multipart\/form-data; ?boundary=[\w'()+,./:=?-]{1,70}$/i, longest: 1024 ** 2 },
];

/**
 * Bytes of all forms with files that are held at a time: their senders are still unknown. Small forms, such as that of a sign-in, do not
 * wait for them.
 */
const mostHeld = 64 * 1024 ** 2;

/** How long a caller waits for the portal to begin its answer, in milliseconds. */
const patience = 30_000;

/** An answer up to this size frees its connection to the portal at once, however slowly the caller reads. Each asset is smaller. */
const readAhead = 1024 ** 2;

/**
 * Whether a request is for the portal, not for the playground. If the playground is at the root of its own host, the host decides;
 * otherwise the path does.
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
  { socketPath, urls, callers }: { readonly socketPath: string; readonly urls: Urls; readonly callers: Callers },
  own: RequestListener,
): { handler: RequestListener; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const held = { bytes: 0 };
  const isForPortal = isPortals(urls);
  return {
    handler: (request, response) =>
      isForPortal(request) ? receive(request, response, { socketPath, agent, callers, held }) : own(request, response),
    close: () => agent.destroy(),
  };
}

interface Portal {
  readonly socketPath: string;
  readonly agent: Agent;
  readonly callers: Callers;
  readonly held: { bytes: number };
}

/** Opens no connection to the portal before the form has arrived, however slowly. */
function receive(request: IncomingMessage, response: ServerResponse, portal: Portal): void {
  const longest = longestOf(request);
  if (longest === undefined) {
    handOn(request, response, portal);
    request.resume();
    return;
  }
  // A request without a body may have ended before it arrives here, and no event would report it.
  if (request.readableEnded) {
    handOn(request, response, portal, Buffer.alloc(0));
    return;
  }
  const { held } = portal;
  const parts: Buffer[] = [];
  let length = 0;
  let isFull = false;
  request.on('data', (part: Buffer) => {
    length += part.length;
    isFull ||= longest > small && held.bytes + part.length > mostHeld;
    if (length > longest || isFull) return;
    parts.push(part);
    if (longest > small) held.bytes += part.length;
  });
  if (longest > small) response.once('close', () => (held.bytes -= parts.reduce((sum, part) => sum + part.length, 0)));
  request.once('end', () => {
    if (length <= longest && !isFull) handOn(request, response, portal, Buffer.concat(parts));
    else void refuse(request, response, isFull ? 'full' : { most: longest });
  });
}

/** Its words are loaded when they are needed. */
async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refused: { readonly most: number } | 'full',
): Promise<void> {
  const { refuseForm } = await import('./form-refusals.ts');
  refuseForm(request, response, refused);
}

/** Bytes that the form of a request may have; undefined if it is not a form. */
function longestOf({ method, headers }: IncomingMessage): number | undefined {
  if (method !== 'POST') return undefined;
  return forms.find(({ type }) => type.test(headers['content-type'] ?? ''))?.longest;
}

function handOn(
  request: IncomingMessage,
  response: ServerResponse,
  { socketPath, agent, callers }: Portal,
  form?: Buffer,
): void {
  const { method, url: path, rawHeaders } = request;
  const address = callers.addressOf(request);
  // The connection is gone.
  if (address === undefined) return void response.destroy();
  const headers = endToEnd(rawHeaders, (name) => !ofBody.has(name) && callers.mayHandOn(request, name));
  headers.push(...toldOn(address));
  if (form !== undefined) headers.push('content-type', typeOf(request), 'content-length', String(form.length));
  const onward = send({ socketPath, agent, method, path, headers });
  // From here on, since it may also wait for one of the agent's connections.
  const timer = setTimeout(() => onward.destroy(new Error('The portal does not answer')), patience);
  onward.once('response', (answer) => {
    clearTimeout(timer);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', endToEnd(answer.rawHeaders));
    pipeline(answer, new PassThrough({ highWaterMark: readAhead }), response, () => undefined);
  });
  onward.once('error', () => {
    // The portal is being restarted. If its answer had begun, only closing the connection can show that it is incomplete.
    if (response.headersSent) response.destroy();
    else starting.handler(request, response);
  });
  response.once('close', () => {
    clearTimeout(timer);
    onward.destroy();
  });
  onward.end(form);
}

/** Including the boundary of its parts, for a multipart form. */
function typeOf({ headers: { 'content-type': given = '' } }: IncomingMessage): string {
  return /^multipart/i.test(given) ? given : 'application/x-www-form-urlencoded';
}

/**
 * Removes the fields of one connection and those that `Connection` names.
 * @param rawHeaders names and values in turn, as in Node's messages
 * @param isKept of a name in lower case: false for one to leave out as well
 */
function endToEnd(rawHeaders: readonly string[], isKept: (name: string) => boolean = () => true): string[] {
  const named = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]!.toLowerCase() !== 'connection') continue;
    for (const name of rawHeaders[at + 1]!.split(',')) named.add(name.trim().toLowerCase());
  }
  return rawHeaders.filter((_, index) => {
    const name = rawHeaders[index - (index % 2)]!.toLowerCase();
    return !ofConnection.has(name) && isKept(name) && (!named.has(name) || name === 'host');
  });
}
