/** A TCP proxy in front of a server: it records the requests that pass, and cuts or holds connections as a test needs. */
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  readonly port: number;
  /** Request lines and Range headers, in their order. */
  readonly seen: readonly string[];
  /**
   * Cuts the next answer to a request whose line contains the text, after this many bytes.
   * @param after the connection stays open until this resolves, so that the caller has processed the received part
   */
  cutNext(text: string, bytes: number, after?: () => Promise<unknown>): void;
  /** Whether each connection is cut at once. */
  isDown: boolean;
  /** Number of connections that were cut at once. */
  refused: number;
  /** Called with each request line before it is forwarded. */
  onRequest: (line: string) => void;
  close(): Promise<void>;
}

/** @param port it listens on, which the server must know @param to the port of the server */
export async function openCuttingProxy(port: number, to: number): Promise<CuttingProxy> {
  const open = new Set<Socket>();
  const seen: string[] = [];
  let cut: { readonly text: string; readonly bytes: number; readonly after: () => Promise<unknown> } | undefined;
  const server = createServer((client) => {
    if (proxy.isDown) {
      proxy.refused += 1;
      client.destroy();
      return;
    }
    const upstream = connect(to, '127.0.0.1');
    let left = Infinity;
    let after = async (): Promise<unknown> => undefined;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      const [line = ''] = /^(?:GET|POST|DELETE) \S+/.exec(text) ?? [];
      if (line !== '') {
        const [range = ''] = /^range: .*$/im.exec(text) ?? [];
        seen.push(range === '' ? line : `${line} ${range}`);
        if (cut !== undefined && line.includes(cut.text)) {
          ({ bytes: left, after } = cut);
          cut = undefined;
        }
        proxy.onRequest(line);
        if (proxy.isDown) {
          client.destroy();
          return;
        }
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (left <= 0) return;
      client.write(bytes.subarray(0, Math.min(left, bytes.length)));
      if ((left -= bytes.length) <= 0) void after().then(() => client.destroySoon());
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const proxy: CuttingProxy = {
    ...{ port, seen, isDown: false, refused: 0, onRequest: () => undefined },
    cutNext: (text, bytes, after = () => Promise.resolve()) => (cut = { text, bytes, after }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
  return proxy;
}
