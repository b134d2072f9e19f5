/** The HTTP side of a server: it gets connections that the front has accepted in another process or, in a test, in the same one. */
import { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLimits, limitConnections, type ConnectionLimits } from './connection-limits.ts';
import { PatientResponse } from './patient-response.ts';

/** Requests run in its stores; each is published as `HandledRequest`. Without a subscriber it costs checking a flag. */
export const requestChannel = 'dhp:http.request';
const requests = channel(requestChannel);

export interface HandledRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Set by a subscriber whose stores must also cover the request's events. */
  isFollowed: boolean;
}

/** Handlers of the requests of one endpoint. */
export interface Served {
  readonly handler: RequestListener;
  /** Ends the socket of a request that cannot be parsed. */
  readonly refuse: (error: Error, socket: Duplex) => void;
  /** Requests that become websockets. */
  readonly upgrades?: Upgrades | undefined;
  /** In milliseconds, as for Node's servers; absent ones keep Node's default. */
  readonly timeouts?: Partial<Pick<Server, 'requestTimeout' | 'keepAliveTimeout'>>;
}

export interface Upgrades {
  readonly isMeant: (request: IncomingMessage) => boolean;
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Closes all upgraded connections properly. */
  readonly end: () => void;
}

export interface Endpoint {
  /** Takes over a connection on which nothing has been read yet. */
  readonly accept: (socket: Socket) => void;
  attach(served: Served): void;
  /** Lets requests in flight finish within this time, then closes the remaining connections. */
  close(drainMilliseconds: number): Promise<void>;
}

export interface EndpointOptions {
  /** Default: those of the platform without settings. */
  readonly limits?: ConnectionLimits;
  /** Called with messages for the operator while the endpoint works (default: none). */
  readonly report?: (sentence: string) => void;
  /** Whether a request without a body has a stream that has already ended, without an event (default: no). */
  readonly endsEmptyRequests?: boolean;
}

/** How often a closing endpoint looks for connections that became idle, in milliseconds. */
const sweepEvery = 20;

/** Milliseconds for a client that does not stop sending: by then an answer has arrived. */
const lingering = 5_000;

export function openEndpoint({
  limits = defaultLimits,
  report = () => undefined,
  endsEmptyRequests = false,
}: EndpointOptions = {}): Endpoint {
  const server = createServer({
    connectionsCheckingInterval: limits.checkEvery,
    optimizeEmptyRequests: endsEmptyRequests,
    ServerResponse: PatientResponse,
  });
  // Node checks the time limits of connections from this event on; without a listening socket, nothing emits it.
  server.emit('listening');
  const unwatch = limitConnections(server, limits, report);
  /** With the last request of each. */
  const open = new Map<Socket, IncomingMessage | undefined>();
  server.on('request', (request: IncomingMessage) => {
    inOriginForm(request);
    open.set(request.socket, request);
  });
  // The server behind it reports errors about Expect, or ignores it; Node would answer 417 without an explanation.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  let isClosing = false;
  let upgraded: Upgrades | undefined;
  return {
    accept: (socket) => {
      if (isClosing || (limits.connections > 0 && open.size >= limits.connections)) {
        socket.destroy();
        if (!isClosing) server.emit('drop');
        return;
      }
      // As sockets are that an HTTP server has accepted itself.
      socket.allowHalfOpen = true;
      open.set(socket, undefined);
      lingerOnClose(socket, () => open.get(socket)?.complete ?? true);
      socket.once('close', () => open.delete(socket));
      server.emit('connection', socket);
      if (socket.isPaused()) socket.resume();
    },
    attach({ handler, refuse, upgrades, timeouts = {} }) {
      if (upgrades !== undefined) {
        upgraded = upgrades;
        // A request to upgrade to another protocol is answered as if it had not asked.
        Object.assign(server, { shouldUpgradeCallback: upgrades.isMeant });
        server.on('upgrade', upgrades.take);
      }
      server.on('request', told(handler));
      server.on('clientError', refuse);
      Object.assign(server, timeouts);
    },
    close(drainMilliseconds) {
      isClosing = true;
      upgraded?.end();
      return new Promise((resolve) => {
        const end = performance.now() + drainMilliseconds;
        // A kept-alive connection becomes idle after its last answer; waiting for the client to close it takes seconds.
        const sweep = setInterval(look, sweepEvery);
        function look(): void {
          if (performance.now() >= end) {
            server.closeAllConnections();
            // The connections that are no longer HTTP.
            for (const socket of open.keys()) socket.destroy();
          } else server.closeIdleConnections();
          if (open.size > 0) return;
          clearInterval(sweep);
          unwatch();
          server.close();
          resolve();
        }
        look();
      });
    },
  };
}

/** The handler, which publishes its requests to subscribers. */
function told(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (!requests.hasSubscribers) {
      handler(request, response);
      return;
    }
    const handled: HandledRequest = { request, response, isFollowed: false };
    requests.runStores(handled, () => {
      // Work caused by a body, or by room to write, belongs to this request, too; Node emits these events in the context of the connection.
      if (handled.isFollowed) for (const each of [request, response]) tellHere(each);
      handler(request, response);
    });
  };
}

/** From now on its events are emitted in the asynchronous context of this call. */
function tellHere(of: NodeJS.EventEmitter): void {
  const emit = (name: string | symbol, ...given: unknown[]): boolean =>
    (Object.getPrototypeOf(of) as NodeJS.EventEmitter).emit.call(of, name, ...given);
  of.emit = AsyncResource.bind(emit);
}

/**
 * Converts a request whose target is an absolute URL to the equivalent target and Host: every server must accept such a target, and the URL
 * takes precedence over Host (RFC 9112 section 3.2.2). One with a user is left unchanged, and so matches no route: it is an error (RFC 9110
 * section 4.2.4).
 */
function inOriginForm(request: IncomingMessage): void {
  const { url = '', rawHeaders } = request;
  if (url.startsWith('/')) return;
  const [, authority, rest] = /^https?:\/\/([^/?#@]+)(|[/?#].*)$/is.exec(url) ?? [];
  if (authority === undefined || rest === undefined) return;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  request.headers.host = authority;
  for (let n = 0; n < rawHeaders.length; n += 2) if (/^host$/i.test(rawHeaders[n]!)) rawHeaders[n + 1] = authority;
}

/** Answers 503 to every request and closes the connection, so that the next request reaches the started server. */
export const starting: Served = {
  handler: (_request, response) => {
    response.writeHead(503, {
      'content-type': 'application/json',
      'retry-after': '1',
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end('{"status":"starting"}\n');
  },
  refuse: (_error, socket) => void socket.destroy(),
};

/**
 * A refusal is often sent before the body has arrived. Closing the connection then makes the system answer further data with a reset, by
 * which callers, and proxies in between, lose the answer too. So the receiving half stays open for a while, and its data is discarded.
 * https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 * @param isComplete whether the last answered request has arrived completely
 */
function lingerOnClose(socket: Socket, isComplete: () => boolean): void {
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    if (socket.destroyed || socket.readableEnded || isComplete()) {
      destroySoon();
      return;
    }
    socket.end();
    const timer = setTimeout(() => socket.destroy(), lingering);
    socket.once('close', () => clearTimeout(timer));
    socket.once('end', () => socket.destroy());
    socket.resume();
  };
}
