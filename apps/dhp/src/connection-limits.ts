/**
 * Limits of a listener before authentication: the number of concurrent connections, and the slowest speed of a request. Without them, a
 * client that opens connections and sends nothing, or a byte now and then, would keep everybody else out ("slow loris").
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { SettingValues } from './settings.ts';

export interface ConnectionLimits {
  /** The most concurrent connections of the listener; 0 for no limit. */
  readonly connections: number;
  /** The most from one address; 0 for no limit. */
  readonly perAddress: number;
  /** Whether an address is a reverse proxy, whose connections belong to many callers. */
  readonly isProxy: (address: string) => boolean;
  /** Milliseconds within which the header fields of a request must have arrived; also for a connection that sends nothing. */
  readonly headers: number;
  /** A body must arrive at this rate, after this many milliseconds in which it need not. */
  readonly body: { readonly grace: number; readonly bytesPerSecond: number };
  /** Milliseconds after which a stalled connection is closed, such as one whose answer nobody reads. */
  readonly stalled: number;
  /** Milliseconds between two checks of all these limits. */
  readonly checkEvery: number;
}

/** The limits of the platform's listeners that are not settings. A phone in a village sends 8 KiB in a second. */
export const defaultLimits: ConnectionLimits = {
  connections: 10_000,
  perAddress: 1_000,
  isProxy: () => false,
  headers: 10_000,
  body: { grace: 20_000, bytesPerSecond: 8 * 1024 },
  stalled: 600_000,
  checkEvery: 1_000,
};

export function limitsOf({
  DHP_CONNECTIONS,
  DHP_ADDRESS_CONNECTIONS,
  DHP_TRUST_PROXY,
}: SettingValues): ConnectionLimits {
  return {
    ...defaultLimits,
    ...(DHP_CONNECTIONS !== undefined && { connections: DHP_CONNECTIONS }),
    ...(DHP_ADDRESS_CONNECTIONS !== undefined && { perAddress: DHP_ADDRESS_CONNECTIONS }),
    isProxy: proxies(DHP_TRUST_PROXY),
  };
}

/** With a number of proxies, or `on`, every peer counts as a proxy. */
function proxies(trusted: SettingValues['DHP_TRUST_PROXY']): ConnectionLimits['isProxy'] {
  if (!Array.isArray(trusted)) return () => trusted !== undefined && trusted !== false;
  const list = new BlockList();
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Applies the limits to a server.
 * @param report is called, at most once a minute, when connections are refused
 * @returns a function that ends the watch
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  report: (sentence: string) => void,
): () => void {
  server.headersTimeout = limits.headers;
  server.timeout = limits.stalled;
  if (limits.connections > 0) server.maxConnections = limits.connections;
  const tell = onceAMinute(report);
  server.on('drop', () => {
    // Idle kept-alive connections make room for those with a request.
    server.closeIdleConnections();
    tell(operationMessages[spokenLanguage()].listener.full({ count: limits.connections }));
  });
  if (limits.perAddress > 0) limitAddresses(server, limits, tell);
  return watchBodies(server, limits);
}

function limitAddresses(server: Server, limits: ConnectionLimits, tell: (sentence: string) => void): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/i, '');
    if (address === '' || limits.isProxy(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = open.get(address)! - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count <= limits.perAddress) return;
    socket.destroy();
    tell(operationMessages[spokenLanguage()].listener.addressFull({ address, count: limits.perAddress }));
  });
}

interface Upload {
  readonly response: ServerResponse;
  /** Bytes that the connection had written when the request began. */
  readonly from: number;
  /** Milliseconds that it has had. */
  had: number;
}

/** Ends requests whose body arrives more slowly than the limit. https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html does the same. */
function watchBodies(server: Server, { body, checkEvery }: ConnectionLimits): () => void {
  const uploads = new Map<IncomingMessage, Upload>();
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.headers['content-length'] === undefined && request.headers['transfer-encoding'] === undefined) return;
    uploads.set(request, { response, from: request.socket.bytesRead, had: 0 });
    request.once('close', () => uploads.delete(request));
  };
  server.prependListener('request', begin);
  let last = performance.now();
  const sweep = setInterval(() => {
    const now = performance.now();
    // If this process itself was busy, data that arrived meanwhile has not been read, and the caller is not to blame for the time.
    const passed = Math.min(now - last, 2 * checkEvery);
    last = now;
    for (const [request, upload] of uploads) {
      if (request.complete) {
        uploads.delete(request);
        continue;
      }
      upload.had += passed;
      const received = request.socket.bytesRead - upload.from;
      if (upload.had > body.grace + (received / body.bytesPerSecond) * 1000) refuse(server, request, upload.response);
    }
  }, checkEvery);
  sweep.unref();
  return () => clearInterval(sweep);
}

/** As Node does after `requestTimeout`; if an answer has begun, the connection can only be closed. */
function refuse(server: Server, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const error = Object.assign(new Error('The body arrives too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  if (response.headersSent || !server.emit('clientError', error, socket)) socket.destroy();
}

function onceAMinute(report: (sentence: string) => void): (sentence: string) => void {
  let next = 0;
  return (sentence) => {
    const now = performance.now();
    if (now < next) return;
    next = now + 60_000;
    report(sentence);
  };
}
