import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from '@dhp/postgres';
import { codeOf, entriesOf, post, put, send, statusesOf } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, logger: { level: 'silent' } });
});
after(() => server.close());

/** The numbers below `n` in an order that depends on the seed. */
function shuffled(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  let state = seed;
  for (let i = n - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = (state >>> 8) % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

test('parallel transactions that PUT the same ids in any order all succeed, one after the other', async () => {
  const clients = 24;
  const ids = 20;
  const replies = await Promise.all(
    Array.from({ length: clients }, (_, n) =>
      send(
        server,
        'transaction',
        shuffled(ids, n + 1).map((id) => put(`same-${id}`, { multipleBirthInteger: n })),
      ),
    ),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  const versions = await Promise.all(
    Array.from({ length: ids }, async (_, id) => (await server.request('GET', `/Patient/same-${id}`)).json),
  );
  const writers = new Set(versions.map((version) => version['multipleBirthInteger']));
  assert.equal(writers.size, 1, 'the last transaction wrote all of them');
  for (const version of versions) assert.equal((version['meta'] as { versionId: string }).versionId, String(clients));
});

test('of parallel transactions with the same If-Match one wins, whole', async () => {
  await send(server, 'transaction', [put('won-0'), put('won-1')]);
  const replies = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      send(server, 'transaction', [
        ...(n % 2 === 0 ? [0, 1] : [1, 0]).map((id) =>
          put(`won-${id}`, { multipleBirthInteger: n }, { ifMatch: 'W/"1"' }),
        ),
        put(`by-${n}`),
      ]),
    ),
  );
  const statuses = replies.map(({ status }) => status);
  assert.deepEqual([...statuses].sort(), [200, ...Array<number>(15).fill(412)]);
  for (const [n, status] of statuses.entries()) {
    assert.equal((await server.request('GET', `/Patient/by-${n}`)).status, status === 200 ? 200 : 404);
  }
});

test('parallel batches and single requests on the same resources do not disturb each other', async () => {
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, n) => {
      const entries = shuffled(10, n + 7).map((id) => put(`mixed-${id}`, { multipleBirthInteger: n }));
      if (n % 3 === 0) return send(server, 'batch', entries);
      if (n % 3 === 1) return send(server, 'transaction', entries);
      return server.write('PUT', `/Patient/mixed-${n % 10}`, patient({ id: `mixed-${n % 10}` }));
    }),
  );
  for (const reply of replies) {
    assert.ok(reply.status === 200 || reply.status === 201, reply.text);
    for (const status of statusesOf(reply)) assert.match(status, /^20[01] /);
  }
});

test('parallel patches in transactions are all applied', async () => {
  await send(server, 'transaction', [put('patched', { name: [{ family: 'x' }] })]);
  const operation = (n: number): string =>
    Buffer.from(JSON.stringify([{ op: 'add', path: '/name/-', value: { family: `n${n}` } }])).toString('base64');
  const replies = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      send(server, 'transaction', [
        {
          resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data: operation(n) },
          request: { method: 'PATCH', url: 'Patient/patched' },
        },
        put(`patched-by-${n}`),
      ]),
    ),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  const { json } = await server.request('GET', '/Patient/patched');
  const families = (json['name'] as { family: string }[]).map(({ family }) => family).sort();
  assert.deepEqual(families, ['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'x']);
});

test('a commit that fails is never a success, and leaves nothing', async () => {
  const sql = connect(server.ownerUrl, { max: 1 });
  // Deferred: every statement succeeds, and the transaction fails at its very end.
  await sql.unsafe(`
    create function poison() returns trigger language plpgsql as $$
    begin raise exception 'no commit for this one'; end $$;
    create constraint trigger poison after insert or update on fhir.resource deferrable initially deferred
    for each row when (new.content like '%poison%') execute function poison()`);
  await sql.end();
  const [failed, ...fine] = await Promise.all([
    send(server, 'transaction', [put('c-0'), post(patient({ name: [{ text: 'poison' }] })), put('c-1')]),
    ...Array.from({ length: 8 }, (_, n) => send(server, 'transaction', [put(`c-fine-${n}`), post(patient())])),
  ]);
  assert.equal(failed.status, 500);
  assert.equal(failed.code, 'internal-error');
  for (const reply of fine) assert.equal(reply.status, 200, reply.text);
  for (const id of ['c-0', 'c-1']) assert.equal((await server.request('GET', `/Patient/${id}`)).status, 404);
  const batch = await send(server, 'batch', [put('c-0'), post(patient({ name: [{ text: 'poison' }] })), put('c-1')]);
  assert.deepEqual(statusesOf(batch), ['201 Created', '500 Internal Server Error', '201 Created']);
  assert.equal(codeOf(entriesOf(batch)[1]), 'internal-error');
});
