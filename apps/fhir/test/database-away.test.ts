import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { testServer } from '@dhp/postgres/testing';
import { patient, startServer } from './environment.ts';

interface Wire {
  readonly port: number;
  /** Ends every connection and refuses new ones, until it is mended. */
  readonly cut: () => void;
  readonly mend: () => Promise<void>;
}

/** A wire to PostgreSQL. */
async function startWire(target: { host: string; port: number }): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(target);
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        socket.destroy();
        upstream.destroy();
        sockets.delete(each);
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, cut, mend: () => listen(port) };
}

test('a database that is away is 503 with Retry-After, and all is well when it comes back', async (t) => {
  const { hostname: host, port } = new URL(await testServer());
  const wire = await startWire({ host, port: Number(port) });
  const server = await startServer({ logger: { level: 'silent' } }, (url) => {
    const through = new URL(url);
    through.host = `127.0.0.1:${wire.port}`;
    through.searchParams.delete('host'); // the Unix socket, which would go around the wire
    return through.href;
  });
  t.after(async () => {
    await server.close();
    wire.cut();
  });
  assert.equal((await server.write('PUT', '/Patient/1', patient({ id: '1' }))).status, 201);

  wire.cut();
  for (const reply of [await server.request('GET', '/Patient/1'), await server.write('POST', '/Patient', patient())]) {
    assert.equal(reply.status, 503);
    assert.equal(reply.code, 'database-unavailable');
    assert.equal(reply.headers.get('retry-after'), '5');
  }
  const ready = await server.request('GET', '/readyz', { token: null });
  assert.equal(ready.status, 503);
  assert.deepEqual(ready.json['checks'], { store: 'unreachable', keys: 'ok' });
  assert.equal((await server.request('GET', '/healthz', { token: null })).status, 200);

  await wire.mend();
  const deadline = Date.now() + 20_000;
  let status = (await server.request('GET', '/Patient/1')).status;
  while (status === 503 && Date.now() < deadline) status = (await server.request('GET', '/Patient/1')).status;
  assert.equal(status, 200);
});
