/** Lists of values that programs make: long, and each of them of no type. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  // On a machine that is busy an exact total may take longer than it may for clients, and would become an estimate.
  server = await startServer({}, undefined, { searchTimeouts: { search: 20_000, total: 60_000 } });
});
after(() => server.close());

test('a thousand ids, each of which may be of any type, are answered, and what two of them find comes once', async () => {
  for (const id of ['first', 'last']) await server.write('PUT', `/Patient/${id}`, patient({ id }));
  const basic = { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient/last' } };
  assert.equal((await server.write('PUT', '/Basic/one', { ...basic, id: 'one' })).status, 201);
  const extension = [{ url: 'urn:x', valueReference: { reference: 'Patient/first' } }];
  assert.equal((await server.write('PUT', '/Basic/other', { ...basic, id: 'other', extension })).status, 201);
  const ids = ['first', ...Array.from({ length: 997 }, (_, n) => `none-${n}`), 'last', 'last'];
  const body = new URLSearchParams({ subject: ids.join(','), _total: 'accurate' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const reply = await server.request('POST', '/Basic/_search', { headers, body });
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  const entries = reply.json['entry'] as { resource: { id: string } }[];
  assert.deepEqual(entries.map(({ resource }) => resource.id).sort(), ['one', 'other']);
  assert.equal(reply.json['total'], 2);
});
