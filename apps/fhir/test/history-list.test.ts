/** `_list` of a history. https://hl7.org/fhir/R5/http.html#history */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';
import { linkTo, put } from './searches.ts';

let server: TestServer;
const allergy = (id: string, code: string): Record<string, unknown> => ({
  resourceType: 'AllergyIntolerance',
  id,
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code }],
  },
  patient: { reference: 'Patient/a' },
});
const item = (reference: string, more: object = {}): object => ({ item: { reference }, ...more });

before(async () => {
  server = await startServer({ requireIfMatch: false, healthWorkers: 'as-scoped' });
  for (const gender of ['male', 'female', 'other']) {
    await put(server, patient({ id: 'a', gender }), patient({ id: 'b', gender }), patient({ id: 'c', gender }));
  }
  await put(server, allergy('now', 'active'), allergy('past', 'active'), allergy('past', 'resolved'), {
    resourceType: 'List',
    id: 'some',
    status: 'current',
    mode: 'working',
    entry: [
      item('Patient/a'),
      item('Patient/b/_history/2'),
      item(`${baseUrl}/Patient/b/_history/1`),
      item('Patient/c', { deleted: true }),
      item('AllergyIntolerance/past'),
      item('Patient/nobody'),
      item('https://elsewhere.example/fhir/Patient/c'),
    ],
  });
  await server.request('DELETE', '/AllergyIntolerance/past');
});
after(() => server.close());

interface Entry {
  request: { url: string };
  response: { etag: string };
}
const shown = (reply: Reply): string[] =>
  ((reply.json['entry'] as Entry[] | undefined) ?? []).map(
    ({ request, response }) => `${request.url}/${response.etag.slice(3, -1)}`,
  );
async function history(path: string, token?: string): Promise<string[]> {
  const reply = await server.request('GET', path, token === undefined ? {} : { token });
  assert.equal(reply.status, 200, reply.text);
  return shown(reply);
}

describe('a history with _list', () => {
  test('of a type has all versions of what the List names, and of a version that one alone', async () => {
    const expected = ['Patient/a/3', 'Patient/b/2', 'Patient/a/2', 'Patient/b/1', 'Patient/a/1'];
    assert.deepEqual(await history('/Patient/_history?_list=some'), expected);
    assert.deepEqual(await history('/Patient/_history?_list=List/some&_sort=_lastUpdated'), expected.toReversed());
  });

  test('of the system has all types of the List, deletions included', async () => {
    const versions = await history('/_history?_list=some');
    assert.deepEqual(
      versions.slice(0, 3),
      [3, 2, 1].map((version) => `AllergyIntolerance/past/${version}`),
    );
    assert.equal(versions.length, 8);
  });

  test('of a resource has what the List names of it', async () => {
    assert.deepEqual(await history('/Patient/b/_history?_list=some'), ['Patient/b/2', 'Patient/b/1']);
    assert.deepEqual(await history('/Patient/a/_history?_list=some&_count=2'), ['Patient/a/3', 'Patient/a/2']);
    assert.deepEqual(await history('/Patient/c/_history?_list=some'), []);
    const { json } = await server.request('GET', '/Patient/b/_history?_list=some');
    assert.equal(json['total'], 2);
    assert.equal((await server.request('GET', '/Patient/nobody/_history?_list=some')).status, 404);
  });

  test('goes in pages, each version once, and the links say so', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/Patient/_history?_list=some&_count=2';
    while (path !== undefined) {
      const reply: Reply = await server.request('GET', path);
      assert.ok(linkTo(reply, 'self')?.includes('_list=some'));
      seen.push(...shown(reply));
      path = linkTo(reply, 'next');
    }
    assert.deepEqual(seen, ['Patient/a/3', 'Patient/b/2', 'Patient/a/2', 'Patient/b/1', 'Patient/a/1']);
  });

  test('takes the lists of what is current', async () => {
    assert.deepEqual(await history('/AllergyIntolerance/_history?_list=$current-allergies'), [
      'AllergyIntolerance/now/1',
    ]);
    assert.deepEqual(await history('/_history?_list=$current-allergies'), ['AllergyIntolerance/now/1']);
    assert.deepEqual(await history('/Patient/_history?_list=$current-allergies'), []);
  });

  test('with _since and _at has what both leave', async () => {
    assert.deepEqual(await history('/Patient/_history?_list=some&_since=2999-01-01'), []);
    // An older version that a List names was current once, and is not now.
    const now = encodeURIComponent(new Date().toISOString());
    assert.deepEqual(await history(`/Patient/_history?_list=some&_at=${now}`), ['Patient/a/3']);
  });

  test('of a List that is not there has nothing', async () => {
    assert.deepEqual(await history('/Patient/_history?_list=none'), []);
    assert.deepEqual(await history('/Patient/a/_history?_list=none'), []);
  });

  test('is refused for what is no List, and twice', async () => {
    for (const query of ['_list=a%20b', '_list=Group/some', '_list=$current-wishes', '_list=some&_list=some']) {
      const reply = await server.request('GET', `/Patient/_history?${query}`);
      assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], `${query} ${reply.text}`);
      assert.match(reply.text, /_list/);
    }
  });

  test('shows no more than the token permits, and needs the permission to read the List', async () => {
    const without = await server.sso.token({ scope: 'system/Patient.rs' });
    assert.equal((await server.request('GET', '/Patient/_history?_list=some', { token: without })).status, 403);
    const narrow = await server.sso.token({ scope: 'system/Patient.rs?_id=a system/List.r' });
    assert.deepEqual(await history('/Patient/_history?_list=some', narrow), [
      'Patient/a/3',
      'Patient/a/2',
      'Patient/a/1',
    ]);
    assert.deepEqual(await history('/_history?_list=some', narrow), ['Patient/a/3', 'Patient/a/2', 'Patient/a/1']);
  });
});
