/** A server that serves, and what all of them are made with. */
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

/** Closes everything that was opened, in reverse order; also when a later step of the opening fails. */
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

/** The application at an endpoint, and all that it stands on. */
export function running(endpoint: Endpoint, closers: Closers, ready: Ready = {}): RunningServer {
  return {
    ready,
    accept: endpoint.accept,
    // The last to open is the first to close: what is in flight, then what it needs.
    async close(drain) {
      await endpoint.close(drain);
      await closers.run();
    },
  };
}

/** The application as an endpoint has it. @param handler takes its requests, with what is before the framework */
export async function servedBy(
  app: FastifyInstance,
  handler: Served['handler'],
  upgrades?: Served['upgrades'],
): Promise<Served> {
  await app.ready();
  // The framework has a server of its own, which does not listen here: how it answers and waits is asked of it.
  const { server } = app;
  return {
    ...{ handler, upgrades },
    refuse: (error, socket) => server.emit('clientError', error, socket),
    timeouts: { requestTimeout: server.requestTimeout, keepAliveTimeout: server.keepAliveTimeout },
  };
}
