/**
 * Requests to open a websocket, before the client is known: they decide who may open one.
 * https://www.rfc-editor.org/rfc/rfc6455#section-4.2
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { networkOf } from '@dhp/rate-limit';
import type { Sockets } from './sockets.ts';

export interface Upgrades {
  /** Whether a request is for a websocket of this server; others are answered as ordinary requests. */
  readonly isMeant: (request: IncomingMessage) => boolean;
  readonly take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Sends a close frame to all sockets and accepts no more. */
  readonly end: () => void;
}

const name = '$websocket';

export function socketUrl(baseUrl: string): string {
  return `${baseUrl.replace(/^http/, 'ws')}/${name}`;
}

/** A message of a client is a token or an id. */
const longestMessage = 4_096;

interface UpgradeMeans {
  readonly baseUrl: string;
  readonly allowsOrigin: (origin: string) => boolean;
  /** The address of a client. */
  readonly addressOf: (request: IncomingMessage) => string;
}

/** @param sockets undefined until the server has started */
export function upgradesOf(
  sockets: () => Sockets | undefined,
  { baseUrl, allowsOrigin, addressOf }: UpgradeMeans,
): Upgrades {
  const path = new URL(socketUrl(baseUrl)).pathname;
  // Compression would keep a window per socket in memory.
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    maxPayload: longestMessage,
  });
  return {
    isMeant: ({ method, url = '', headers }) =>
      method === 'GET' && url.split('?', 1)[0] === path && headers.upgrade?.toLowerCase() === 'websocket',
    take(request, socket, head) {
      const open = sockets();
      const { origin } = request.headers;
      // Cookies do not count here, so another site gains nothing; an operator who lists origins for browser programs means these too.
      if (origin !== undefined && !allowsOrigin(origin)) refuse(socket, '403 Forbidden');
      else if (open === undefined || open.full()) refuse(socket, '503 Service Unavailable', 'retry-after: 5\r\n');
      else {
        const network = networkOf(addressOf(request));
        server.handleUpgrade(request, socket, head, (opened) => {
          open.take(opened, network);
        });
      }
    },
    end: () => sockets()?.end(),
  };
}

function refuse(socket: Duplex, status: string, more = ''): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n${more}\r\n`);
}

/** Makes a server pass on requests for a websocket, but no requests for other protocols. */
export function takeUpgrades(server: Server, { isMeant, take }: Upgrades): void {
  Object.assign(server, { shouldUpgradeCallback: isMeant });
  server.on('upgrade', take);
}
