import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await server.write('PUT', '/Patient/1', patient({ id: '1' }));
});
after(() => server.close());

const read = (query: string, headers: Record<string, string> = {}): Promise<Reply> =>
  server.request('GET', `/Patient/1${query}`, { headers });

test('Accept: JSON in any of its names is served, as application/fhir+json', async () => {
  for (const accept of [
    '*/*',
    'application/*',
    'application/fhir+json',
    'application/json',
    'application/fhir+json; fhirVersion=5.0',
    'application/fhir+xml;q=0.5, application/fhir+json',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  ]) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 200, accept);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  }
});

test('Accept without a media range leaves the choice, and so does the lone star of Java', async () => {
  for (const accept of [
    '',
    ' ',
    '*',
    '*;q=.2',
    'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
    'text/html, *',
  ]) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 200, accept);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  }
  for (const accept of ['*;q=0', '**', '*/json', ',']) assert.equal((await read('', { accept })).status, 406, accept);
});

test('Accept without JSON and XML, or another FHIR version, is 406', async () => {
  for (const accept of [
    'text/turtle',
    'application/fhir+json;q=0',
    'application/fhir+xml; fhirVersion=4.0',
    '*/*;q=0',
    'application/fhir+json; fhirVersion=4.0',
    'image/png, text/html',
  ]) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 406, accept);
    assert.equal(reply.code, 'not-acceptable');
  }
});

test('the format is the one with the most weight, then the one that is named, then the one named first', async () => {
  const xml = 'application/fhir+xml; charset=utf-8';
  for (const [accept, isXml] of [
    ['application/fhir+xml', true],
    ['application/xml', true],
    ['text/xml; charset=utf-8', true],
    ['application/fhir+xml; fhirVersion=5.0', true],
    ['application/fhir+xml, application/fhir+json;q=0.5', true],
    ['application/fhir+json;q=0.5, application/fhir+xml;q=0.6', true],
    ['application/fhir+xml;q=0.5, application/fhir+json;q=0.6', false],
    ['application/fhir+xml, */*', true],
    ['*/*, application/fhir+xml;q=0.9', false],
    ['application/fhir+json;q=0, */*', true],
    ['application/fhir+xml, application/fhir+json', true],
    ['application/fhir+json, application/fhir+xml', false],
    ['application/*', false],
    ['APPLICATION/FHIR+XML', true],
    ['application/fhir+json; fhirVersion=4.0, application/fhir+xml', true],
    ['application/fhir+xml;q=nonsense, application/json', false],
    ['text/html, application/fhir+xml;q=0.9, */*;q=0.1', true],
  ] as const) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 200, accept);
    assert.equal(reply.headers.get('content-type') === xml, isXml, accept);
    assert.equal(reply.headers.get('vary'), 'Accept, Accept-Encoding');
  }
});

test('_format outranks Accept', async () => {
  for (const format of ['json', 'application/json', 'application/fhir%2Bjson', 'application/fhir+json']) {
    assert.equal((await read(`?_format=${format}`, { accept: 'application/fhir+xml' })).status, 200, format);
  }
  // Libraries that write it into every address write it into a link that has it.
  for (const format of ['JSON', 'json&_format=json', 'json&_format=application/fhir%2Bjson']) {
    const reply = await read(`?_format=${format}`, { accept: 'application/fhir+xml' });
    assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'application/fhir+json; charset=utf-8']);
    assert.equal((await server.request('GET', `/Patient?_id=1&_format=${format}`)).status, 200, format);
    assert.equal((await server.request('GET', `/Patient/_history?_format=${format}`)).status, 200, format);
  }
  for (const format of [
    'ttl',
    'text/turtle',
    '',
    'json&_format=xml',
    'json&_format=ttl',
    'xml&_format=json&_format=xml',
  ]) {
    assert.equal((await read(`?_format=${format}`)).status, 406, format);
  }
});

test('an unknown parameter is refused, unless the client is lenient', async () => {
  const reply = await read('?_sort=name');
  assert.equal(reply.status, 400);
  assert.equal(reply.code, 'parameter-unknown');
  assert.match(reply.sentence, /_sort/);
  assert.equal((await read('?_sort=name', { prefer: 'handling=lenient' })).status, 200);
  assert.equal((await read('?_sort=name', { prefer: 'handling=strict' })).status, 400);
  const everything = await server.request('GET', '/Patient/1/$everything?x=1');
  const [, names = ''] = /these parameters: ([^.]*)\./.exec(everything.diagnostics) ?? [];
  assert.equal(new Set(names.split(', ')).size, names.split(', ').length, 'each is named once');
  assert.ok(names.includes('_since'), everything.diagnostics);
  assert.equal((await server.write('POST', '/Patient?x=1', patient())).status, 400);
  assert.equal((await server.request('GET', '/Patient?x=1')).status, 400);
  assert.equal((await read('?')).status, 200);
});

test('where a slash is too many, the address without it is named, if there is one', async () => {
  for (const [path, meant] of [
    ['/Patient/', '/Patient'],
    ['/Patient/?_count=1', '/Patient'],
    ['/Patient/1/', '/Patient/1'],
    ['//Patient/1', '/Patient/1'],
    ['/Patient//1', '/Patient/1'],
    ['/metadata/', '/metadata'],
  ] as const) {
    const reply = await server.request('GET', path);
    assert.deepEqual([reply.status, reply.code], [404, 'route-unknown'], path);
    assert.ok(
      reply.diagnostics.endsWith(`There is a slash too many; without it, it is "${meant}".`),
      reply.diagnostics,
    );
  }
  const { diagnostics } = await server.request('GET', '/nothing/of/the/kind/');
  assert.match(diagnostics, /What there is: .*\/metadata\.$/);
});

test('what libraries say of no content is of no account', async () => {
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain;charset=UTF-8',
    'application/json',
    'text/html',
  ]) {
    const headers = { 'content-type': type };
    const everything = await server.request('POST', '/Patient/1/$everything', { headers, body: '' });
    assert.equal(everything.status, 200, type);
    assert.equal((await server.request('POST', '/Patient/_search?_id=1', { headers, body: '' })).status, 200, type);
    const created = await server.request('POST', '/Patient', { headers, body: '' });
    assert.deepEqual([created.status, created.code], [400, 'body-missing'], type);
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const form = await server.request('POST', '/Patient/1/$everything', { headers, body: '_count=1' });
  assert.deepEqual([form.status, form.code], [415, 'media-type-unsupported']);
});

test('a GET at _search is told where to search', async () => {
  const { status, diagnostics } = await server.request('GET', '/Patient/_search?_id=1');
  assert.equal(status, 405);
  assert.match(diagnostics, /search by GET at \/Patient, or send the parameters as a form by POST/);
});
