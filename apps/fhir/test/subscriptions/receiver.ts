/** A receiver of notifications, which answers as a test wants. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly host: string;
  readonly url: (path: string) => string;
  /** All that came at a path. */
  readonly at: (path: string) => Received[];
  /** How a path answers (default: 200). */
  readonly answers: Map<string, (response: ServerResponse, received: Received) => void>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const all: Received[] = [];
  const answers: Receiver['answers'] = new Map();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const received = { path, headers, body: Buffer.concat(parts).toString('utf8') };
      all.push(received);
      const answer = answers.get(path);
      if (answer === undefined) response.end();
      else answer(response, received);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: (path) => `http://${host}${path}`,
    at: (path) => all.filter((one) => one.path === path),
    answers,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

/** The SubscriptionStatus of a notification. */
export function statusIn(body: string): Json & { readonly notificationEvent?: readonly Json[] } {
  const { entry } = JSON.parse(body) as { entry: { resource: Json }[] };
  return entry[0]!.resource;
}

/** The numbers of events that came at a path, in their order. */
export function numbersAt(receiver: Receiver, path: string): number[] {
  return receiver
    .at(path)
    .flatMap(({ body }) => (statusIn(body).notificationEvent ?? []).map(({ eventNumber }) => Number(eventNumber)));
}
