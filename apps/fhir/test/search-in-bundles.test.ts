/** Searches as entries of batches and transactions. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, entriesOf, get, issuesOf, observation, post, put, send, statusesOf } from './bundles.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await send(server, 'batch', [put('a', { gender: 'male' }), put('b', { gender: 'female' })]);
  await server.write('PUT', '/Observation/o', observation('Patient/a', { id: 'o' }));
});
after(() => server.close());

/** The ids in the Bundle that an entry holds. */
function foundIn(reply: Reply, index: number): string[] {
  const bundle = entriesOf(reply)[index]?.resource;
  assert.deepEqual([bundle?.['resourceType'], bundle?.['type']], ['Bundle', 'searchset'], reply.text);
  const entries = (bundle?.['entry'] ?? []) as { resource: { id: string } }[];
  return entries.map(({ resource }) => resource.id).sort();
}

test('each search of a batch has its own answer', async () => {
  const reply = await send(server, 'batch', [
    get('Patient?gender=male'),
    get('Patient?colour=red&size=1'),
    get('Patient/a/Observation'),
    get('?_type=Patient&gender=female'),
    get('Patient?gender=male&_elements=gender'),
    get('Patient'),
  ]);
  assert.deepEqual(
    statusesOf(reply).map((status) => status.slice(0, 3)),
    ['200', '400', '200', '200', '200', '200'],
  );
  assert.deepEqual(foundIn(reply, 0), ['a']);
  assert.deepEqual(foundIn(reply, 2), ['o']);
  assert.deepEqual(foundIn(reply, 3), ['b']);
  assert.match(JSON.stringify(entriesOf(reply)[4]), /SUBSETTED/);
  assert.deepEqual(foundIn(reply, 5), ['a', 'b']);
  const issues = entriesOf(reply)[1]?.response.outcome?.issue ?? [];
  assert.deepEqual(
    issues.map(({ details, expression }) => [details.coding[0].code, expression]),
    [
      ['search-parameter-unknown', ['Bundle.entry[1].request.url']],
      ['search-parameter-unknown', ['Bundle.entry[1].request.url']],
    ],
  );
});

test('a search of a transaction sees what the transaction writes', async () => {
  const reply = await send(server, 'transaction', [
    get('Patient?gender=other'),
    put('c', { gender: 'other' }),
    get('Observation?subject=Patient/c'),
    post(observation('Patient/c')),
  ]);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(foundIn(reply, 0), ['c']);
  assert.equal(foundIn(reply, 2).length, 1);
});

test('a search that cannot be understood ends the transaction before anything is written', async () => {
  const reply = await send(server, 'transaction', [put('d'), get('Patient?colour=red')]);
  assert.equal(reply.status, 400, reply.text);
  assert.equal(reply.code, 'search-parameter-unknown');
  assert.deepEqual(issuesOf(reply)[0]?.expression, ['Bundle.entry[1].request.url']);
  assert.equal((await server.request('GET', '/Patient/d')).status, 404);
});

test('what a token does not permit is not found in a Bundle either', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.cruds' });
  const body = JSON.stringify({
    resourceType: 'Bundle',
    type: 'batch',
    entry: [get('Observation'), get('Patient/a/Observation'), get('Patient?_has:Observation:subject:status=final')],
  });
  const headers = { 'content-type': 'application/fhir+json' };
  const reply = await server.request('POST', '', { token, headers, body });
  assert.deepEqual(
    entriesOf(reply).map((entry) => codeOf(entry)),
    ['scope-insufficient', 'scope-insufficient', undefined],
  );
  assert.match(JSON.stringify(entriesOf(reply)[2]?.resource), /search-type-not-permitted/);
});

test('an entry has no form', async () => {
  const reply = await send(server, 'batch', [
    { resource: { resourceType: 'Parameters' }, request: { method: 'POST', url: 'Patient/_search' } },
  ]);
  assert.deepEqual(statusesOf(reply), ['404 Not Found']);
});
