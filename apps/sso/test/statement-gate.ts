/** A proxy between a server and PostgreSQL: stops the server before a chosen statement, so that another action can run there. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after } from 'node:test';

export interface StatementGate {
  /** The URL of a database, led through the gate. */
  readonly through: (url: string) => string;
  /**
   * Runs the work, and another action before its n-th statement (from 0), or before the first that matches the text, on any connection. If
   * the action waits for a row that the work has locked, the work continues.
   * @returns the result of the work, and whether it reached that statement; if not, the action ran after it
   */
  meet<Done>(
    n: number | RegExp,
    work: () => Promise<Done>,
    other: () => Promise<unknown>,
  ): Promise<{ done: Done; met: boolean }>;
}

/** How long the other is waited for before it counts as waiting for the work, in ms. */
const patience = 400;

/** @param url of a database of the server; it must listen on TCP. Call it at the top level of a file. */
export async function statementGate(url: string): Promise<StatementGate> {
  const { hostname, port: far } = new URL(url);
  const sockets = new Set<Socket>();
  /** Statements that may still pass; undefined: all. */
  let left: number | undefined;
  /** Statements pass until one has it. */
  let sought: RegExp | undefined;
  let halted: (() => void) | undefined;
  const held: (() => void)[] = [];

  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(far) });
    const statementsIn = counter();
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    upstream.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes: Buffer) => {
      const pass = (): void => void upstream.write(bytes);
      const count = statementsIn(bytes);
      if (sought?.test(bytes.toString('latin1')) === true) {
        sought = undefined;
        left = 0;
      }
      if (left === undefined) {
        pass();
        return;
      }
      if (left >= count) {
        left -= count;
        pass();
        return;
      }
      held.push(pass);
      halted?.();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    for (const one of sockets) one.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;

  const open = (): void => {
    left = sought = undefined;
    for (const pass of held.splice(0)) pass();
  };
  return {
    through(database) {
      const led = new URL(database);
      led.host = `127.0.0.1:${String(port)}`;
      led.searchParams.delete('host');
      return led.href;
    },
    async meet(n, work, other) {
      const isHalted = new Promise<boolean>((resolve) => {
        halted = () => {
          resolve(true);
        };
      });
      if (typeof n === 'number') left = n;
      else sought = n;
      const doing = work();
      const met = await Promise.race([isHalted, doing.then(() => false)]);
      if (!met) open();
      const beside = other();
      await Promise.race([beside, new Promise((resolve) => setTimeout(resolve, patience))]);
      open();
      const [done] = await Promise.all([doing, beside]);
      return { done, met };
    },
  };
}

/** Counts the ends of statements in the data that a client sends (Sync and Query of the protocol, version 3). */
function counter(): (bytes: Buffer) => number {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    let count = 0;
    for (;;) {
      const head = isStarted ? 1 : 0; // the first message has no type
      if (rest.length < head + 4) return count;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) return count;
      const type = isStarted ? String.fromCharCode(rest[0]!) : '';
      if (type === 'S' || type === 'Q') count += 1;
      isStarted = true;
      rest = rest.subarray(end);
    }
  };
}
