import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('update as create: 201 and Location; then 200 and the next version', async () => {
  const created = await server.write('PUT', '/Patient/u1', patient({ id: 'u1' }));
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('location'), `${baseUrl}/Patient/u1/_history/1`);
  const updated = await server.write('PUT', '/Patient/u1', patient({ id: 'u1', active: false }), {
    'if-match': 'W/"1"',
  });
  assert.equal(updated.status, 200);
  assert.equal(updated.headers.get('location'), null);
  assert.equal(updated.headers.get('etag'), 'W/"2"');
  assert.equal(updated.json['active'], false);
});

test('without If-Match: 412, "Version is mismatch", and nothing is stored', async () => {
  await server.write('PUT', '/Patient/u2', patient({ id: 'u2' }));
  const reply = await server.write('PUT', '/Patient/u2', patient({ id: 'u2', active: false }));
  assert.equal(reply.status, 412);
  assert.equal(reply.code, 'if-match-required');
  assert.equal(reply.sentence, 'Version is mismatch');
  const [issue] = reply.json['issue'] as [{ severity: string; code: string }];
  assert.deepEqual([issue.severity, issue.code], ['error', 'invalid']);
  assert.equal((await server.request('GET', '/Patient/u2')).json['active'], true);
});

test('a stale If-Match: 412 that names the current version', async () => {
  await server.write('PUT', '/Patient/u3', patient({ id: 'u3' }));
  const change = patient({ id: 'u3', active: false });
  await server.write('PUT', '/Patient/u3', change, { 'if-match': 'W/"1"' });
  const reply = await server.write('PUT', '/Patient/u3', patient({ id: 'u3' }), { 'if-match': 'W/"1"' });
  assert.equal(reply.status, 412);
  assert.equal(reply.code, 'version-mismatch');
  assert.equal(reply.sentence, 'Version is mismatch');
  assert.equal(reply.headers.get('etag'), 'W/"2"');
  assert.match(reply.diagnostics, /version 1; the current version of Patient\/u3 is 2/);
});

test('the forms of If-Match', async () => {
  await server.write('PUT', '/Patient/u4', patient({ id: 'u4' }));
  let version = 1;
  for (const form of [
    (v: number) => `W/"${v}"`,
    (v: number) => `"${v}"`,
    (v: number) => `W/"99", "${v}"`,
    (v: number) => `, "${v}",`,
    () => '*',
  ]) {
    const next = patient({ id: 'u4', multipleBirthInteger: version });
    const reply = await server.write('PUT', '/Patient/u4', next, { 'if-match': form(version) });
    assert.equal(reply.status, 200, form(version));
    version += 1;
  }
  assert.equal(
    (await server.write('PUT', '/Patient/u4', patient({ id: 'u4' }), { 'if-match': 'W/"abc"' })).status,
    412,
  );
  for (const malformed of ['5', 'W/5', 'W/"5', '"5" "6"', 'w/"5"', ',']) {
    const reply = await server.write('PUT', '/Patient/u4', patient({ id: 'u4' }), { 'if-match': malformed });
    assert.equal(reply.status, 400, malformed);
    assert.equal(reply.code, 'if-match-malformed');
  }
});

test('If-Match on what does not exist: 412, and nothing is created', async () => {
  for (const ifMatch of ['W/"1"', '*']) {
    const reply = await server.write('PUT', '/Patient/u5', patient({ id: 'u5' }), { 'if-match': ifMatch });
    assert.equal(reply.status, 412, ifMatch);
    assert.equal(reply.code, 'version-mismatch');
  }
  assert.equal((await server.request('GET', '/Patient/u5')).status, 404);
});

test('a deleted resource comes back by PUT: 201 with the next version', async () => {
  await server.write('PUT', '/Patient/u6', patient({ id: 'u6' }));
  await server.request('DELETE', '/Patient/u6');
  const back = await server.write('PUT', '/Patient/u6', patient({ id: 'u6' }));
  assert.equal(back.status, 201);
  assert.equal(back.headers.get('etag'), 'W/"3"');
  assert.equal((await server.request('GET', '/Patient/u6')).status, 200);
});

