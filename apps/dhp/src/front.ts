/**
 * Listening comes first: a public URL contains its port, so the port must be bound before the URL is used. A front accepts the connections
 * of a port and passes each, unread, to a serving process; while there is none, it answers itself that the server is starting. It stays
 * while processes end and start again, so that no connection is refused meanwhile.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { defaultLimits } from './connection-limits.ts';
import { openEndpoint, starting, type EndpointOptions } from './endpoint.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import { ConfigurationError } from './settings/setting.ts';

/** Takes over a connection. */
export type Accept = (socket: Socket) => void;

export interface Front {
  readonly port: number;
  /** @param choose called for each connection; returns undefined if no process can take it */
  serveWith(choose: () => Accept | undefined): void;
  /** Decides again about a connection that its process did not get. */
  again: Accept;
  /** Accepts no new connections. Those that were passed on must be closed by their processes. */
  close(): Promise<void>;
}

export interface FrontChoice extends EndpointOptions {
  readonly host: string;
  /** The setting that names the port, for the message. */
  readonly setting: string;
  /** An explicitly configured port: if it is taken, the start fails. */
  readonly explicit: number | undefined;
  /** A port of an earlier start, tried before the default. */
  readonly recorded: number | undefined;
  readonly fallback: number;
}

/** How far above the default a free port is looked for. */
const range = 200;

/**
 * Opens a front on the configured port, otherwise on the first free one of: the recorded, the default, and those above.
 *
 * @throws ConfigurationError if the configured port is taken, or none is free
 */
export async function openFront(choice: FrontChoice): Promise<Front> {
  const { setting } = choice;
  const said = operationMessages[spokenLanguage()].listener;
  if (choice.explicit !== undefined) {
    const server = await tryListen(choice, choice.explicit);
    if (server) return frontOf(server, choice.explicit, choice);
    throw new ConfigurationError(said.taken({ setting, port: choice.explicit }));
  }
  const candidates = Array.from({ length: range }, (_, offset) => choice.fallback + offset);
  if (choice.recorded !== undefined) candidates.unshift(choice.recorded);
  for (const port of candidates) {
    const server = await tryListen(choice, port);
    if (server) return frontOf(server, port, choice);
  }
  const last = choice.fallback + range - 1;
  throw new ConfigurationError(said.noneFree({ first: choice.fallback, last, setting }));
}

async function tryListen({ host }: FrontChoice, port: number): Promise<Server | undefined> {
  // A program on [::1] does not stop us from listening on 127.0.0.1, yet `localhost` may lead to it.
  if (host === '127.0.0.1' && (await answers('::1', port))) return undefined;
  const server = createServer({ pauseOnConnect: true, noDelay: true });
  const said = operationMessages[spokenLanguage()].listener;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else if (error.code === 'EACCES') reject(new ConfigurationError(said.forbidden({ port, reason: error.message })));
      else if (error.code === 'EADDRNOTAVAIL') reject(new ConfigurationError(said.otherHost({ host })));
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

function frontOf(server: Server, port: number, { limits = defaultLimits, report }: FrontChoice): Front {
  const waiting = openEndpoint({ limits, ...(report && { report }) });
  waiting.attach(starting);
  let choose: () => Accept | undefined = () => undefined;
  const pass: Accept = (socket) => (choose() ?? waiting.accept)(socket);
  server.on('connection', (socket: Socket) => {
    // It is not an error if the caller has disconnected by now; the process that gets the socket handles later errors.
    socket.on('error', () => undefined);
    pass(socket);
  });
  const { failed } = operationMessages[spokenLanguage()].listener;
  server.on('error', (error) => report?.(failed({ port, reason: error.message })));
  return {
    port,
    serveWith: (next) => void (choose = next),
    again: pass,
    close() {
      server.close();
      return waiting.close(0);
    },
  };
}
