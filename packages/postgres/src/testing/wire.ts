/** A TCP proxy in front of PostgreSQL that fails on command, for tests of network faults. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { lastingPort } from './lasting-port.ts';

export interface Wire {
  readonly port: number;
  /** The URL of a database, led through the wire. */
  readonly through: (url: string) => string;
  /**
   * No byte passes any more, in either direction, without a close or a reset. New connections are accepted and get no data. With `open`
   * this affects only the connections that exist now, and new ones pass.
   */
  blackhole(which?: 'all' | 'open'): void;
  /** Each byte arrives this many milliseconds later, in both directions; 0: at once. Bytes in transit keep their order. */
  slow(milliseconds: number): void;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** New connections pass again. Data held back by `blackhole` is delivered late, as after a network partition. */
  restore(): Promise<void>;
  /** New connections lead to another server, as when an address moves to the standby. */
  leadTo(url: string): void;
  /** Connections that are open now. */
  readonly connections: number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
}

/** @param url of a database of the server to which the wire leads; it must listen on TCP */
export async function startWire(url: string): Promise<Wire> {
  let upstream = placeOf(url);
  const pairs = new Set<Pair>();
  let silent = false;
  let lag = 0;

  const quiet = (pair: Pair): void => {
    pair.silent = true;
    pair.client.pause();
    pair.server.pause();
  };
  const link = (client: Socket): void => {
    const pair: Pair = { client, server: connect(upstream), silent: false };
    pairs.add(pair);
    forward(pair, client, pair.server);
    forward(pair, pair.server, client);
    if (silent) quiet(pair);
  };
  const server = createServer(link);
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(await lastingPort());
  const { port } = server.address() as AddressInfo;
  const cut = async (): Promise<void> => {
    for (const { client, server: far } of pairs) {
      // A reset while the end of a socket is still being sent leaves its handle open: then neither the client nor the process ends.
      if (client.writableEnded) client.destroy();
      else client.resetAndDestroy();
      far.destroy();
    }
    pairs.clear();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  };

  /** A side that ends while nothing passes is noticed at `restore`. */
  function forward(pair: Pair, from: Socket, to: Socket): void {
    from.setNoDelay(true);
    let lastDue = 0;
    let held = 0;
    from.on('data', (bytes: Buffer) => {
      if (lag === 0 && held === 0) {
        if (!to.write(bytes)) from.pause();
        return;
      }
      held += 1;
      lastDue = Math.max(lastDue, performance.now() + lag);
      setTimeout(() => {
        held -= 1;
        to.write(bytes);
      }, lastDue - performance.now());
    });
    from.on('drain', () => {
      if (!pair.silent) to.resume();
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (pair.silent) return;
      pairs.delete(pair);
      to.destroy();
    });
  }

  return {
    port,
    through(database) {
      const led = new URL(database);
      led.host = `127.0.0.1:${String(port)}`;
      led.searchParams.delete('host'); // the directory of a Unix socket, which would lead around the wire
      led.searchParams.delete('connect_timeout'); // a silent network is noticed as on any platform
      return led.href;
    },
    blackhole(which = 'all') {
      silent = which === 'all';
      for (const pair of pairs) quiet(pair);
    },
    slow(milliseconds) {
      lag = milliseconds;
    },
    cut,
    async restore() {
      silent = false;
      for (const pair of pairs) {
        pair.silent = false;
        pair.client.resume();
        pair.server.resume();
        if (pair.client.destroyed || pair.server.destroyed) {
          pair.client.destroy();
          pair.server.destroy();
          pairs.delete(pair);
        }
      }
      if (!server.listening) await listen(port);
    },
    leadTo(another) {
      upstream = placeOf(another);
    },
    get connections() {
      return pairs.size;
    },
    close: cut,
  };
}

function placeOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || '5432') };
}
