/** Documents that a client publishes, as its keys at a jwks_uri. */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { World } from '../shape.ts';

/** One server for all documents; it listens from the first one on, and keeps no process alive. */
export function openPublisher(): World['publish'] {
  const documents = new Map<string, { readonly text: string; readonly pieces: number }>();
  let listening: Promise<Server> | undefined;
  const listen = async (): Promise<Server> => {
    const server = createServer((request, response) => {
      const found = documents.get(request.url!);
      if (found === undefined) response.writeHead(404).end();
      else void send(response, found.text, found.pieces);
    });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return server;
  };
  return async (text, pieces) => {
    const server = await (listening ??= listen());
    const path = `/${documents.size}`;
    documents.set(path, { text, pieces });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  };
}

async function send(response: ServerResponse, text: string, pieces: number): Promise<void> {
  response.on('error', () => undefined); // who reads may end it
  response.writeHead(200, { 'content-type': 'application/json' });
  const size = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length && !response.destroyed; at += size) {
    response.write(text.slice(at, at + size));
    if (pieces > 1) await setImmediate();
  }
  response.end();
}
