/** A database that refuses the sessions of a FHIR server: the answers to callers, and the recovery when sessions are accepted again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { prepareRefusals, testServer, type Refusals } from '@dhp/postgres/testing';
import { patient, startServer } from './environment.ts';

let prepared: Refusals | undefined;
const server = await startServer({ logger: { level: 'silent' } }, async (url) => {
  prepared = await prepareRefusals(await testServer(), url);
  return prepared.url;
});
const refusals = prepared!;
after(async () => {
  await server.close();
  await refusals.close();
});

const ready = async (): Promise<number> => (await server.request('GET', '/readyz', { token: null })).status;

for (const code of refusals.codes) {
  test(`sessions are refused with ${code}: 503 with Retry-After, and /readyz says so`, async () => {
    assert.equal((await server.write('PUT', `/Patient/${code}`, patient({ id: code }))).status, 201);
    const undo = await refusals.refuse(code);
    try {
      const transaction = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: patient(), request: { method: 'POST', url: 'Patient' } }],
      };
      const replies = await Promise.all([
        server.request('GET', `/Patient/${code}`),
        server.request('GET', '/Patient/_history'),
        server.request('GET', '/Patient?name=x'),
        server.write('POST', '/Patient', patient()),
        server.write('POST', '/', transaction),
      ]);
      for (const reply of replies) {
        assert.deepEqual([reply.status, reply.code], [503, 'database-unavailable'], reply.text);
        assert.equal(reply.headers.get('retry-after'), '5');
      }
      assert.equal(await ready(), 503);
    } finally {
      await undo();
    }
    for (const deadline = Date.now() + 20_000; (await ready()) !== 200;) assert.ok(Date.now() < deadline, 'it goes on');
    assert.equal((await server.request('GET', `/Patient/${code}`)).status, 200);
  });
}
