/** The one way out: calls that this server makes for others, and calls that it never makes. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isInternal } from '../src/internal-addresses.ts';
import { createOutbound, openKeptOutbound, OutboundError, type OutboundOptions } from '../src/outbound.ts';

type Resolve = NonNullable<OutboundOptions['resolve']>;

let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  if (request.url === '/slow') return;
  if (request.url === '/endless') {
    const timer = setInterval(() => response.write('x'), 5);
    response.once('close', () => clearInterval(timer));
    return;
  }
  if (request.url === '/cut') {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
    return;
  }
  if (request.url === '/large') response.end('x'.repeat(10_000));
  else if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
  else response.writeHead(200, { 'cache-control': 'max-age=5' }).end('fine');
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;
after(() => {
  server.closeAllConnections();
  server.close();
});
const url = `http://127.0.0.1:${port}`;
const get = { method: 'GET' } as const;

describe('calls to registered addresses', () => {
  it('go nowhere inside, whatever way the address is written', async () => {
    const outbound = createOutbound();
    const inside = [
      ...[url, `http://localhost:${port}`, `https://127.0.0.1:${port}`, `https://localhost:${port}`],
      ...[
        `https://2130706433:${port}`,
        `https://0x7f.1:${port}`,
        `https://[::1]:${port}`,
        `https://[::ffff:127.0.0.1]:${port}`,
      ],
      ...['https://169.254.169.254/', 'https://10.1.2.3/', 'https://192.168.0.1/', 'https://[fd00::1]/', 'https://0/'],
      ...[
        'http://example.com/',
        'file:///etc/passwd',
        'ftp://example.com/',
        'https://user:pass@example.com/',
        'nonsense',
      ],
    ];
    for (const address of inside) await assert.rejects(outbound(address, get), { name: 'OutboundError' }, address);
    assert.equal(asked, 0);
  });

  it('reach an allowed host, at its port alone when one is named', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    const { status, body, headers } = await outbound(url, get);
    assert.deepEqual([status, body, headers.get('cache-control')], [200, 'fine', 'max-age=5']);
    await assert.rejects(outbound('http://127.0.0.1:1/', get), /not https|internal/);
    await assert.rejects(outbound(`http://localhost:${port}/`, get), /not https|internal/);
    assert.equal(
      (await createOutbound({ allowedHosts: ['localhost'] })(`http://localhost:${port}/`, get)).body,
      'fine',
    );
  });

  it('follow no redirect, and end at their limits of size and time', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    const before = asked;
    assert.equal((await outbound(`${url}/away`, get)).status, 302);
    assert.equal(asked, before + 1);
    await assert.rejects(outbound(`${url}/large`, { ...get, maxBytes: 1000 }), /more than 1000 bytes/);
    await assert.rejects(outbound(`${url}/slow`, { ...get, timeout: 50 }), /did not answer/);
    await assert.rejects(outbound(`${url}/endless`, { ...get, timeout: 100 }), /did not answer/);
    await assert.rejects(outbound(`${url}/slow`, { ...get, idle: 50 }), /sent nothing for 50 ms/);
  });

  it('are no answer where it is cut off, or where whoever asked ends it', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    await assert.rejects(outbound(`${url}/cut`, get), { name: 'OutboundError', message: /did not answer/ });
    for (const path of ['slow', 'endless']) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      await assert.rejects(outbound(`${url}/${path}`, { ...get, signal: stop.signal }), /did not answer/, path);
      await assert.rejects(outbound(`${url}/${path}`, { ...get, signal: stop.signal }), /did not answer/, path);
    }
  });

  it('take an answer part by part, and are over when the last one is taken', async () => {
    const outbound = createOutbound({ allowedHosts: [`127.0.0.1:${port}`] });
    let [bytes, open] = [0, 0];
    const into = async (part: Buffer): Promise<void> => {
      assert.equal(open, 0);
      open += 1;
      await delay(20);
      bytes += part.length;
      open -= 1;
    };
    await outbound(`${url}/large`, { ...get, into });
    assert.equal(bytes, 10_000);
    await assert.rejects(outbound(`${url}/endless`, { ...get, into, timeout: 100 }), /did not answer/);
    assert.equal(open, 0);
    await assert.rejects(outbound(url, { ...get, into: () => Promise.reject(new Error('full')) }), /^Error: full$/);
  });
});

describe('names', () => {
  /** A malicious name server: it answers anything, and something else each time. */
  function answering(...answers: string[][]): { resolve: Resolve; questions: () => number } {
    let questions = 0;
    const resolve: Resolve = (_name, _options, done) => {
      const addresses = answers[Math.min(questions, answers.length - 1)]!;
      questions += 1;
      process.nextTick(() => {
        done(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        );
      });
    };
    return { resolve, questions: () => questions };
  }

  it('are not called when one of their addresses is inside, in whatever form', async () => {
    const before = asked;
    const inside = ['127.0.0.1', '10.0.0.7', '169.254.169.254', '::1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe'];
    for (const address of [...inside, 'fd12::1', 'fe80::1', '64:ff9b::7f00:1', '2002:7f00:1::', '0.0.0.0']) {
      for (const addresses of [[address], ['8.8.8.8', address], [address, '2606:4700::1111']]) {
        const { resolve, questions } = answering(addresses);
        const call = createOutbound({ resolve })(`https://evil.example:${port}/`, get);
        await assert.rejects(call, /internal address/, addresses.join(' '));
        assert.equal(questions(), 1);
      }
    }
    assert.equal(asked, before);
  });

  it('are resolved once for each call, and anew for the next: a second answer leads nowhere', async () => {
    const before = asked;
    // An unassigned global address: nobody answers there, and a second look-up would lead to the server here.
    const { resolve, questions } = answering(['2000::1'], ['127.0.0.1']);
    const outbound = createOutbound({ resolve });
    await assert.rejects(outbound(`https://evil.example:${port}/`, { ...get, timeout: 200 }), /did not answer/);
    assert.equal(questions(), 1);
    await assert.rejects(outbound(`https://evil.example:${port}/`, get), /internal address/);
    assert.equal(questions(), 2);
    assert.equal(asked, before);
  });

  it('without an address are not called', async () => {
    await assert.rejects(
      createOutbound({ resolve: answering([]).resolve })('https://evil.example/', get),
      OutboundError,
    );
  });
});

