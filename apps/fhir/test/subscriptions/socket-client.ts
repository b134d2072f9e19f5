/** A client of websockets, for tests. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { until } from '@dhp/postgres/testing';
import { WebSocket } from 'ws';
import type { TestServer } from '../environment.ts';
import { statusIn } from './receiver.ts';

type Json = Readonly<Record<string, unknown>>;

export const socketChannel = {
  system: 'http://terminology.hl7.org/CodeSystem/subscription-channel-type',
  code: 'websocket',
};

export interface SocketClient {
  readonly socket: WebSocket;
  /** All that came. */
  readonly messages: string[];
  /** How it was closed; rejects where it is not 30 s after the question. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** How it was closed, where it is. */
  readonly ended: string | undefined;
  say(text: string): void;
  /** Numbers of the events that came, of one subscription or all. */
  numbers(id?: string): number[];
  /** Waits for the status of a type. */
  told(type: string): Promise<Json>;
}

export async function openSocket(
  port: number,
  more: { readonly origin?: string; readonly localAddress?: string } = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/fhir/$websocket`, { ...more });
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
  let ended: string | undefined;
  const closing = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      ended = `${String(code)} ${reason.toString('utf8')}`;
      resolve({ code, reason: reason.toString('utf8') });
    });
  });
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return {
    ...{ socket, messages },
    get ended() {
      return ended;
    },
    get closed() {
      return inTime(closing);
    },
    say: (text) => {
      socket.send(text);
    },
    numbers: (id) =>
      messages
        .map((text) => statusIn(text))
        .filter(
          ({ subscription }) =>
            id === undefined || (subscription as { reference: string }).reference.endsWith(`/${id}`),
        )
        .flatMap(({ notificationEvent = [] }) => notificationEvent.map(({ eventNumber }) => Number(eventNumber))),
    told: (type) =>
      until(`a message of the type ${type}`, () =>
        messages.map((text) => statusIn(text)).find((one) => one['type'] === type),
      ),
  };
}

async function inTime<Closed>(closing: Promise<Closed>): Promise<Closed> {
  const late = Promise.withResolvers<Closed>();
  const timer = setTimeout(() => {
    late.reject(new Error('the socket is still open'));
  }, 30_000);
  return Promise.race([closing, late.promise]).finally(() => {
    clearTimeout(timer);
  });
}

export async function tokenFor(server: TestServer, ids: readonly string[], token?: string): Promise<string> {
  const parameter = ids.map((id) => ({ name: 'id', valueId: id }));
  const reply = await server.request('POST', '/Subscription/$get-ws-binding-token', {
    ...(token !== undefined && { token }),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
  assert.equal(reply.status, 200, reply.text);
  const all = reply.json['parameter'] as { name: string; valueString?: string }[];
  return all.find(({ name }) => name === 'token')!.valueString!;
}

/** A socket that is bound, and has got its handshakes. */
export async function boundSocket(
  server: TestServer,
  ids: readonly string[],
  { port = server.port, token }: { readonly port?: number; readonly token?: string } = {},
): Promise<SocketClient> {
  const client = await openSocket(port);
  client.say(`bind-with-token ${await tokenFor(server, ids, token)}`);
  await untilBound(client, ids.length);
  return client;
}

/** Waits for the handshakes; at once it fails where the server closes the socket instead, with what that says. */
export async function untilBound(client: SocketClient, count: number): Promise<void> {
  await until('all are bound', () => {
    assert.equal(client.ended, undefined);
    return client.messages.length >= count;
  });
}
