/** A record of every request, whatever became of it, and nothing in it that must not be in a log. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { RequestRecord } from '../../src/contract/record.ts';
import { startServer, type TestServer } from '../environment.ts';

let server: TestServer;
const records: RequestRecord[] = [];
before(async () => {
  server = await startServer({ requireIfMatch: false, onRequest: (record) => records.push(record) });
  await server.write('PUT', '/Patient/p1', { resourceType: 'Patient', id: 'p1' });
  await recorded('the write before the tests', 1);
  records.length = 0;
});
after(() => server.close());

/** An answer may be read before the server knows that it is out. */
async function recorded(what: string, count: number): Promise<RequestRecord[]> {
  const begun = performance.now();
  while (records.length < count) {
    if (performance.now() - begun > 30_000) throw new Error(`no record of ${what}`);
    await setTimeout(5);
  }
  return [...records];
}

test('of a read: route, type, id, status, bytes, client and patient', async () => {
  const token = await server.sso.token({ scope: 'patient/*.rs', patient: 'p1', sub: 'person-1', client_id: 'app-1' });
  const headers = { 'x-request-id': 'request-1' };
  const reply = await server.request('GET', '/Patient/p1', { token, headers });
  const [record] = await recorded('a read', 1);
  assert.ok(record!.milliseconds! > 0 && record!.time > 0);
  assert.ok(record!.bytes > reply.text.length);
  assert.deepEqual(
    { ...record, milliseconds: 0, time: 0, bytes: 0 },
    {
      ...{ time: 0, requestId: 'request-1', entry: undefined, method: 'GET', route: '/:type/:id', interaction: 'read' },
      ...{ type: 'Patient', id: 'p1', status: 200, milliseconds: 0, bytes: 0 },
      ...{ client: 'app-1', user: 'person-1', patient: 'p1' },
    },
  );
  records.length = 0;
});

test('of what is refused, at every step', async () => {
  const narrow = await server.sso.token({ scope: 'system/Observation.r' });
  const refused: [path: string, status: number, route: string | undefined, options: { token?: string | null }][] = [
    ['/no/such/path/at/all', 404, undefined, {}],
    ['/Patient/p1', 401, '/:type/:id', { token: null }],
    ['/Patient/p1', 403, '/:type/:id', { token: narrow }],
    ['/Patient/p1?_format=pdf', 406, '/:type/:id', {}],
    ['/Patient?nonsense=1', 400, '/:type', {}],
    ['/Nonsense/1', 404, '/:type/:id', {}],
    ['/Patient/nobody', 404, '/:type/:id', {}],
  ];
  for (const [path, status, route, options] of refused) {
    records.length = 0;
    const reply = await server.request('GET', path, options);
    assert.equal(reply.status, status, path);
    const [record] = await recorded(path, 1);
    assert.deepEqual([record!.status, record!.route], [status, route], path);
    assert.equal(record!.client === undefined, status === 401 || route === undefined, path);
    assert.equal(record!.type, route === undefined || path.startsWith('/Nonsense') ? undefined : 'Patient');
  }
  records.length = 0;
});

test('of each entry of a Bundle, and of the Bundle', async () => {
  const get = (url: string): object => ({ request: { method: 'GET', url } });
  const entry = [
    { request: { method: 'PUT', url: 'Patient/p2' }, resource: { resourceType: 'Patient', id: 'p2' } },
    get('Patient/p1'),
  ];
  for (const type of ['batch', 'transaction']) {
    records.length = 0;
    const all = type === 'batch' ? [...entry, get('Patient/nobody')] : entry;
    const reply = await server.write('POST', '', { resourceType: 'Bundle', type, entry: all });
    assert.equal(reply.status, 200, reply.text);
    const made = await recorded(type, all.length + 1);
    assert.deepEqual(
      made.toSorted((a, b) => (a.entry ?? 9) - (b.entry ?? 9)).map((each) => [each.entry, each.route, each.id]),
      [
        [0, '/:type/:id', 'p2'],
        [1, '/:type/:id', 'p1'],
        ...(type === 'batch' ? [[2, '/:type/:id', 'nobody']] : []),
        [undefined, '/', undefined],
      ],
    );
    assert.equal(new Set(made.map(({ requestId }) => requestId)).size, 1);
    assert.equal(new Set(made.map(({ client }) => client)).size, 1);
  }
  records.length = 0;
});

test('nothing of a query, a body, a header or a token', async () => {
  const secret = 'geheim-12345678901234';
  const token = await server.sso.token();
  const headers = { 'content-type': 'application/fhir+json', prefer: secret, 'user-agent': secret };
  const body = JSON.stringify({ resourceType: 'Patient', name: [{ family: secret }] });
  await server.request('GET', `/Patient?identifier=${secret}&${secret}=1`, { token, headers: { prefer: secret } });
  await server.request('POST', '/Patient', { token, headers, body });
  await server.request('GET', `/Patient/p1/${secret}`, { token });
  await server.request('GET', `/${secret}`, { token });
  await server.request('GET', `/Patient/p1?access_token=${secret}`, { token });
  const text = JSON.stringify(await recorded('five requests', 5));
  assert.ok(!text.includes(secret), text);
  assert.ok(!text.includes(token));
});
