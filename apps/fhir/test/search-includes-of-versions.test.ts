/** `_include` by references to versions. https://hl7.org/fhir/R5/search.html#versions */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';
import { entriesOf, put, search } from './searches.ts';

let server: TestServer;

const observation = (id: string, subject: string, more = {}): Record<string, unknown> => ({
  resourceType: 'Observation',
  ...{ id, status: 'final', code: { coding: [{ code: 'x' }] }, subject: { reference: subject }, ...more },
});

before(async () => {
  server = await startServer();
  await put(server, ...['first', 'second'].map((id) => ({ resourceType: 'Organization', id, name: id })));
  for (const [n, organization] of ['first', 'second', 'second'].entries()) {
    const managed = patient({
      id: 'a',
      multipleBirthInteger: n + 1,
      managingOrganization: { reference: `Organization/${organization}` },
    });
    const reply = await server.write('PUT', '/Patient/a', managed, n === 0 ? {} : { 'if-match': `W/"${n}"` });
    assert.ok(reply.status < 300, reply.text);
  }
  await put(
    server,
    observation('now', 'Patient/a'),
    observation('then', 'Patient/a/_history/1'),
    observation('later', 'Patient/a/_history/2'),
    observation('latest', 'Patient/a/_history/3'),
    observation('lost', 'Patient/a/_history/9'),
  );
});
after(() => server.close());

/** Returns the included resources: `Patient/a 1` is its first version. */
async function included(query: string, token?: string): Promise<string[]> {
  const reply = await search(server, `/Observation?${query}`, token === undefined ? {} : { token });
  return entriesOf(reply)
    .filter(({ search: { mode } }) => mode === 'include')
    .map(({ resource, fullUrl }) => {
      assert.ok(fullUrl.endsWith(`/${resource.resourceType}/${String(resource.id)}`), fullUrl);
      return `${resource.resourceType}/${String(resource.id)} ${(resource['meta'] as { versionId: string }).versionId}`;
    })
    .sort();
}

test('brings the version that is named, and else the current one', async () => {
  for (const [ids, versions] of [
    ['now', ['3']],
    ['then', ['1']],
    ['later', ['2']],
    ['latest', ['3']],
    ['lost', ['3']],
    ['then,later', ['1', '2']],
    ['then,now', ['1', '3']],
  ] as const) {
    const expected = versions.map((version) => `Patient/a ${version}`);
    assert.deepEqual(await included(`_id=${ids}&_include=Observation:subject`), expected, ids);
    assert.deepEqual(await included(`_id=${ids}&_include=*`), expected, ids);
  }
  assert.deepEqual(await included('_id=then&_include=Observation:subject:Group'), []);
});

test(':iterate goes on from that version', async () => {
  const on = '_include=Observation:subject&_include:iterate=Patient:organization';
  assert.deepEqual(await included(`_id=then&${on}`), ['Organization/first 1', 'Patient/a 1']);
  assert.deepEqual(await included(`_id=later&${on}`), ['Organization/second 1', 'Patient/a 2']);
});

test('shows no older version to whom only a part of the type is permitted', async () => {
  const token = await server.sso.token({ scope: 'system/Observation.rs system/Patient.rs?_id=a' });
  assert.deepEqual(await included('_id=then&_include=Observation:subject', token), ['Patient/a 3']);
  const none = await server.sso.token({ scope: 'system/Observation.rs' });
  assert.deepEqual(await included('_id=then&_include=Observation:subject', none), []);
});
