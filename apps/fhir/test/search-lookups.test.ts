/** Searches by what other resources say: members of lists and groups, parts of wholes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

const to = (reference: string): { reference: string } => ({ reference });
const location = (id: string, partOf?: string): Record<string, unknown> => ({
  resourceType: 'Location',
  ...{ id, name: id, ...(partOf === undefined ? {} : { partOf: to(`Location/${partOf}`) }) },
});

let server: TestServer;
before(async () => {
  server = await startServer();
  await put(
    server,
    ...['a', 'b', 'c', 'd'].map((id) => patient({ id })),
    { resourceType: 'Encounter', id: 'e', status: 'planned', subject: to('Patient/b') },
    {
      resourceType: 'List',
      ...{ id: 'l', status: 'current', mode: 'working', subject: [to('Patient/d')] },
      entry: [
        { item: to('Patient/a') },
        { item: to(`${baseUrl}/Patient/b`) },
        { item: to('Patient/c'), deleted: true },
        { item: to('https://elsewhere.example/fhir/Patient/d') },
        { item: to('Encounter/e') },
      ],
    },
    {
      resourceType: 'Group',
      ...{ id: 'g', type: 'person', membership: 'enumerated' },
      member: [{ entity: to('Patient/c') }, { entity: to('Patient/d'), inactive: true }],
    },
    { resourceType: 'CareTeam', id: 't', subject: to('Patient/a'), participant: [{ member: to('Patient/d') }] },
    location('hospital'),
    location('ward', 'hospital'),
    location('room', 'ward'),
    location('other'),
    { resourceType: 'Encounter', id: 'in-room', status: 'planned', location: [{ location: to('Location/room') }] },
    { resourceType: 'Encounter', id: 'in-other', status: 'planned', location: [{ location: to('Location/other') }] },
  );
});
after(() => server.close());

test('_list finds the members of a List', async () => {
  assert.deepEqual(await found(server, '/Patient?_list=l'), ['Patient/a', 'Patient/b']);
  assert.deepEqual(await found(server, '/Encounter?_list=l'), ['Encounter/e']);
  assert.deepEqual(await found(server, '/Patient?_list=nothing'), []);
  assert.deepEqual(await found(server, '/Patient?_list=l&_id=b,c'), ['Patient/b']);
  const functional = await server.request('GET', '/Patient?_list=$current-problems');
  assert.deepEqual([functional.status, functional.code], [400, 'search-unsupported']);
});

test('_in finds the members of a Group, a CareTeam or a List', async () => {
  assert.deepEqual(await found(server, '/Patient?_in=Group/g'), ['Patient/c']);
  assert.deepEqual(await found(server, '/Patient?_in=CareTeam/t'), ['Patient/d']);
  assert.deepEqual(await found(server, '/Patient?_in=List/l,Group/g'), ['Patient/a', 'Patient/b', 'Patient/c']);
  assert.deepEqual(await found(server, '/Patient?_in:not=List/l'), ['Patient/c', 'Patient/d']);
  assert.deepEqual(await found(server, '/Encounter?subject:Patient._in=List/l'), ['Encounter/e']);
});

test('members of what the caller may not see are not told', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.rs' });
  assert.deepEqual(await found(server, '/Patient?_list=l', { token }), []);
  assert.deepEqual(await found(server, '/Patient?_in=Group/g', { token }), []);
});

test(':below and :above follow the hierarchy of references', async () => {
  assert.deepEqual(await found(server, '/Location?partof:below=Location/hospital'), ['Location/room', 'Location/ward']);
  assert.deepEqual(await found(server, '/Location?partof:below=Location/ward'), ['Location/room']);
  assert.deepEqual(await found(server, '/Location?partof=Location/hospital'), ['Location/ward']);
});

test('a circle of references has an end', async () => {
  await put(server, location('x', 'y'), location('y', 'x'));
  const all = await found(server, '/Location?partof:below=Location/x');
  assert.deepEqual(all, ['Location/x', 'Location/y']);
});
