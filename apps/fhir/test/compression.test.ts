import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

const bodyLimit = 1024 * 1024;
let server: TestServer;
let token: string;
before(async () => {
  server = await startServer({ bodyLimit });
  token = await server.sso.token();
  const name = Array.from({ length: 200 }, (_, i) => ({ family: `Family ${i}` }));
  await server.write('PUT', '/Patient/large', patient({ id: 'large', name }));
  await server.write('PUT', '/Patient/small', patient({ id: 'small' }));
});
after(() => server.close());

/** Sends a request with Node's own client, because fetch undoes the compression. */
function get(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest(
      server.url + path,
      { method, headers: { authorization: `Bearer ${token}`, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ headers: response.headers, body: Buffer.concat(chunks) });
        });
      },
    )
      .on('error', reject)
      .end();
  });
}

const undo = { gzip: gunzipSync, br: brotliDecompressSync };

test('large bodies are sent in the coding the client prefers', async () => {
  const plain = (await get('/Patient/large', {})).body;
  for (const [accepted, coding] of [
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['GZIP', 'gzip'],
  ] as const) {
    const { headers, body } = await get('/Patient/large', { 'accept-encoding': accepted });
    assert.equal(headers['content-encoding'], coding, accepted);
    assert.deepEqual(undo[coding](body), plain, accepted);
    assert.ok(body.length < plain.length / 3, `${body.length} of ${plain.length}`);
    assert.equal(headers['content-length'], String(body.length));
    assert.equal(headers.etag, 'W/"1"');
    assert.match(headers.vary ?? '', /Accept-Encoding/);
  }
});

test('otherwise they are sent as they are', async () => {
  for (const [path, accepted] of [
    ['/Patient/large', 'identity'],
    ['/Patient/large', 'gzip;q=0, br;q=0'],
    ['/Patient/large', 'identity;q=1, gzip;q=0.5'],
    ['/Patient/large', 'deflate, compress'],
    ['/Patient/large', ''],
    ['/Patient/small', 'gzip, br'],
  ] as const) {
    const { headers, body } = await get(path, { 'accept-encoding': accepted });
    assert.equal(headers['content-encoding'], undefined, accepted);
    assert.equal((JSON.parse(body.toString()) as { resourceType: string }).resourceType, 'Patient');
    assert.match(headers.vary ?? '', /Accept-Encoding/);
  }
});

test('metadata, XML and errors are compressed too; HEAD has the headers of GET', async () => {
  for (const [path, accept] of [
    ['/metadata', 'application/fhir+json'],
    ['/metadata', 'application/fhir+xml'],
    ['/Patient/large', 'application/fhir+xml'],
  ] as const) {
    const plain = (await get(path, { accept })).body;
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const { headers, body } = await get(path, { accept, 'accept-encoding': 'gzip' });
      assert.equal(headers['content-encoding'], 'gzip');
      assert.deepEqual(gunzipSync(body), plain);
    }
  }
  const head = await get('/Patient/large', { 'accept-encoding': 'gzip' }, 'HEAD');
  assert.equal(head.headers['content-encoding'], 'gzip');
  assert.equal(head.body.length, 0);
});

function post(body: Buffer, encoding: string, more: Record<string, string> = {}): Promise<Reply> {
  const headers = { 'content-type': 'application/fhir+json', 'content-encoding': encoding, ...more };
  return server.request('POST', '/Patient', { headers, body });
}

test('bodies may come in gzip, deflate or brotli', async () => {
  const body = Buffer.from(JSON.stringify(patient({ name: [{ family: 'Ўлжаев' }] })));
  for (const [encoding, coded] of [
    ['gzip', gzipSync(body)],
    ['x-gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['identity', body],
  ] as const) {
    const reply = await post(coded, encoding);
    assert.equal(reply.status, 201, encoding);
    assert.deepEqual(reply.json['name'], [{ family: 'Ўлжаев' }], encoding);
  }
  const path = '/Patient/small';
  const patch = gzipSync('[{"op":"replace","path":"/active","value":false}]');
  const headers = { 'content-type': 'application/json-patch+json', 'content-encoding': 'gzip' };
  assert.equal((await server.request('PATCH', path, { headers, body: patch })).json['active'], false);
});

test('other codings are 415 and Accept-Encoding says what is taken', async () => {
  for (const encoding of ['zstd', 'compress', 'gzip, br', 'nonsense']) {
    const reply = await post(Buffer.from('x'), encoding);
    assert.deepEqual([reply.status, reply.code], [415, 'media-type-unsupported'], encoding);
    assert.equal(reply.headers.get('accept-encoding'), 'gzip, deflate, br');
  }
});

test('a body that is not what its Content-Encoding says, or is cut off, is 400', async () => {
  const body = Buffer.from(JSON.stringify(patient()));
  for (const [encoding, coded] of [
    ['gzip', body],
    ['deflate', body],
    ['br', body],
    ['gzip', gzipSync(body).subarray(0, -9)],
    ['br', brotliCompressSync(body).subarray(0, -3)],
    ['deflate', gzipSync(body)],
  ] as const) {
    const reply = await post(coded, encoding);
    assert.deepEqual([reply.status, reply.code], [400, 'content-encoding-invalid'], `${encoding}: ${reply.text}`);
  }
});

test('raw deflate is refused with the cure, and a damaged body without it', async () => {
  const body = Buffer.from(JSON.stringify(patient()));
  for (const coded of [
    deflateRawSync(body),
    deflateRawSync(body, { level: 0 }),
    deflateRawSync(Buffer.alloc(500, 'x')),
  ]) {
    const reply = await post(coded, 'deflate');
    assert.deepEqual([reply.status, reply.code], [400, 'content-encoding-invalid'], reply.text);
    assert.match(reply.diagnostics, /RFC 1950.*use gzip/);
  }
  const damaged = await post(deflateSync(body).subarray(0, -6), 'deflate');
  assert.equal(damaged.code, 'content-encoding-invalid');
  assert.doesNotMatch(damaged.diagnostics, /RFC/);
});

test('a body that is refused by its length and is damaged too does no harm', async () => {
  const reply = await post(Buffer.alloc(bodyLimit + 1, 'x'), 'gzip');
  assert.deepEqual([reply.status, reply.code], [413, 'body-too-large']);
  assert.equal((await server.request('GET', '/Patient/small')).status, 200);
});

test('the limit is on what comes out: a small body that unfolds to much is 413, at once', async () => {
  const name = (length: number): Buffer =>
    Buffer.from(JSON.stringify(patient({ name: [{ text: 'x'.repeat(length) }] })));
  assert.equal((await post(gzipSync(name(bodyLimit - 1000)), 'gzip')).status, 201);
  const before = process.memoryUsage().rss;
  for (const [encoding, coded] of [
    ['gzip', gzipSync(name(bodyLimit))],
    ['gzip', gzipSync(Buffer.alloc(128 * 1024 * 1024, ' '))],
    ['br', brotliCompressSync(Buffer.alloc(64 * 1024 * 1024, ' '), { params: { 1: 1 } })],
  ] as const) {
    assert.ok(coded.length < bodyLimit / 2, `${coded.length}`);
    const used = process.cpuUsage();
    const reply = await post(coded, encoding);
    const { user } = process.cpuUsage(used);
    assert.deepEqual([reply.status, reply.code], [413, 'body-too-large']);
    assert.ok(user < 1_000_000, `${user} µs of processor time`);
  }
  assert.ok(process.memoryUsage().rss - before < 1024 * 1024 * 1024);
  assert.equal((await server.request('GET', '/Patient/small')).status, 200);
});
