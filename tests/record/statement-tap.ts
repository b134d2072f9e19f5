/**
 * A TCP proxy before PostgreSQL that reads which statements the sessions of a server send, without a change to the server: it follows the
 * frontend's messages Parse, Bind and Query. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Ran {
  readonly text: string;
  /** The `application_name` of the session. */
  readonly session: string;
  /** The bound values as text; null for NULL. */
  readonly values: readonly (string | null)[];
}

export interface StatementTap {
  readonly port: number;
  /** Returns the statements that the sessions have sent since the last call. */
  take(): Ran[];
  close(): Promise<void>;
}

/** The sessions that carry searches, by their application_name. */
const searching = /\b(searches|walks|counts)$/;

/**
 * @param url of a database of the server that is listened to; it must listen on TCP without encryption
 * @param which the sessions, by their application_name; default: those of searches
 */
export async function startTap(url: string, which: RegExp = searching): Promise<StatementTap> {
  const { hostname: host, port } = new URL(url);
  const upstream = { host, port: Number(port || '5432') };
  const sockets = new Set<Socket>();
  let ran: Ran[] = [];
  const server = createServer((client) => {
    const far = connect(upstream);
    const read = readerOf(which, (statement) => ran.push(statement));
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        if (from === client) read(bytes);
        if (!to.write(bytes)) from.pause();
      });
      from.on('drain', () => to.resume());
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = ran;
      ran = [];
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** Follows one session. */
function readerOf(which: RegExp, report: (ran: Ran) => void): (bytes: Buffer) => void {
  const prepared = new Map<string, string>();
  let pending: Buffer = Buffer.alloc(0);
  let session = '';
  let state: 'starting' | 'read' | 'other' = 'starting';

  const onMessage = (type: string, body: Buffer): void => {
    if (type === 'P') {
      const [name, after] = stringAt(body, 0);
      prepared.set(name, stringAt(body, after)[0]);
    } else if (type === 'B') {
      const [name, after] = stringAt(body, stringAt(body, 0)[1]);
      const text = prepared.get(name);
      if (text !== undefined) report({ text, session, values: valuesAt(body, after) });
    } else if (type === 'Q') report({ text: stringAt(body, 0)[0], session, values: [] });
  };
  return (bytes) => {
    if (state === 'other') return;
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    for (;;) {
      const header = state === 'starting' ? 0 : 1;
      if (pending.length < header + 4) return;
      const end = header + pending.readInt32BE(header);
      if (pending.length < end) return;
      const body = pending.subarray(header + 4, end);
      if (state === 'starting') {
        // Shorter ones ask whether the server can encrypt, which the start itself then follows.
        if (body.length > 4) state = which.test((session = applicationOf(body))) ? 'read' : 'other';
      } else onMessage(String.fromCharCode(pending[0]!), body);
      pending = pending.subarray(end);
    }
  };
}

function applicationOf(startup: Buffer): string {
  const words = startup.toString('utf8', 4).split('\0');
  const at = words.indexOf('application_name');
  return at < 0 ? '' : (words[at + 1] ?? '');
}

/** A string that ends with a zero, and the place behind it. */
function stringAt(body: Buffer, from: number): [string, number] {
  const end = body.indexOf(0, from);
  return [body.toString('utf8', from, end), end + 1];
}

function valuesAt(body: Buffer, from: number): (string | null)[] {
  const formats = body.readInt16BE(from);
  const isBinary = (n: number): boolean =>
    formats > 0 && body.readInt16BE(from + 2 + 2 * (formats === 1 ? 0 : n)) === 1;
  let at = from + 2 + 2 * formats;
  const count = body.readInt16BE(at);
  at += 2;
  return Array.from({ length: count }, (_, n) => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    const value = body.subarray(at, at + length);
    at += length;
    return isBinary(n) ? `\\x${value.toString('hex')}` : value.toString('utf8');
  });
}
