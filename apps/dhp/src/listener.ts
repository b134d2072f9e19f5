/**
 * Listening comes first: a public URL holds its port, so the port must be ours before anything is built upon the URL.
 * Until a server is attached, callers are told that it is starting.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { defaultLimits, limitConnections, type ConnectionLimits } from './connection-limits.ts';
import { ConfigurationError } from './settings/setting.ts';

/** Who answers at a listener. */
export interface Served {
  readonly handler: RequestListener;
  /** Ends the socket of what cannot be read as a request. */
  readonly refuse: (error: Error, socket: Duplex) => void;
  /** In milliseconds, as Node's servers have them; what is absent stays as Node has it. */
  readonly timeouts?: Partial<Pick<Server, 'requestTimeout' | 'keepAliveTimeout'>>;
}

export interface Listener {
  readonly port: number;
  attach(served: Served): void;
  /** Takes no new connections, lets requests in flight finish for at most so long, then cuts what is left. */
  close(drainMilliseconds: number): Promise<void>;
}

export interface ListenerChoice {
  readonly host: string;
  /** The setting that names the port, for the message. */
  readonly setting: string;
  /** A port that was asked for: taken means stop. */
  readonly explicit: number | undefined;
  /** A port of an earlier start, tried before the default. */
  readonly recorded: number | undefined;
  readonly fallback: number;
  /** Default: those of the platform without settings. */
  readonly limits?: ConnectionLimits;
  /** Is told what an operator should know while the listener works (default: nobody). */
  readonly report?: (sentence: string) => void;
}

/** How far above the default a free port is looked for. */
const range = 200;

/**
 * Opens a listener on the port that was asked for, else on the first free one of: the recorded, the default, those above.
 *
 * @throws ConfigurationError when the asked port is taken, or none is free
 */
export async function openListener(choice: ListenerChoice): Promise<Listener> {
  if (choice.explicit !== undefined) {
    const server = await tryListen(choice, choice.explicit);
    if (server) return listenerOf(server, choice.explicit, choice);
    throw new ConfigurationError(
      `${choice.setting}=${choice.explicit} is taken by another program. Stop that program, or choose another port.`,
    );
  }
  const candidates = Array.from({ length: range }, (_, offset) => choice.fallback + offset);
  if (choice.recorded !== undefined) candidates.unshift(choice.recorded);
  for (const port of candidates) {
    const server = await tryListen(choice, port);
    if (server) return listenerOf(server, port, choice);
  }
  throw new ConfigurationError(
    `No port from ${choice.fallback} to ${choice.fallback + range - 1} is free. Name one with ${choice.setting}.`,
  );
}

async function tryListen({ host, limits = defaultLimits }: ListenerChoice, port: number): Promise<Server | undefined> {
  // A program on [::1] does not stop us from listening on 127.0.0.1, yet `localhost` may lead to it.
  if (host === '127.0.0.1' && (await answers('::1', port))) return undefined;
  const server = createServer({ connectionsCheckingInterval: limits.checkEvery });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else if (error.code === 'EACCES')
        reject(new ConfigurationError(`Port ${port} may not be used by this user: ${error.message}.`));
      else if (error.code === 'EADDRNOTAVAIL')
        reject(new ConfigurationError(`DHP_HOST=${host} is not an address of this machine.`));
      else reject(error);
    });
    server.listen(port, host, () => resolve(server));
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(500, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1', 'cache-control': 'no-store' });
  response.end('{"status":"starting"}\n');
};

function listenerOf(server: Server, port: number, choice: ListenerChoice): Listener {
  const { limits = defaultLimits, report = () => undefined } = choice;
  const unwatch = limitConnections(server, limits, report);
  server.on('request', starting);
  return {
    port,
    attach({ handler, refuse, timeouts = {} }) {
      server.removeListener('request', starting);
      server.on('request', handler);
      server.on('clientError', refuse);
      Object.assign(server, timeouts);
    },
    close(drainMilliseconds) {
      return new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), drainMilliseconds);
        // A connection that is kept alive becomes idle with its last answer; waiting for the client to end it takes seconds.
        const sweep = setInterval(() => server.closeIdleConnections(), 20);
        server.close(() => {
          clearTimeout(cut);
          clearInterval(sweep);
          unwatch();
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}