describe('internal addresses', () => {
  it('are all but those of the public internet', () => {
    const inside = ['0.0.0.0', '100.64.0.1', '172.31.255.255', '198.51.100.7', '224.0.0.1', '255.255.255.255'];
    inside.push(
      '::',
      '::1',
      '::ffff:8.8.8.8',
      'fe80::1',
      'fc00::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '64:ff9b::7f00:1',
      'ff02::1',
    );
    for (const address of inside) assert.equal(isInternal(address), true, address);
    for (const address of ['8.8.8.8', '172.32.0.1', '195.158.0.1', '2606:4700::1111', '2a00:1450::1'])
      assert.equal(isInternal(address), false, address);
    assert.equal(isInternal('example.com'), true);
  });
});

describe('calls that keep their connection', () => {
  const options = { allowedHosts: [`127.0.0.1:${port}`] };
  const counted = (): { readonly made: () => number; readonly end: () => void } => {
    let made = 0;
    const note = (): void => void (made += 1);
    server.on('connection', note);
    return { made: () => made, end: () => void server.off('connection', note) };
  };

  it('are one after the other on one of them, and go nowhere inside either', async () => {
    const { outbound, close } = openKeptOutbound(options);
    const { made, end } = counted();
    for (let n = 0; n < 5; n += 1) assert.equal((await outbound(url, { method: 'POST', body: 'x' })).body, 'fine');
    assert.equal(made(), 1);
    await assert.rejects(outbound(`http://localhost:${port}/`, get), /not https|internal/);
    await assert.rejects(outbound(`${url}/large`, { ...get, maxBytes: 1_000 }), /more than 1000 bytes/);
    assert.equal((await outbound(url, get)).body, 'fine');
    end();
    close();
  });

  it('are many at a time, each connection of which is kept for the next', async () => {
    const { outbound, close } = openKeptOutbound(options);
    const { made, end } = counted();
    const burst = (): Promise<unknown> => Promise.all(Array.from({ length: 20 }, () => outbound(url, get)));
    await burst();
    await burst();
    assert.equal(made(), 20);
    end();
    close();
  });

  it('are made once more where the connection had ended, and not where a new one ends', async () => {
    let requests = 0;
    const ending = createServer((request, response) => {
      requests += 1;
      // Ended behind the first answer, before the client hears of it.
      if (requests % 2 === 0) request.socket.resetAndDestroy();
      else response.end('fine');
    });
    await new Promise<void>((listening) => ending.listen(0, '127.0.0.1', listening));
    const host = `127.0.0.1:${(ending.address() as AddressInfo).port}`;
    const { outbound, close } = openKeptOutbound({ allowedHosts: [host] });
    assert.equal((await outbound(`http://${host}`, get)).body, 'fine');
    assert.equal((await outbound(`http://${host}`, { method: 'POST', body: 'x' })).body, 'fine');
    assert.equal(requests, 3);
    await assert.rejects(createOutbound({ allowedHosts: [host] })(`http://${host}`, get), /did not answer/);
    close();
    ending.close();
  });
});
