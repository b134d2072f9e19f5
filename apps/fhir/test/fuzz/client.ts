import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';

export interface FuzzRequest {
  readonly method: string;
  /** Below the base URL, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface FuzzReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Client {
  /** Rejects if the connection breaks or no answer arrives in time. */
  send(request: FuzzRequest): Promise<FuzzReply>;
  close(): void;
}

const patience = 60_000;

/** Returns a client that sends requests unchanged: paths are not normalised, headers not checked. */
export function clientOf(base: string, token: string, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port, pathname } = new URL(base);
  const prefix = pathname.replace(/\/$/, '');
  return {
    send: ({ method, path, headers, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = send(
          {
            agent,
            hostname,
            port,
            method,
            path: prefix + path,
            headers: { authorization: `Bearer ${token}`, 'accept-language': 'en', ...headers },
            timeout: patience,
          },
          (incoming) => {
            const parts: Buffer[] = [];
            incoming.on('data', (part: Buffer) => parts.push(part));
            incoming.on('error', reject);
            incoming.on('end', () => {
              const text = Buffer.concat(parts).toString('latin1');
              resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
            });
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${patience} ms`)));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close: () => agent.destroy(),
  };
}
