import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** It is sent when this resolves. */
  after?: Promise<unknown>;
}

/** A server of somebody else's: it answers as it is told, and remembers what it was asked. */
export interface Stranger {
  readonly url: string;
  readonly host: string;
  readonly asked: { path: string; body: string }[];
  reply: (path: string) => Reply;
  close(): void;
}

export async function openStranger(): Promise<Stranger> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      stranger.asked.push({ path, body });
      const { status = 200, headers = {}, body: text = '', after } = stranger.reply(path);
      void Promise.resolve(after).then(() => response.writeHead(status, headers).end(text));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const stranger: Stranger = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    asked: [],
    reply: () => ({}),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return stranger;
}
