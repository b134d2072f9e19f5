import assert from 'node:assert/strict';
import { connect, createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { ConfigurationError } from '../src/settings/setting.ts';
import { listen, type Listening } from './listening.ts';

const host = '127.0.0.1';

async function occupy(address: string, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
  return { server, port: (server.address() as { port: number }).port };
}

function open(choice: { explicit?: number; recorded?: number; fallback?: number }): Promise<Listening> {
  return listen({
    host,
    setting: 'DHP_PORT',
    explicit: undefined,
    recorded: undefined,
    fallback: 20000,
    ...choice,
  });
}

function refuse(_error: Error, socket: Duplex): void {
  socket.destroy();
}

const noIpv6 = await withoutIpv6();

describe('a front', () => {
  test('takes the next free port when the default is taken', async () => {
    const { server, port } = await occupy(host);
    const listener = await open({ fallback: port });
    assert.ok(listener.port > port);
    await listener.close(0);
    server.close();
  });

  test('passes by a port that another program holds on [::1]', { skip: noIpv6 }, async () => {
    const { server, port } = await occupy('::1');
    const listener = await open({ fallback: port });
    assert.ok(listener.port > port);
    await listener.close(0);
    server.close();
  });

  test('stops when the asked port is taken', async () => {
    const { server, port } = await occupy(host);
    await assert.rejects(open({ explicit: port }), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, new RegExp(`DHP_PORT=${port} is taken by another program`));
      return true;
    });
    server.close();
  });

  test('prefers the port of an earlier start', async () => {
    const { server, port } = await occupy(host);
    await new Promise((resolve) => server.close(resolve));
    const listener = await open({ recorded: port });
    assert.equal(listener.port, port);
    await listener.close(0);
  });

  test('says that it is starting until a server is attached', async () => {
    const listener = await open({});
    const before = await fetch(`http://${host}:${listener.port}/readyz`);
    assert.equal(before.status, 503);
    assert.equal(before.headers.get('retry-after'), '1');
    listener.attach({ handler: (_request, response) => void response.end('attached'), refuse });
    assert.equal(await (await fetch(`http://${host}:${listener.port}/`)).text(), 'attached');
    await listener.close(0);
  });

  test('hands on what cannot be read as HTTP', async () => {
    const listener = await open({});
    const codes: (string | undefined)[] = [];
    listener.attach({
      handler: (_request, response) => void response.end(),
      refuse: (error, socket) => {
        codes.push((error as NodeJS.ErrnoException).code);
        socket.end('no HTTP');
      },
    });
    const socket = connect(listener.port, host);
    socket.end('GET /Карим HTTP/1.1\r\nhost: x\r\n\r\n');
    let answer = '';
    for await (const part of socket) answer += String(part);
    assert.deepEqual([codes, answer], [['HPE_INVALID_URL'], 'no HTTP']);
    await listener.close(0);
  });

  test('lets a request in flight finish when it closes', async () => {
    const listener = await open({});
    const arrived = Promise.withResolvers<() => void>();
    listener.attach({
      handler: (_request, response) => arrived.resolve(() => void response.end('late')),
      refuse,
      timeouts: { keepAliveTimeout: 72_000 },
    });
    const answer = fetch(`http://${host}:${listener.port}/`);
    const respond = await arrived.promise;
    const closed = listener.close(5000);
    respond();
    const late = await answer;
    assert.equal(await late.text(), 'late');
    // A proxy keeps connections for a minute; if one ends during its next request, a caller gets an error.
    assert.equal(late.headers.get('keep-alive'), 'timeout=72');
    await closed;
    await assert.rejects(fetch(`http://${host}:${listener.port}/`));
  });
});

async function withoutIpv6(): Promise<string | false> {
  try {
    (await occupy('::1')).server.close();
    return false;
  } catch {
    return 'this machine has no IPv6 loopback address';
  }
}
