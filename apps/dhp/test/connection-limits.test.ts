/** Half-open requests, slow ones and too many connections, with a front and an endpoint as `dhp start` opens them. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { openAddresses } from '../src/addresses.ts';
import { readSettings } from '../src/configuration.ts';
import { defaultLimits, limitsOf, type ConnectionLimits } from '../src/connection-limits.ts';
import { openDataDirectory } from '../src/data-directory.ts';
import { openEndpoint } from '../src/endpoint.ts';
import type { Front } from '../src/front.ts';
import { listen, type Listening } from './listening.ts';

const host = '127.0.0.1';
const short: ConnectionLimits = {
  ...defaultLimits,
  headers: 150,
  body: { grace: 150, bytesPerSecond: 100_000 },
  stalled: 400,
  checkEvery: 20,
};
const large = Buffer.alloc(64 * 1024 * 1024);
const folder = mkdtempSync(join(tmpdir(), 'dhp-connections-'));
after(() => rmSync(folder, { recursive: true }));

interface Opened {
  readonly listener: Listening;
  readonly said: string[];
  /** Answers each waiting request to /held. */
  readonly held: (() => void)[];
}

async function open(t: TestContext, limits: Partial<ConnectionLimits> = {}): Promise<Opened> {
  const said: string[] = [];
  const held: (() => void)[] = [];
  const listener = await listen({
    host,
    setting: 'DHP_PORT',
    explicit: undefined,
    recorded: undefined,
    fallback: 21_000,
    limits: { ...short, ...limits },
    report: (sentence) => said.push(sentence),
  });
  listener.attach({
    handler: (request, response) => {
      if (request.url === '/held') held.push(() => response.end());
      else request.resume().once('end', () => response.end(request.url === '/large' ? large : 'whole'));
    },
    refuse: (error, socket) => socket.end(`HTTP/1.1 408 Late\r\n\r\n${(error as NodeJS.ErrnoException).code ?? ''}`),
    timeouts: { keepAliveTimeout: 72_000 },
  });
  t.after(() => listener.close(0));
  return { listener, said, held };
}

/** A connection that has been accepted or refused when this resolves. */
async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, host);
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part) => (text += part.toString('latin1')));
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** Sends a byte at intervals until the connection ends. */
function trickle(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 10);
  socket.once('close', () => clearInterval(timer));
}

