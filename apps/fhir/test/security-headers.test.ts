/** Every answer of a FHIR server, whatever made it, tells browsers not to guess, run, frame or remember without TLS what it is. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
let local: TestServer;
before(async () => {
  server = await startServer();
  local = await startServer({ baseUrl: 'http://localhost:8080/fhir' });
});
after(async () => {
  await server.close();
  await local.close();
});

const expected = {
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /^default-src 'none'; base-uri 'none'; frame-ancestors 'none'/,
  'referrer-policy': /^no-referrer$/,
  'strict-transport-security': /^max-age=31536000; includeSubDomains$/,
};

function assertHeaders(headers: Headers, name: string): void {
  for (const [field, value] of Object.entries(expected))
    assert.match(headers.get(field) ?? '', value, `${name}: ${field}`);
}

test('answers of all kinds have them', async () => {
  const written = await server.write('POST', '/Patient', { resourceType: 'Patient' });
  const id = String(written.json['id']);
  const binary = { resourceType: 'Binary', contentType: 'text/html', data: 'PGI+' };
  const stored = await server.write('POST', '/Binary', binary);
  const etag = written.headers.get('etag')!;
  const requests: [string, number, () => Promise<Reply>][] = [
    ['create', 201, () => Promise.resolve(written)],
    ['read', 200, () => server.request('GET', `/Patient/${id}`)],
    ['not modified', 304, () => server.request('GET', `/Patient/${id}`, { headers: { 'if-none-match': etag } })],
    ['search', 200, () => server.request('GET', '/Patient')],
    ['metadata', 200, () => server.request('GET', '/metadata', { token: null })],
    ['health', 200, () => server.request('GET', '/healthz', { token: null })],
    ['preflight', 204, () => server.request('OPTIONS', '/Patient')],
    ['no token', 401, () => server.request('GET', '/Patient', { token: null })],
    ['no such resource', 404, () => server.request('GET', '/Patient/none')],
    ['no such address', 404, () => server.request('GET', '/a/b/c/d/e', { token: null })],
    ['no such method', 405, () => server.request('PROPFIND', '/Patient')],
    ['a body of no known type', 415, () => server.request('POST', '/Patient', { body: '{' })],
    ['an address that the framework refuses', 400, () => server.request('GET', `/Patient/${'x'.repeat(300)}`)],
    [
      'what was uploaded',
      200,
      () => server.request('GET', `/Binary/${String(stored.json['id'])}`, { headers: { accept: 'text/html' } }),
    ],
  ];
  for (const [name, status, send] of requests) {
    const reply = await send();
    assert.equal(reply.status, status, `${name}: ${reply.text.slice(0, 200)}`);
    assertHeaders(reply.headers, name);
    // No cache that people share keeps a record.
    const caching = name === 'metadata' ? /^public, max-age=300$/ : /^(?:private, no-cache|no-store)$/;
    if (status === 200) assert.match(reply.headers.get('cache-control') ?? '', caching, name);
  }
});

test('so does the answer to what is no HTTP', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.end('GET /fhir/Patient?name=a b HTTP/1.1\r\n\r\n'));
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
  const lines = answer.split('\r\n\r\n')[0]!.split('\r\n').slice(1);
  assertHeaders(new Headers(lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string])), 'no HTTP');
});

test('over http nothing is pinned to TLS', async () => {
  const reply = await local.request('GET', '/metadata', { token: null });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get('strict-transport-security'), null);
  assert.ok(baseUrl.startsWith('https:'), 'and the other server was an https one');
});
