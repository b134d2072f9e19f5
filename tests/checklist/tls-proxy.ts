/** A TLS proxy in front of a server, as docs/configuration.md wants one: TLS 1.2 or later, the caller's address in X-Forwarded-For. */
import { request as httpRequest } from 'node:http';
import { createServer, request as httpsRequest, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createTlsServer, type SecureVersion } from 'node:tls';
import { selfSigned } from './certificate.ts';

export interface TlsProxy {
  readonly port: number;
  /** A request through the proxy, to the public host. */
  ask(
    path: string,
    options?: Omit<RequestOptions, 'headers'> & { headers?: Record<string, string | number> },
    body?: string,
  ): Promise<{ status: number; headers: Headers; text: string }>;
  /** The version that a client which speaks only this one gets, or why it gets none. */
  handshake(version: SecureVersion): Promise<string>;
  /** Returns the answer at the port of the proxy to a request in plain HTTP. */
  askPlainly(path: string): Promise<string>;
  close(): Promise<void>;
}

export async function openTlsProxy(target: string, host: string): Promise<TlsProxy> {
  const { key, cert } = selfSigned(host);
  const proxy = createServer({ key, cert, minVersion: 'TLSv1.2' }, (incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      'x-forwarded-for': incoming.socket.remoteAddress!,
      'x-forwarded-proto': 'https',
    };
    const onward = httpRequest(target + incoming.url!, { method: incoming.method!, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const port = await listening(proxy);

  return {
    port,
    ask: (path, { headers, ...options } = {}, body) =>
      new Promise((resolve, reject) => {
        const asked = httpsRequest(
          {
            host: '127.0.0.1',
            port,
            path,
            servername: host,
            ca: cert,
            agent: false,
            ...options,
            headers: { host, ...headers },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on('data', (chunk: Buffer) => chunks.push(chunk));
            answer.on('end', () => {
              const headers = new Headers();
              for (let n = 0; n < answer.rawHeaders.length; n += 2)
                headers.append(answer.rawHeaders[n]!, answer.rawHeaders[n + 1]!);
              resolve({ status: answer.statusCode!, headers, text: Buffer.concat(chunks).toString() });
            });
          },
        );
        asked.on('error', reject).end(body);
      }),
    handshake: (version) => handshake(port, version, { host, cert }),
    askPlainly: (path) =>
      new Promise((resolve) => {
        httpRequest({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
          answer.resume();
          resolve(String(answer.statusCode));
        })
          .on('error', (error) => resolve(codeOf(error)))
          .end();
      }),
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => {
          resolve();
        });
        proxy.closeAllConnections();
      }),
  };
}

/** A server that takes every version: that a client cannot speak an old one would else look like a refusal. */
export async function openCarelessServer(host: string): Promise<Pick<TlsProxy, 'handshake' | 'close'>> {
  const { key, cert } = selfSigned(host);
  const server = createTlsServer({ key, cert, minVersion: 'TLSv1', ciphers: everyCipher }, (socket) => socket.end());
  const port = await listening(server);
  return {
    handshake: (version) => handshake(port, version, { host, cert }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** With the signatures that TLS 1.0 and 1.1 need. */
const everyCipher = 'DEFAULT:@SECLEVEL=0';

function handshake(
  port: number,
  version: SecureVersion,
  { host, cert }: { host: string; cert: string },
): Promise<string> {
  return new Promise((resolve) => {
    const versions = { minVersion: version, maxVersion: version, ciphers: everyCipher };
    const socket = connect({ host: '127.0.0.1', port, servername: host, ca: cert, ...versions }, () => {
      resolve(socket.getProtocol() ?? 'none');
      socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(codeOf(error)));
  });
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function listening(server: ReturnType<typeof createTlsServer>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
