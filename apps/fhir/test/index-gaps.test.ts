/**
 * A search parameter whose values are missing in the index for some stored resources: requests that depend on it are refused, and
 * everything else works.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { typeNumber } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
let sql: Sql;
const identifier = [{ system: 'urn:ids', value: '1' }];
const withoutIdentifier = { 'if-none-exist': 'identifier=urn:ids|1' };

before(async () => {
  server = await startServer({ requireIfMatch: false }, (url) => {
    sql = connect(url, { max: 1 });
    return url;
  });
  await put(server, patient({ id: 'p', identifier, name: [{ family: 'Karimova' }] }));
  // As a reindex leaves it (packages/fhir-store/test/index-gaps.test.ts), and without the values themselves.
  await sql`
    insert into fhir.index_gap (rid, shard, ver, ty, id, parameters, work, generation, reason)
    select rid, shard, ver, ty, id, 'Patient.identifier', 1, 0, 'x' from fhir.resource
    where ty = ${typeNumber('Patient')!} and id = 'p'`;
  await sql`update fhir.index_state set gaps = true`;
  await sql`update fhir.own_parameter_state set generation = generation + 1`;
  await sql`update fhir.search set keys = '{}'`;
});
after(async () => {
  await sql.end();
  await server.close();
});

function refused(reply: Reply, what: string): void {
  assert.deepEqual([reply.status, reply.code], [503, 'search-parameter-incomplete'], `${what}: ${reply.text}`);
  assert.match(reply.sentence, /identifier/);
  assert.match(reply.diagnostics, /1 of the stored resources/);
}

const asked: Record<string, () => Promise<Reply>> = {
  'a search by it': () => server.request('GET', '/Patient?identifier=urn:ids|1'),
  'one that may leave out what is wrong': () =>
    server.request('GET', '/Patient?identifier=urn:ids|1', { headers: { prefer: 'handling=lenient' } }),
  'a chain': () => server.request('GET', '/Observation?patient.identifier=urn:ids|1'),
  'a conditional create': () => server.write('POST', '/Patient', patient({ identifier }), withoutIdentifier),
  'a conditional update': () => server.write('PUT', '/Patient?identifier=urn:ids|1', patient({ identifier })),
  'a conditional deletion': () => server.request('DELETE', '/Patient?identifier=urn:ids|1'),
};

for (const [name, ask] of Object.entries(asked)) {
  test(`${name} is refused`, async () => {
    // The server may use its knowledge of a second ago; then the statement refuses.
    for (let reply = await ask(); ; reply = await ask()) {
      if (reply.code === 'search-index-building' || reply.code === 'search-parameters-changed') continue;
      refused(reply, name);
      break;
    }
  });
}

test('/readyz names the resources, the parameter and the setting', async () => {
  const { status, json } = await server.request('GET', '/readyz', { token: null });
  assert.equal(status, 200);
  const { index } = json['checks'] as { index: string };
  assert.match(index, /^incomplete: 1 resources \(Patient 1\).*Patient\.identifier.*DHP_RESOURCE_WORK/);
});

test('reads and searches by other parameters find the resource', async () => {
  assert.equal((await server.request('GET', '/Patient/p')).status, 200);
  assert.deepEqual(await found(server, '/Patient?name=karimova'), ['Patient/p']);
  assert.deepEqual(await found(server, '/Patient?_id=p'), ['Patient/p']);
});
