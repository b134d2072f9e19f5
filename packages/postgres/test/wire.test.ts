import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startWire, type Wire } from '../src/testing.ts';

/** Tests the proxy of the tests itself, in front of an echo server. */
describe('a wire', { timeout: 120_000 }, () => {
  const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  let wire: Wire;
  before(async () => {
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    wire = await startWire(`postgres://nobody@127.0.0.1:${String((echo.address() as AddressInfo).port)}/none`);
  });
  after(async () => {
    await wire.close();
    echo.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect(wire.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }
  const asked = async (socket: Socket, text: string): Promise<string> => {
    socket.write(text);
    return once(socket, 'data').then(([bytes]) => String(bytes));
  };
  const askedInVain = async (socket: Socket, text: string): Promise<string> =>
    Promise.race([asked(socket, text), delay(200, 'silence')]);

  it('passes bytes, holds them back in silence, and delivers them late', async () => {
    const socket = await open();
    assert.equal(await asked(socket, 'one'), 'one');
    wire.blackhole();
    assert.equal(await askedInVain(socket, 'two'), 'silence');
    const newcomer = await open();
    assert.equal(await askedInVain(newcomer, 'three'), 'silence');
    const late = Promise.all([once(socket, 'data'), once(newcomer, 'data')]);
    await wire.restore();
    assert.deepEqual((await late).map(String), ['two', 'three']);
    socket.destroy();
    newcomer.destroy();
  });

  it('is cut in the turn in which a connection ends', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, open));
    for (const socket of sockets) assert.equal(await asked(socket, 'one'), 'one');
    const closed = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    // This connection does not pass through the wire. It ends after the others, and its end arrives in the same turn, after that of the
    // wire.
    const clock = createServer((socket) => void socket.resume().once('end', () => void wire.cut()));
    clock.listen(0, '127.0.0.1');
    await once(clock, 'listening');
    const last = connect((clock.address() as AddressInfo).port, '127.0.0.1');
    await once(last, 'connect');
    for (const socket of [...sockets, last]) socket.resume().end();
    const end = await Promise.race([closed.then(() => 'closed'), delay(10_000, 'open', { ref: false })]);
    clock.close();
    assert.equal(end, 'closed');
    await wire.restore();
  });

  it('silences the open connections alone', async () => {
    const socket = await open();
    assert.equal(await asked(socket, 'one'), 'one');
    wire.blackhole('open');
    const newcomer = await open();
    assert.equal(await asked(newcomer, 'two'), 'two');
    assert.equal(await askedInVain(socket, 'three'), 'silence');
    socket.destroy();
    newcomer.destroy();
    await wire.restore();
  });

  it('cuts, refuses, and comes back on its port', async () => {
    const socket = await open();
    assert.equal(await asked(socket, 'one'), 'one');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await wire.cut();
    await closed;
    await assert.rejects(
      open().then((other) => asked(other, 'two').finally(() => other.destroy())),
      /ECONNREFUSED|ECONNRESET/,
    );
    await wire.restore();
    const again = await open();
    assert.equal(await asked(again, 'three'), 'three');
    again.destroy();
  });

  it('leads the URL of a database through itself, also where it names a Unix socket', () => {
    assert.equal(
      wire.through('postgres://a:b@127.0.0.1:5432/d?host=%2Ftmp'),
      `postgres://a:b@127.0.0.1:${String(wire.port)}/d`,
    );
  });
});
