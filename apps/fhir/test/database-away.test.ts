import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWire, testServer } from '@dhp/postgres/testing';
import { patient, startServer } from './environment.ts';

test('a database that is away is 503 with Retry-After, and all is well when it comes back', async (t) => {
  const wire = await startWire(await testServer());
  const server = await startServer({ logger: { level: 'silent' } }, wire.through);
  t.after(async () => {
    await server.close();
    await wire.close();
  });
  assert.equal((await server.write('PUT', '/Patient/1', patient({ id: '1' }))).status, 201);

  await wire.cut();
  for (const reply of [await server.request('GET', '/Patient/1'), await server.write('POST', '/Patient', patient())]) {
    assert.equal(reply.status, 503);
    assert.equal(reply.code, 'database-unavailable');
    assert.equal(reply.headers.get('retry-after'), '5');
  }
  const ready = await server.request('GET', '/readyz', { token: null });
  assert.equal(ready.status, 503);
  assert.deepEqual(ready.json['checks'], { store: 'unreachable', schema: 'unknown', keys: 'ok', index: 'unknown' });
  assert.equal((await server.request('GET', '/healthz', { token: null })).status, 200);

  await wire.restore();
  const deadline = Date.now() + 20_000;
  let status = (await server.request('GET', '/Patient/1')).status;
  while (status === 503 && Date.now() < deadline) status = (await server.request('GET', '/Patient/1')).status;
  assert.equal(status, 200);
});
