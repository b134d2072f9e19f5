import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
let token: string;
before(async () => {
  server = await startServer();
  token = await server.sso.token();
});
after(() => server.close());

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const asResource = { accept: 'application/fhir+json' };

function send(method: string, path: string, body: Buffer | string, headers: Record<string, string>): Promise<Reply> {
  return server.request(method, path, { headers, body });
}

async function download(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}`, ...headers } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

test('content of any type becomes a Binary', async () => {
  for (const [contentType, content] of [
    ['image/png', png],
    ['application/pdf', Buffer.from('%PDF-1.7 \u0000\u00ff', 'latin1')],
    ['text/plain; charset=utf-8', Buffer.from('Ўзбекистон')],
    ['application/json', Buffer.from('{"resourceType":"Patient", "a": 1.00}')],
    ['application/xml', Buffer.from('<a/>')],
    ['application/dicom', Buffer.alloc(100_000, 7)],
  ] as const) {
    const created = await send('POST', '/Binary', content, { 'content-type': contentType });
    assert.equal(created.status, 201, contentType);
    assert.equal(created.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
    const { id, meta, ...rest } = created.json;
    assert.ok(meta);
    assert.deepEqual(rest, { resourceType: 'Binary', contentType, data: content.toString('base64') });
    const { response, bytes } = await download(`/Binary/${String(id)}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), contentType);
    assert.deepEqual(bytes, content);
    assert.equal(response.headers.get('etag'), 'W/"1"');
  }
});

test('PUT takes the id of the address, and the rules of an update hold', async () => {
  const first = await send('PUT', '/Binary/b1', png, { 'content-type': 'image/png' });
  assert.deepEqual([first.status, first.json['id']], [201, 'b1']);
  const unmatched = await send('PUT', '/Binary/b1', 'x', { 'content-type': 'text/plain' });
  assert.deepEqual([unmatched.status, unmatched.code], [412, 'if-match-required']);
  const second = await send('PUT', '/Binary/b1', 'x', { 'content-type': 'text/plain', 'if-match': 'W/"1"' });
  assert.deepEqual([second.status, second.headers.get('etag')], [200, 'W/"2"']);
  assert.equal((await download('/Binary/b1')).bytes.toString(), 'x');
  assert.deepEqual((await download('/Binary/b1/_history/1')).bytes, png);
});

test('a Binary can come and go as a resource', async () => {
  const resource = { resourceType: 'Binary', id: 'b2', contentType: 'text/plain', data: 'aGVsbG8=' };
  assert.equal((await server.write('PUT', '/Binary/b2', resource)).status, 201);
  assert.equal((await download('/Binary/b2')).bytes.toString(), 'hello');
  for (const [query, accept, expected] of [
    ['', 'application/fhir+json', 'json'],
    ['', 'application/fhir+xml', 'xml'],
    ['', 'image/png, application/fhir+json;q=0.5', 'json'],
    ['?_format=json', '*/*', 'json'],
    ['?_format=xml', 'text/plain', 'xml'],
    ['?_summary=data', '*/*', 'json'],
    ['', 'application/json', 'json'],
    ['', '*/*', 'raw'],
    ['', 'text/*', 'raw'],
    ['', 'text/html, */*;q=0.1', 'raw'],
    ['?_pretty=true', 'text/plain', 'raw'],
  ] as const) {
    const { response, bytes } = await download(`/Binary/b2${query}`, { accept });
    const types = {
      json: 'application/fhir+json; charset=utf-8',
      xml: 'application/fhir+xml; charset=utf-8',
      raw: 'text/plain',
    };
    assert.equal(response.headers.get('content-type'), types[expected], `${query} ${accept}`);
    assert.ok(bytes.includes(expected === 'raw' ? 'hello' : 'aGVsbG8='));
  }
  const reply = await server.request('GET', '/Binary/b2', { headers: { accept: 'image/png' } });
  assert.deepEqual([reply.status, reply.code], [406, 'not-acceptable']);
  assert.equal((await server.request('GET', '/Patient/b2', { headers: { accept: 'image/png' } })).status, 406);
});