test('a PUT that changes nothing makes no version, and says so', async () => {
  await server.write('PUT', '/Patient/u7', patient({ id: 'u7' }));
  const headers = { 'if-match': 'W/"1"', prefer: 'return=OperationOutcome' };
  const reply = await server.write('PUT', '/Patient/u7', patient({ id: 'u7' }), headers);
  assert.equal(reply.status, 200);
  assert.equal(reply.code, 'unchanged');
  assert.equal(reply.headers.get('etag'), 'W/"1"');
});

test('the id of the body is there and equals the id of the URL', async () => {
  const missing = await server.write('PUT', '/Patient/u8', patient());
  assert.equal(missing.status, 400);
  assert.equal(missing.code, 'id-missing');
  const [issue] = missing.json['issue'] as [{ expression: string[] }];
  assert.deepEqual(issue.expression, ['Patient.id']);
  for (const id of ['other', 8, null, {}]) {
    const reply = await server.write('PUT', '/Patient/u8', patient({ id }));
    assert.equal(reply.status, 400);
    assert.equal(reply.code, 'id-mismatch', JSON.stringify(id));
  }
});

test('conditions that are not supported yet are refused', async () => {
  for (const name of ['If-None-Exist', 'If-Unmodified-Since']) {
    const reply = await server.write('PUT', '/Patient/u9', patient({ id: 'u9' }), { [name]: '*' });
    assert.equal(reply.status, 400, name);
    assert.equal(reply.code, 'header-unsupported');
  }
  assert.equal((await server.request('GET', '/Patient/u9')).status, 404);
});

test('If-None-Match: * creates only: 201, then 412 and the version that is there', async () => {
  for (const options of [{}, { requireIfMatch: false }]) {
    const own = await startServer(options);
    const put = (id: string, headers: Record<string, string>): Promise<Reply> =>
      own.write('PUT', `/Patient/${id}`, patient({ id }), headers);
    const first = await put('n1', { 'if-none-match': '*' });
    assert.deepEqual([first.status, first.headers.get('etag')], [201, 'W/"1"']);
    const second = await put('n1', { 'if-none-match': '*' });
    assert.deepEqual([second.status, second.code, second.headers.get('etag')], [412, 'resource-exists', 'W/"1"']);
    await own.request('DELETE', '/Patient/n1');
    assert.equal((await put('n1', { 'if-none-match': '*' })).status, 201);
    for (const headers of [{ 'if-none-match': 'W/"1"' }, { 'if-none-match': '*', 'if-match': 'W/"3"' }]) {
      const refused = await put('n1', headers);
      assert.deepEqual([refused.status, refused.code], [400, 'header-unsupported']);
    }
    const all = await Promise.all(Array.from({ length: 12 }, () => put('n2', { 'if-none-match': '*' })));
    assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array<number>(11).fill(412)]);
    await own.close();
  }
});

test('If-Match may be optional', async (t) => {
  const lenient = await startServer({ requireIfMatch: false });
  t.after(() => lenient.close());
  await lenient.write('PUT', '/Patient/1', patient({ id: '1' }));
  assert.equal((await lenient.write('PUT', '/Patient/1', patient({ id: '1', active: false }))).status, 200);
  const stale = await lenient.write('PUT', '/Patient/1', patient({ id: '1' }), { 'if-match': 'W/"1"' });
  assert.equal(stale.status, 412);
});

test('of 16 writers with the same If-Match one wins, and the others learn of it', async () => {
  await server.write('PUT', '/Patient/u10', patient({ id: 'u10' }));
  const replies = await Promise.all(
    Array.from({ length: 16 }, (_, i) =>
      server.write('PUT', '/Patient/u10', patient({ id: 'u10', multipleBirthInteger: i }), { 'if-match': 'W/"1"' }),
    ),
  );
  const statuses = replies.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, ...Array<number>(15).fill(412)]);
  assert.equal((await server.request('GET', '/Patient/u10')).headers.get('etag'), 'W/"2"');
});