describe('a request that does not arrive', () => {
  const begun = 'POST / HTTP/1.1\r\nHost: x\r\n';
  const attacks: [what: string, text: string, byte: string | undefined][] = [
    ['a connection that sends nothing', '', undefined],
    ['half a request line', 'GET / HT', undefined],
    ['header fields without an end', begun, undefined],
    ['header fields byte by byte', `${begun}X: `, 'x'],
    ['a body that does not come', `${begun}Content-Length: 100\r\n\r\n`, undefined],
    ['a large body byte by byte', `${begun}Content-Length: 60000000\r\n\r\n`, 'x'],
    ['chunks one by one', `${begun}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'],
  ];
  for (const [what, text, byte] of attacks) {
    test(`is ended: ${what}`, async (t) => {
      const { listener } = await open(t);
      const socket = await dial(t, listener.port);
      const answer = answerOf(socket);
      socket.write(text);
      if (byte !== undefined) trickle(socket, byte);
      assert.match(await answer, /^HTTP\/1\.1 408 [^]*ERR_HTTP_REQUEST_TIMEOUT$/);
    });
  }

  test('a body at a sufficient rate is read, however long it takes', async (t) => {
    const { listener } = await open(t);
    const parts = 40;
    const send = async (): Promise<string> => {
      const socket = await dial(t, listener.port);
      const answer = answerOf(socket);
      socket.write(`${begun}Connection: close\r\nContent-Length: ${String(parts * 8000)}\r\n\r\n`);
      // 40 times 8000 bytes every 15 ms: 0.6 s at five times the least rate, four times the grace.
      for (let part = 0; part < parts; part += 1) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        socket.write(Buffer.alloc(8000));
      }
      return answer;
    };
    // If the machine delayed this process for longer than the grace period, the rate was too low.
    let answer = '';
    for (let attempt = 0; attempt < 5 && !answer.startsWith('HTTP/1.1 200 '); attempt += 1) answer = await send();
    assert.match(answer, /^HTTP\/1\.1 200 [^]*whole/);
  });

  test('an answer that nobody reads ends with its connection', async (t) => {
    const { listener } = await open(t);
    const socket = await dial(t, listener.port);
    socket.pause();
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
    // A client that does not read learns of the end only when it sends more bytes.
    const ended = new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
    const probe = setInterval(() => socket.write('x'), 50);
    await ended;
    clearInterval(probe);
  });

  test('a connection that is kept between requests is not ended by it', async (t) => {
    const { listener } = await open(t);
    const socket = await dial(t, listener.port);
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        socket
          .once('data', (part) => resolve(part.toString('latin1')))
          .once('close', () => reject(new Error('closed')));
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      });
    await ask();
    await new Promise((resolve) => setTimeout(resolve, 3 * short.headers));
    assert.match(await ask(), /keep-alive: timeout=72/i);
  });
});

describe('connections', () => {
  const refusedAmong = async (t: TestContext, port: number, count: number): Promise<number> => {
    const sockets = await Promise.all(Array.from({ length: count }, () => dial(t, port)));
    // Refused connections are closed at once; the others are answered.
    const outcomes = sockets.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.once('close', () => resolve(true)).once('data', () => resolve(false));
          socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        }),
    );
    return (await Promise.all(outcomes)).filter(Boolean).length;
  };

  test('of a listener are as many as it may have; those that only wait make room', async (t) => {
    const { listener, said, held } = await open(t, { connections: 4 });
    const sockets = await Promise.all([1, 2, 3, 4].map(() => dial(t, listener.port)));
    for (const socket of sockets) socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
    while (held.length < 4) await new Promise(setImmediate);
    assert.equal(await refusedAmong(t, listener.port, 3), 3);
    assert.equal(said.length, 1, 'the operator hears of it once');
    assert.match(said[0]!, /^4 connections are open at a listener, as many as DHP_CONNECTIONS allows/);

    const answered = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    const ended = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    for (const release of held) release();
    await answered;
    await refusedAmong(t, listener.port, 1);
    await ended;
    assert.equal(await refusedAmong(t, listener.port, 3), 0);
  });

  test('of one address are as many as it may have; what it closes is given back', async (t) => {
    const { listener, said } = await open(t, { perAddress: 3 });
    const first = [await dial(t, listener.port), await dial(t, listener.port)];
    assert.equal(await refusedAmong(t, listener.port, 4), 3);
    assert.match(
      said.join('\n'),
      /^127\.0\.0\.1 has 3 connections open, as many as DHP_ADDRESS_CONNECTIONS allows; .*$/,
    );
    await Promise.all(first.map((socket) => new Promise((resolve) => socket.end().once('close', resolve))));
    assert.equal(await refusedAmong(t, listener.port, 2), 0);
  });

  test('of a reverse proxy are those of many callers', async (t) => {
    const { listener } = await open(t, { perAddress: 2, isProxy: (address) => address === host });
    assert.equal(await refusedAmong(t, listener.port, 6), 0);
  });

  for (const [trusted, proxies, others] of [
    ['off', [], ['127.0.0.1', '::1', '10.1.2.3']],
    ['1', ['127.0.0.1', '203.0.113.9', '::1'], []],
    ['on', ['203.0.113.9'], []],
    ['10.0.0.0/8, ::1', ['10.1.2.3', '::1'], ['11.0.0.1', '127.0.0.1', '::2']],
  ] as const) {
    test(`DHP_TRUST_PROXY=${trusted} says whose they are`, () => {
      const { isProxy } = limitsOf(readSettings({ DHP_TRUST_PROXY: trusted }, folder));
      for (const address of proxies) assert.equal(isProxy(address), true, address);
      for (const address of others) assert.equal(isProxy(address), false, address);
    });
  }

  test('are counted by each server of the platform, by its settings', async (t) => {
    const settings = readSettings({ DHP_CONNECTIONS: '6', DHP_ADDRESS_CONNECTIONS: '4' }, folder);
    const said: string[] = [];
    const { fronts } = await openAddresses(settings, openDataDirectory(folder), ['sso', 'fhir']);
    for (const front of Object.values<Front>(fronts)) {
      const endpoint = openEndpoint({ limits: limitsOf(settings), report: (line) => said.push(line) });
      endpoint.attach({
        handler: (_request, response) => response.end(),
        refuse: (_error, socket) => socket.destroy(),
      });
      front.serveWith(() => endpoint.accept);
      t.after(() => endpoint.close(0));
    }
    t.after(() => Promise.all(Object.values<Front>(fronts).map((front) => front.close())));
    for (const { port } of Object.values<Front>(fronts)) assert.equal(await refusedAmong(t, port, 5), 1);
    assert.equal(said.length, 2);
  });
});
