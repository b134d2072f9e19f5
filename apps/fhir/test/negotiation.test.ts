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
    'application/fhir+xml, application/fhir+json;q=0.5',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  ]) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 200, accept);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  }
});

test('Accept without JSON, or another FHIR version, is 406', async () => {
  for (const accept of [
    'application/fhir+xml',
    'text/turtle',
    'application/fhir+json;q=0',
    'application/fhir+json; fhirVersion=4.0',
    'image/png, text/html',
  ]) {
    const reply = await read('', { accept });
    assert.equal(reply.status, 406, accept);
    assert.equal(reply.code, 'not-acceptable');
  }
});

test('_format outranks Accept', async () => {
  for (const format of ['json', 'application/json', 'application/fhir%2Bjson', 'application/fhir+json']) {
    assert.equal((await read(`?_format=${format}`, { accept: 'application/fhir+xml' })).status, 200, format);
  }
  for (const format of ['xml', 'application/fhir%2Bxml', 'ttl', '', 'json&_format=xml']) {
    assert.equal((await read(`?_format=${format}`)).status, 406, format);
  }
});

test('an unknown parameter is refused, unless the client is lenient', async () => {
  const reply = await read('?_elements=name');
  assert.equal(reply.status, 400);
  assert.equal(reply.code, 'parameter-unknown');
  assert.match(reply.sentence, /_elements/);
  assert.equal((await read('?_elements=name', { prefer: 'handling=lenient' })).status, 200);
  assert.equal((await read('?_elements=name', { prefer: 'handling=strict' })).status, 400);
  assert.equal((await server.write('POST', '/Patient?x=1', patient())).status, 400);
  assert.equal((await server.request('DELETE', '/Patient?identifier=1')).status, 405);
  assert.equal((await read('?')).status, 200);
});
