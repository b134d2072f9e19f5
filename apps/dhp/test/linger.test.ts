import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { Worker } from 'node:worker_threads';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openEndpoint, type Endpoint } from '../src/endpoint.ts';
import { mostAwaited } from '../src/patient-response.ts';

describe('an answer that is out before the body is in', () => {
  const length = 31 * 1024 ** 2;
  let endpoint: Endpoint;
  let listener: Server;
  let port: number;
  before(async () => {
    endpoint = openEndpoint();
    endpoint.attach({
      handler: (_request, response) => {
        response.writeHead(413, { connection: 'close', 'content-type': 'text/plain' });
        response.end('too large');
      },
      refuse: (_error, socket) => void socket.destroy(),
    });
    listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, endpoint.accept);
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
  });
  after(async () => {
    await endpoint.close(0);
    listener.close();
  });

  it('reaches who sends all of the body first', async () => {
    // In a separate thread, so that the endpoint works while it sends.
    const sender = `
      const { parentPort, workerData } = require('node:worker_threads');
      (async () => {
        const said = [];
        for (let n = 0; n < 20; n += 1) {
          const request = { method: 'POST', body: Buffer.alloc(workerData.length) };
          said.push(await fetch(workerData.url, request).then(async (one) => one.status + ' ' + (await one.text()), String));
        }
        parentPort.postMessage(said);
      })();`;
    const workerData = { url: `http://127.0.0.1:${String(port)}/`, length };
    const [said] = (await once(new Worker(sender, { eval: true, workerData }), 'message')) as [string[]];
    assert.deepEqual(new Set(said), new Set(['413 too large']), said.join('\n'));
  });

  it('reaches who sends through a proxy that closes the connection with the answer', async () => {
    const proxy = createServer((caller) => {
      const behind = connect(port, '127.0.0.1');
      caller.pipe(behind);
      // Like proxies that wait only for a moment: the system answers further data of the caller with a reset.
      behind.once('data', (answer: Buffer) => caller.write(answer, () => caller.destroy()));
      for (const socket of [caller, behind]) socket.on('error', () => behind.destroy());
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const socket = connect((proxy.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    const part = Buffer.alloc(1024 ** 2);
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${String(8 * part.length)}\r\n\r\n`);
    for (let n = 0; n < 8; n += 1) {
      assert.equal(text, '', 'the answer waits for the body');
      await delay(20);
      socket.write(part);
    }
    await once(socket, 'close');
    proxy.close();
    assert.match(text, /^HTTP\/1.1 413 [^]*too large/);
  });

  it('does not wait for a body that nobody could want', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${String(mostAwaited + 1)}\r\n\r\nx`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1.1 413 /);
    socket.destroy();
  });

  it('ends the connection of who never ends', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${String(length)}\r\n\r\nx`);
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    const drip = setInterval(() => socket.write('x'), 100);
    const since = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(drip);
    assert.match(text, /^HTTP\/1.1 413 /);
    assert.ok(performance.now() - since > 1_000, 'it lingers');
  });
});