test('X-Security-Context goes in and comes out', async () => {
  await server.write('PUT', '/Patient/owner', patient({ id: 'owner' }));
  const headers = { 'content-type': 'image/png', 'x-security-context': 'Patient/owner' };
  const created = await send('PUT', '/Binary/b3', png, headers);
  assert.deepEqual(created.json['securityContext'], { reference: 'Patient/owner' });
  assert.equal((await download('/Binary/b3')).response.headers.get('x-security-context'), 'Patient/owner');
  for (const context of ['nobody', 'Patient/', 'Patient/a b', '../x', 'javascript']) {
    const reply = await send('POST', '/Binary', png, { 'content-type': 'image/png', 'x-security-context': context });
    assert.deepEqual([reply.status, reply.code], [400, 'security-context-invalid'], context);
  }
});

test('what was uploaded cannot act in a browser: a download, with its type, in a sandbox', async () => {
  for (const [contentType, content] of [
    ['text/html', '<script>alert(1)</script>'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['application/xhtml+xml', '<html xmlns="http://www.w3.org/1999/xhtml"/>'],
  ] as const) {
    const { json } = await send('POST', '/Binary', content, { 'content-type': contentType });
    const { headers } = (await download(`/Binary/${String(json['id'])}`)).response;
    assert.equal(headers.get('content-type'), contentType);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="[0-9a-f-]{36}"$/);
    assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
  }
});

/** Stores content that no client could store because of validation, as older data may be. */
async function storedUnchecked(resource: Record<string, unknown>): Promise<string> {
  const source = scanJson(JSON.stringify(resource));
  const outcome = await server.store.create({ type: 'Binary', source, resource });
  assert.equal(outcome.kind, 'created');
  return 'version' in outcome ? outcome.version.id : '';
}

test('a stored content type that could not be a header is not sent as one', async () => {
  for (const contentType of ['text/html\r\nset-cookie: a=b', 'Ўзбек', 'nonsense', '', 'text/plain; a="\n"']) {
    const id = await storedUnchecked({ resourceType: 'Binary', contentType, data: 'aGVsbG8=' });
    const { response, bytes } = await download(`/Binary/${id}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'application/octet-stream', contentType);
    assert.equal(response.headers.get('set-cookie'), null);
    assert.equal(bytes.toString(), 'hello');
  }
});

test('without content there is nothing raw: the resource is sent', async () => {
  for (const resource of [
    { resourceType: 'Binary' },
    { resourceType: 'Binary', contentType: 'text/plain' },
    { resourceType: 'Binary', contentType: 'text/plain', data: 7 },
  ]) {
    const id = await storedUnchecked(resource);
    const reply = await server.request('GET', `/Binary/${id}`);
    assert.deepEqual([reply.status, reply.json['resourceType']], [200, 'Binary']);
  }
});

test('errors, not modified and other types are as everywhere', async () => {
  await send('PUT', '/Binary/b4', png, { 'content-type': 'image/png' });
  assert.equal((await download('/Binary/b4', { 'if-none-match': 'W/"1"' })).response.status, 304);
  const missing = await server.request('GET', '/Binary/none', { headers: { accept: 'image/png' } });
  assert.deepEqual([missing.status, missing.code], [404, 'resource-not-found']);
  assert.equal((await send('POST', '/Patient', png, { 'content-type': 'image/png' })).status, 415);
  for (const contentType of ['nonsense', 'image', 'image/']) {
    assert.equal((await send('POST', '/Binary', png, { 'content-type': contentType })).status, 415, contentType);
  }
  const wrong = await send('POST', '/Binary', JSON.stringify(patient()), { 'content-type': 'application/fhir+json' });
  assert.equal(wrong.code, 'resource-type-mismatch');
  const reader = await server.sso.token({ scope: 'system/Binary.r' });
  const refused = await server.request('POST', '/Binary', {
    token: reader,
    headers: { 'content-type': 'image/png' },
    body: png,
  });
  assert.equal(refused.status, 403);
  assert.equal((await server.request('GET', '/Binary/b4/_history', { headers: asResource })).status, 200);
});
