/** A running server, and the common parts of all of them. */
import type { FastifyInstance } from 'fastify';
import { openEndpoint, type Endpoint, type EndpointOptions, type Served } from '../endpoint.ts';
import type { Accept } from '../front.ts';
import type { Ready } from '../processes/messages.ts';
import type { Assigned } from './assigned.ts';

export interface RunningServer {
  readonly ready: Ready;
  readonly accept: Accept;
  /** Lets requests in flight finish for at most this many milliseconds, and closes everything. */
  close(drain: number): Promise<void>;
}

/** Closes everything that was opened, in reverse order; also if a later step of the opening fails. */
export interface Closers {
  add(close: () => unknown): void;
  run(): Promise<void>;
}

export function createClosers(): Closers {
  const closers: (() => unknown)[] = [];
  return {
    add: (close) => void closers.push(close),
    async run() {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

/** @param more of the endpoint's options */
export function endpointOf(
  { connections, progress }: Assigned,
  more: Pick<EndpointOptions, 'endsEmptyRequests'> = {},
): Endpoint {
  return openEndpoint({ ...more, limits: connections, report: (sentence) => progress.say(sentence) });
}

/** The application at an endpoint, with everything on which it depends. */
export function running(endpoint: Endpoint, closers: Closers, ready: Ready = {}): RunningServer {
  return {
    ready,
    accept: endpoint.accept,
    // The last to open is the first to close: requests in flight, then what they need.
    async close(drain) {
      await endpoint.close(drain);
      await closers.run();
    },
  };
}

/** The application in the form of an endpoint. @param handler handles its requests, with the code before the framework */
export async function servedBy(
  app: FastifyInstance,
  handler: Served['handler'],
  upgrades?: Served['upgrades'],
): Promise<Served> {
  await app.ready();
  // The framework has its own server, which does not listen here: its settings for answers and time-outs are copied from it.
  const { server } = app;
  return {
    ...{ handler, upgrades },
    refuse: (error, socket) => server.emit('clientError', error, socket),
    timeouts: { requestTimeout: server.requestTimeout, keepAliveTimeout: server.keepAliveTimeout },
  };
}
