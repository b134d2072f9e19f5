/**
 * The HTTP side of a server: it is handed connections that somebody else has accepted, by the front in another process or, in a
 * test, in the same one.
 */
import { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLimits, limitConnections, type ConnectionLimits } from './connection-limits.ts';
import { PatientResponse } from './patient-response.ts';

/** Requests run in its stores; it is told of each by `HandledRequest`. Without a subscriber it costs a look at a flag. */
export const requestChannel = 'dhp:http.request';
const requests = channel(requestChannel);

export interface HandledRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Set by whoever hears of it: its events are to come in the stores, too. */
  isFollowed: boolean;
}

/** Handlers of the requests of one endpoint. */
export interface Served {
  readonly handler: RequestListener;
  /** Ends the socket of what cannot be read as a request. */
  readonly refuse: (error: Error, socket: Duplex) => void;
  /** Requests that are no requests any more once they are taken: those that become websockets. */
  readonly upgrades?: Upgrades | undefined;
  /** In milliseconds, as Node's servers have them; what is absent stays as Node has it. */
  readonly timeouts?: Partial<Pick<Server, 'requestTimeout' | 'keepAliveTimeout'>>;
}

export interface Upgrades {
  readonly isMeant: (request: IncomingMessage) => boolean;
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Says farewell to all that were taken. */
  readonly end: () => void;
}

export interface Endpoint {
  /** Takes over a connection on which nothing has been read yet. */
  readonly accept: (socket: Socket) => void;
  attach(served: Served): void;
  /** Lets requests in flight finish for at most so long, then cuts what is left. */
  close(drainMilliseconds: number): Promise<void>;
}

export interface EndpointOptions {
  /** Default: those of the platform without settings. */
  readonly limits?: ConnectionLimits;
  /** Is told what an operator should know while the endpoint works (default: nobody). */
  readonly report?: (sentence: string) => void;
  /** Whether a request without a body comes as a stream that has ended, of which no event tells (default: no). */
  readonly endsEmptyRequests?: boolean;
}

/** How often a closing endpoint looks for connections that became idle, in milliseconds. */
const sweepEvery = 20;

/** Milliseconds for whoever does not stop to send: by then an answer has arrived. */
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
  // Node watches the time limits of connections from this event on; it never comes by itself where nothing listens.
  server.emit('listening');
  const unwatch = limitConnections(server, limits, report);
  /** With the last request of each. */
  const open = new Map<Socket, IncomingMessage | undefined>();
  server.on('request', (request: IncomingMessage) => {
    inOriginForm(request);
    open.set(request.socket, request);
  });
  // The server behind it says what is wrong with Expect, or ignores it; Node would answer 417 without a word.
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
        // A request for another protocol than that is answered as if it had not asked.
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
        // A connection that is kept alive becomes idle with its last answer; waiting for the client to end it takes seconds.
        const sweep = setInterval(look, sweepEvery);
        function look(): void {
          if (performance.now() >= end) {
            server.closeAllConnections();
            // Those that are no connections of HTTP any more.
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

/** The handler, with those told of its requests who listen. */
function told(handler: RequestListener): RequestListener {
  return (request, response) => {
    if (!requests.hasSubscribers) {
      handler(request, response);
      return;
    }
    const handled: HandledRequest = { request, response, isFollowed: false };
    requests.runStores(handled, () => {
      // Work that comes of a body, or of room to write, is of this request, too; Node tells of it in the context of the connection.
      if (handled.isFollowed) for (const each of [request, response]) tellHere(each);
      handler(request, response);
    });
  };
}

/** From now on its events come in the asynchronous context of this call. */
function tellHere(of: NodeJS.EventEmitter): void {
  const emit = (name: string | symbol, ...given: unknown[]): boolean =>
    (Object.getPrototypeOf(of) as NodeJS.EventEmitter).emit.call(of, name, ...given);
  of.emit = AsyncResource.bind(emit);
}

/**
 * Gives a request whose target is an absolute URL the target and the Host that it would have without: every server accepts such, and the URL counts,
 * whatever Host says (RFC 9112 section 3.2.2). One with a user stays as it is, and so leads nowhere: it is an error (RFC 9110 section 4.2.4).
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

/** Answers 503 to every request and ends the connection, so that the next one finds who answers then. */
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
 * A refusal is often out before the body is in. Who closes the connection then makes the system answer what still comes with a reset, by which
 * callers, and proxies in between, lose the answer too. So the other half stays open for a while, and what comes is thrown away.
 * https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 * @param isComplete whether all of the request that was answered last has come
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
