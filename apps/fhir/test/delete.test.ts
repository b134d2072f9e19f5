import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('delete: 200, an OperationOutcome, the version of the deletion', async () => {
  await server.write('PUT', '/Patient/d1', patient({ id: 'd1' }));
  const reply = await server.request('DELETE', '/Patient/d1');
  assert.equal(reply.status, 200);
  assert.equal(reply.json['resourceType'], 'OperationOutcome');
  assert.equal(reply.code, 'deleted');
  assert.equal(reply.headers.get('etag'), 'W/"2"');
  assert.equal((await server.request('GET', '/Patient/d1')).status, 410);
});

test('a repeated delete, and one of what never was, succeed and change nothing', async () => {
  await server.write('PUT', '/Patient/d2', patient({ id: 'd2' }));
  await server.request('DELETE', '/Patient/d2');
  const again = await server.request('DELETE', '/Patient/d2');
  assert.equal(again.status, 200);
  assert.equal(again.code, 'already-deleted');
  assert.equal(again.headers.get('etag'), 'W/"2"');
  const never = await server.request('DELETE', '/Patient/never');
  assert.equal(never.status, 200);
  assert.equal(never.code, 'nothing-to-delete');
  assert.equal((await server.request('GET', '/Patient/never')).status, 404);
});

test('If-Match is honoured where given', async () => {
  await server.write('PUT', '/Patient/d3', patient({ id: 'd3' }));
  const remove = async (ifMatch: string, path = '/Patient/d3'): Promise<[number, string]> => {
    const { status, code } = await server.request('DELETE', path, { headers: { 'if-match': ifMatch } });
    return [status, code];
  };
  assert.deepEqual(await remove('W/"2"'), [412, 'version-mismatch']);
  assert.deepEqual(await remove('1'), [400, 'if-match-malformed']);
  assert.equal((await server.request('GET', '/Patient/d3')).status, 200);
  assert.deepEqual(await remove('W/"1"'), [200, 'deleted']);
  assert.deepEqual(await remove('*'), [412, 'version-mismatch']);
  assert.deepEqual(await remove('*', '/Patient/never'), [412, 'version-mismatch']);
  assert.deepEqual(await remove('W/"1"', '/Patient/never'), [412, 'version-mismatch']);
});

test('Prefer: return=minimal leaves the body out', async () => {
  await server.write('PUT', '/Patient/d4', patient({ id: 'd4' }));
  const reply = await server.request('DELETE', '/Patient/d4', { headers: { prefer: 'return=minimal' } });
  assert.equal(reply.status, 204);
  assert.equal(reply.text, '');
});

test('a content type without a body does no harm', async () => {
  const reply = await server.request('DELETE', '/Patient/d5', { headers: { 'content-type': 'application/fhir+json' } });
  assert.equal(reply.status, 200);
});
