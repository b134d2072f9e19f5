/** The proxy from the playground to the portal, whose connections all callers share. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { callers } from '../src/servers/caller-address.ts';
import { portalProxy } from '../src/servers/portal-proxy.ts';

const urls = { sso: 'http://sso.test/', playground: 'http://a.test/fhir', portal: 'http://a.test/' };
const folder = mkdtempSync(join(tmpdir(), 'dhp-proxy-'));
const seen: { readonly request: string; readonly headers: readonly string[]; body: string }[] = [];
const asset = Buffer.alloc(512 * 1024, 'x');
let portal: Server;
let playground: Server;
let proxy: ReturnType<typeof portalProxy>;

before(async () => {
  const path = join(folder, 'portal.sock');
  portal = createServer((request, response) => {
    const one = { request: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.rawHeaders, body: '' };
    seen.push(one);
    request.on('data', (part: Buffer) => (one.body += part.toString()));
    request.once('end', () => response.end(request.url === '/asset' ? asset : `page ${request.url ?? ''}`));
  });
  await new Promise<void>((resolve) => portal.listen(path, resolve));
  const trusted = ['127.0.0.2'];
  const way = { socketPath: path, urls, callers: callers(trusted) };
  proxy = portalProxy(way, (_request, response) => response.end('own'));
  // As the process of the playground has it: a request without a body is at its end before anybody sees it.
  playground = createServer({ optimizeEmptyRequests: true }, proxy.handler);
  await new Promise<void>((resolve) => playground.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => void seen.splice(0));
after(() => {
  proxy.close();
  for (const server of [playground, portal]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

function open(text: string, localAddress = '127.0.0.1'): Socket {
  const { port } = playground.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  socket.write(text);
  return socket;
}

/** Sends a text unchanged. @returns the answers, once the connection has ended */
async function raw(text: string, localAddress?: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of open(text, localAddress)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Names and values of the fields whose names match. */
const fields = (headers: readonly string[], name: RegExp): string[] =>
  headers.filter((_, index) => name.test(headers[index - (index % 2)]!));

const page = (path: string): Promise<string> =>
  raw(`GET ${path} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);

describe('the way to the portal', () => {
  const inner = 'GET /inner HTTP/1.1\r\nHost: a.test\r\n\r\n';
  const length = String(inner.length);
  const form = 'Content-Type: application/x-www-form-urlencoded\r\n';
  const framings = {
    'a chunked body': `Transfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    'a body of a length': `Content-Length: ${length}\r\n\r\n${inner}`,
    'a length that Connection names': `Connection: content-length\r\nContent-Length: ${length}\r\n\r\n${inner}`,
    'a body that waits': `Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n${inner}`,
  };
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT']) {
    for (const [name, framing] of Object.entries(framings)) {
      test(`${method} with ${name} is one request`, async () => {
        const last = 'GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
        const answers = await raw(`${method} /first HTTP/1.1\r\nHost: a.test\r\n${framing}${last}`);
        assert.match(answers, /page \/last$/);
        assert.deepEqual(seen.map(({ request }) => request).sort(), ['GET /last', `${method} /first`].sort());
        assert.deepEqual(new Set(seen.map(({ body }) => body)), new Set(['']));
      });

      test(`${method} of a form with ${name} is one request, and only POST has the form`, async () => {
        const last = 'GET /last HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n';
        await raw(`${method} /first HTTP/1.1\r\nHost: a.test\r\n${form}${framing}${last}`);
        const first = seen.find(({ request }) => request.endsWith('/first'))!;
        assert.equal(seen.length, 2);
        assert.equal(first.body, method === 'POST' ? inner : '');
        const reframed = first.headers.some((field) => /^(transfer-encoding|expect)$/i.test(field));
        if (method === 'POST') assert.equal(reframed, false);
      });
    }
  }

  test('a form that tells of no body is an empty one', { timeout: 10_000 }, async () => {
    assert.match(await raw(`POST /form HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${form}\r\n`), /page \/form$/);
    assert.deepEqual(
      seen.map(({ request, body }) => `${request} ${body}`),
      ['POST /form '],
    );
  });

  test('a form that is too large reaches nobody', async () => {
    const head = `POST /large HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${form}`;
    const large = `Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`;
    const told = await raw(`${head}Accept-Language: en\r\n${large}`);
    assert.match(told, /^HTTP\/1\.1 413 /);
    assert.match(told, /"OperationOutcome".*"too-long".*more than 64 KB.*as a file/);
    const page = await raw(`${head}Accept: text/html\r\nAccept-Language: ru\r\n${large}`);
    assert.match(page, /^HTTP\/1\.1 413 /);
    assert.match(page, /<html lang="ru">.*<h1>Форма слишком большая<\/h1>/);
    assert.deepEqual(seen, []);
  });

  test('a form with a file comes with its boundary, up to a megabyte', async () => {
    const type = 'multipart/form-data; boundary=----WebKitFormBoundaryabc';
    const send = (contentType: string, bytes: number): Promise<string> =>
      raw(
        `POST /file HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Type: ${contentType}\r\n` +
          `Content-Length: ${String(bytes)}\r\n\r\n${'x'.repeat(bytes)}`,
      );
    assert.match(await send(type, 1_000_000), /page \/file$/);
    assert.equal(seen[0]!.body.length, 1_000_000);
    assert.deepEqual(fields(seen[0]!.headers, /^content-type$/i), ['content-type', type]);
    assert.match(await send(type, 1_100_000), /^HTTP\/1\.1 413 /);
    assert.equal(seen.length, 1);
    assert.match(await send(`${type}; x=1`, 10), /page \/file$/);
    assert.equal(seen[1]!.body, '', 'of another form nothing is handed on');
    // The held bytes are released: a hundred of them exceed the limit.
    for (let n = 0; n < 100; n += 1) assert.match(await send(type, 700_000), /page \/file$/);
  });

  test('forms with files that never end hold up others of their kind, and no form without one', async () => {
    const type = 'multipart/form-data; boundary=abc';
    const begin = (bytes: number): string =>
      `POST /file HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${String(bytes)}\r\n\r\n`;
    const slow = Array.from({ length: 70 }, () => open(`${begin(1_000_000)}${'x'.repeat(999_000)}`));
    try {
      const upload = (): Promise<string> => raw(`${begin(200_000)}${'x'.repeat(200_000)}`);
      const until = performance.now() + 20_000;
      let answer = '';
      while (!answer.startsWith('HTTP/1.1 503 ') && performance.now() < until) answer = await upload();
      assert.match(answer, /^HTTP\/1\.1 503 [^]*retry-after: 5/i);
      const signIn = `POST /sign-in HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${form}Content-Length: 3\r\n\r\na=b`;
      assert.match(await raw(signIn), /page \/sign-in$/);
      for (const socket of slow) socket.destroy();
      while (!answer.endsWith('page /file') && performance.now() < until) answer = await upload();
      assert.match(answer, /page \/file$/);
    } finally {
      for (const socket of slow) socket.destroy();
    }
  });

  test('fields of one connection, and those that it names, end with it', async () => {
    const fields = 'Connection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nAccept-Language: ru\r\n';
    await raw(`GET / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`);
    const names = seen[0]!.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    assert.deepEqual(names.sort(), ['accept-language', 'connection', 'host', 'x-forwarded-for']);
  });

  const told = [
    ...['X-Forwarded-For: 203.0.113.1', 'x-forwarded-for: 203.0.113.2', 'X-Forwarded-Host: evil.test'],
    ...['X-Forwarded-Proto: gopher', 'X-FORWARDED-PORT: 7', 'Forwarded: for=203.0.113.3;host=evil.test'],
    ...['X-Real-IP: 203.0.113.4', 'X-Forwarded-Prefix: /evil'],
  ].join('\r\n');
  for (const named of ['close', 'close, X-Forwarded-For'])
    test(`nobody tells of itself where it is no proxy (Connection: ${named})`, async () => {
      await raw(`GET / HTTP/1.1\r\nHost: a.test\r\nConnection: ${named}\r\n${told}\r\n\r\n`);
      assert.deepEqual(fields(seen[0]!.headers, /forwarded|real-ip/i), ['x-forwarded-for', '127.0.0.1']);
    });

  test('a proxy tells of the caller, in one field of one address', async () => {
    await raw(`GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${told}\r\n\r\n`, '127.0.0.2');
    assert.deepEqual(fields(seen[0]!.headers, /^x-forwarded-(for|host|proto)$/i), [
      ...['X-Forwarded-Host', 'evil.test', 'X-Forwarded-Proto', 'gopher', 'x-forwarded-for', '203.0.113.2'],
    ]);
  });

  test('whoever sends or reads slowly keeps nobody from the portal', { timeout: 120_000 }, async () => {
    const slow = Array.from({ length: 80 }, (_, n) =>
      n % 2 === 0
        ? open('POST /slow HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\nx')
        : open('GET /asset HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(20)).pause(),
    );
    while (seen.length < 80) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(await page('/quick'), /page \/quick$/);
    for (const socket of slow) socket.destroy();
  });
});
