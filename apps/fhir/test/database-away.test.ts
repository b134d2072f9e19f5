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
  assert.deepEqual(ready.json['checks'], {
    store: 'unreachable',
    commits: 'not confirmed',
    schema: 'unknown',
    keys: 'ok',
    index: 'unknown',
  });
  assert.equal((await server.request('GET', '/healthz', { token: null })).status, 200);

  await wire.restore();
  const deadline = Date.now() + 20_000;
  let status = (await server.request('GET', '/Patient/1')).status;
  while (status === 503 && Date.now() < deadline) status = (await server.request('GET', '/Patient/1')).status;
  assert.equal(status, 200);
});

test('a database host that dies in silence is 503 within 15 seconds on every path, and /readyz and the end follow', async (t) => {
  const wire = await startWire(await testServer());
  const server = await startServer({ logger: { level: 'silent' } }, wire.through);
  let isClosed = false;
  t.after(async () => {
    if (!isClosed) await server.close();
    await wire.close();
  });
  assert.equal((await server.write('PUT', '/Patient/1', patient({ id: '1' }))).status, 201);
  assert.equal((await server.request('GET', '/Patient?name=x')).status, 200);

  wire.blackhole();
  const begin = performance.now();
  const transaction = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ resource: patient(), request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=none|none' } }],
  };
  const replies = await Promise.all([
    server.request('GET', '/Patient/1'),
    server.request('GET', '/Patient/1/_history/1'),
    server.request('GET', '/Patient/_history'),
    server.request('GET', '/Patient?name=x'),
    server.write('POST', '/Patient', patient()),
    server.write('PUT', '/Patient/1', patient({ id: '1', gender: 'male' })),
    server.request('DELETE', '/Patient/1'),
    server.write('POST', '/', transaction),
  ]);
  const taken = (performance.now() - begin) / 1000;
  assert.deepEqual(
    replies.map(({ status }) => status),
    replies.map(() => 503),
  );
  for (const reply of replies) {
    assert.ok(reply.code === 'database-unavailable' || reply.code === 'outcome-unknown', reply.code);
    assert.equal(reply.headers.get('retry-after'), '5');
  }
  assert.ok(
    replies.slice(0, 4).every(({ code }) => code === 'database-unavailable'),
    'a read stores nothing',
  );
  assert.ok(taken < 15, `it took ${String(taken)} s`);
  assert.equal((await server.request('GET', '/readyz', { token: null })).status, 503);
  const closing = performance.now();
  await server.close();
  isClosed = true;
  assert.ok(performance.now() - closing < 15_000);
});

test('open connections that are dead while new ones work: /readyz says so, and the server heals', async (t) => {
  const wire = await startWire(await testServer());
  const server = await startServer({ logger: { level: 'silent' } }, wire.through);
  t.after(async () => {
    await server.close();
    await wire.close();
  });
  assert.equal((await server.write('PUT', '/Patient/1', patient({ id: '1' }))).status, 201);
  const ready = async (): Promise<number> => (await server.request('GET', '/readyz', { token: null })).status;
  assert.equal(await ready(), 200);
  wire.blackhole('open');
  assert.equal(await ready(), 503);
  const deadline = Date.now() + 30_000;
  while ((await ready()) !== 200 && Date.now() < deadline);
  assert.equal(await ready(), 200);
  assert.equal((await server.request('GET', '/Patient/1')).status, 200);
  assert.equal((await server.write('POST', '/Patient', patient())).status, 201);
});
