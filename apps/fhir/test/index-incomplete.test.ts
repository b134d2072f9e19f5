/** A search index that becomes incomplete while a server runs: requests that depend on it are refused, and everything else works. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
let sql: Sql;
const identifier = [{ system: 'urn:ids', value: '1' }];

before(async () => {
  server = await startServer({ requireIfMatch: false, referenceIntegrity: 'enforce' }, (url) => {
    sql = connect(url, { max: 1 });
    return url;
  });
  await put(
    server,
    patient({ id: 'p', identifier }),
    { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/p' } },
    { resourceType: 'Basic', id: 'b', code: { text: 'x' } },
  );
  // So that the server has seen the index as complete.
  assert.deepEqual(await found(server, '/Patient?identifier=urn:ids|1'), ['Patient/p']);
  await sql`update fhir.index_state set complete = false`;
});
after(async () => {
  await sql.end();
  await server.close();
});

function refused(reply: Reply, what: string): void {
  assert.deepEqual([reply.status, reply.code], [503, 'search-index-building'], `${what}: ${reply.text}`);
  assert.equal(reply.headers.get('retry-after'), '30');
  assert.match(reply.sentence, /\d+ %/);
  assert.match(reply.diagnostics, /of \d+ resources are indexed/);
}

const entry = (method: string, url: string, resource?: object): object => ({
  request: { method, url },
  ...(resource && { resource }),
});
const bundle = (type: string, ...entries: object[]): object => ({ resourceType: 'Bundle', type, entry: entries });

const asked: Record<string, () => Promise<Reply>> = {
  'a search of a type': () => server.request('GET', '/Patient?identifier=urn:ids|1'),
  'a search without parameters': () => server.request('GET', '/Patient'),
  'a count': () => server.request('GET', '/Patient?_summary=count'),
  'a search of the system': () => server.request('GET', '/?_type=Patient,Observation'),
  'a search of a compartment': () => server.request('GET', '/Patient/p/Observation'),
  'the labels of a type': () => server.request('GET', '/Patient/$meta'),
  $everything: () => server.request('GET', '/Patient/p/$everything'),
  'a conditional create': () =>
    server.write('POST', '/Patient', patient({ identifier }), { 'if-none-exist': 'identifier=urn:ids|1' }),
  'a conditional update': () => server.write('PUT', '/Patient?identifier=urn:ids|1', patient({ identifier })),
  'a conditional delete': () => server.request('DELETE', '/Patient?identifier=urn:ids|1'),
  'a conditional patch': () =>
    server.request('PATCH', '/Patient?identifier=urn:ids|1', {
      headers: { 'content-type': 'application/json-patch+json' },
      body: JSON.stringify([{ op: 'replace', path: '/active', value: false }]),
    }),
  'a deletion of what may be referred to': () => server.request('DELETE', '/Patient/p'),
  'a conditional create in a transaction': () =>
    server.write(
      'POST',
      '/',
      bundle('transaction', {
        ...entry('POST', 'Patient', patient({ identifier })),
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:ids|1' },
      }),
    ),
  'a conditional reference in a transaction': () =>
    server.write(
      'POST',
      '/',
      bundle(
        'transaction',
        entry('POST', 'Observation', {
          ...{ resourceType: 'Observation', status: 'final', code: { text: 'y' } },
          subject: { reference: 'Patient?identifier=urn:ids|1' },
        }),
      ),
    ),
};

for (const [name, ask] of Object.entries(asked)) {
  test(`${name} is refused`, async () => refused(await ask(), name));
}

test('of a batch the entries that need it are refused, and the others answered', async () => {
  const reply = await server.write(
    'POST',
    '/',
    bundle('batch', entry('GET', 'Patient?identifier=urn:ids|1'), entry('GET', 'Patient/p')),
  );
  assert.equal(reply.status, 200, reply.text);
  const entries = reply.json['entry'] as { response: { status: string } }[];
  assert.deepEqual(
    entries.map(({ response }) => response.status.slice(0, 3)),
    ['503', '200'],
  );
});

test('reads, histories and writes by id work', async () => {
  for (const path of ['/Patient/p', '/Patient/p/_history', '/_history', '/Patient/p/_history/1']) {
    assert.equal((await server.request('GET', path)).status, 200, path);
  }
  const { status, text } = await server.write('POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' } });
  assert.equal(status, 201, text);
});

test('/readyz says so', async () => {
  const { status, json } = await server.request('GET', '/readyz', { token: null });
  assert.equal(status, 200);
  assert.match((json['checks'] as { index: string }).index, /^building: \d+ %; searches are refused/);
});

test('nothing was stored twice, and all is answered when the index is complete', async () => {
  await sql`update fhir.index_state set complete = true`;
  const deadline = Date.now() + 30_000;
  while ((await server.request('GET', '/Patient')).status === 503) assert.ok(Date.now() < deadline);
  assert.deepEqual(await found(server, '/Patient'), ['Patient/p']);
  assert.deepEqual(await found(server, '/Observation'), ['Observation/o']);
});
