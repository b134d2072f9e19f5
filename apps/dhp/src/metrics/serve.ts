/** The port that Prometheus reads. It has no login: it is for a network of operators, and listens only on this machine by default. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contentType } from './merge.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Concurrent requests share one reading.
 * @param read returns the text of all metrics
 * @throws Error of `listen` if the port is taken
 */
export async function serveMetrics(
  at: { readonly host: string; readonly port: number },
  read: () => Promise<string>,
): Promise<MetricsServer> {
  let current: Promise<string> | undefined;
  const shared = (): Promise<string> => {
    current ??= read().finally(() => (current = undefined));
    return current;
  };
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: 30_000 }, (request, response) => {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    const { pathname } = new URL(request.url ?? '/', 'http://metrics.invalid');
    if (pathname !== '/metrics') answer(404, 'text/plain; charset=utf-8', 'The metrics are at /metrics.\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answer(405, 'text/plain; charset=utf-8', 'GET /metrics\n');
    } else
      shared().then(
        (text) => answer(200, contentType, text),
        (error: unknown) => answer(500, 'text/plain; charset=utf-8', `${String(error)}\n`),
      );
  });
  server.maxConnections = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
