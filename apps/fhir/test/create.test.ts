import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resourceTypes } from '@dhp/fhir-model';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';
import { smallest } from './smallest.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('create: 201, Location, ETag, Last-Modified, the stored resource; the client’s id is ignored', async () => {
  const reply = await server.write(
    'POST',
    '/Patient',
    patient({ id: 'mine', meta: { versionId: '9', tag: [{ code: 'x' }] } }),
  );
  assert.equal(reply.status, 201);
  const id = String(reply.json['id']);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(reply.headers.get('location'), `${baseUrl}/Patient/${id}/_history/1`);
  assert.equal(reply.headers.get('etag'), 'W/"1"');
  assert.ok(reply.headers.get('last-modified'));
  const { meta, ...rest } = reply.json;
  const { lastUpdated, ...otherMeta } = meta as Record<string, unknown>;
  assert.equal(typeof lastUpdated, 'string');
  assert.deepEqual(otherMeta, { versionId: '1', tag: [{ code: 'x' }] });
  assert.deepEqual(rest, { ...patient(), id });
  assert.equal((await server.request('GET', `/Patient/${id}`)).text, reply.text);
  assert.equal((await server.request('GET', '/Patient/mine')).status, 404);
});

test('Prefer: return decides the body', async () => {
  const minimal = await server.write('POST', '/Patient', patient(), { prefer: 'return=minimal' });
  assert.equal(minimal.status, 201);
  assert.equal(minimal.text, '');
  assert.ok(minimal.headers.get('location'));
  const outcome = await server.write('POST', '/Patient', patient(), {
    prefer: 'respond-async; return=OperationOutcome',
  });
  assert.equal(outcome.status, 201);
  assert.equal(outcome.json['resourceType'], 'OperationOutcome');
  assert.equal(outcome.code, 'created');
  const full = await server.write('POST', '/Patient', patient(), { prefer: 'return=representation' });
  assert.equal(full.json['resourceType'], 'Patient');
  const unknown = await server.write('POST', '/Patient', patient(), { prefer: 'return=something' });
  assert.equal(unknown.json['resourceType'], 'Patient');
});

test('every R5 type but Parameters has an endpoint', async () => {
  for (const resourceType of resourceTypes) {
    const reply = await server.write('POST', `/${resourceType}`, smallest(resourceType));
    assert.equal(reply.status, resourceType === 'Parameters' ? 404 : 201, resourceType);
  }
});

test('conditions that a create cannot have are refused, not ignored', async () => {
  for (const name of ['If-Match', 'If-None-Match', 'If-Unmodified-Since']) {
    const reply = await server.write('POST', '/Patient', patient(), { [name]: 'identifier=1' });
    assert.equal(reply.status, 400, name);
    assert.equal(reply.code, 'header-unsupported');
    assert.match(reply.sentence, new RegExp(name));
  }
});
