/** The rows of the database that one request may read: counted for whatever answers are made of, and refused with the setting. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';
import { put } from './searches.ts';

const most = 20;
const n = 24;
const list = <T>(make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, costs: { rows: most } });
  for (let version = 0; version < n; version += 1)
    await put(server, patient({ id: 'p', multipleBirthInteger: version }));
  const practitioners = list((i) => ({
    resourceType: 'Practitioner',
    id: `d${i}`,
    meta: { tag: [{ code: `t${i}` }] },
  }));
  await put(server, ...practitioners);
  await put(
    server,
    ...list((i) => ({
      ...{ resourceType: 'Observation', id: `o${i}`, status: 'final', code: { text: 'x' } },
      subject: { reference: 'Patient/p' },
      performer: [{ reference: `Practitioner/d${i}` }],
    })),
    { resourceType: 'Location', id: 'whole', name: 'x' },
    ...list((i) => ({ resourceType: 'Location', id: `l${i}`, name: 'x', partOf: { reference: 'Location/whole' } })),
    {
      ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'x' }, date: '2026-01-01', title: 'x' },
      author: practitioners.map(({ id }) => ({ reference: `Practitioner/${id}` })),
    },
  );
});
after(() => server.close());

/** Requests that read more rows than allowed, and smaller ones of the same kind that are answered. */
const cases: Record<string, { readonly method?: string; readonly much: string; readonly less?: string }> = {
  'a page of a search': { much: '/Observation?_count=24', less: '/Observation?_count=20' },
  'a search of the system': { much: '/?_type=Observation,Location&_count=24', less: '/?_type=Location&_count=20' },
  'a compartment': { much: '/Patient/p/Observation?_count=24', less: '/Patient/p/Observation?_count=20' },
  _include: {
    much: '/Observation?_count=12&_include=Observation:performer',
    less: '/Observation?_count=9&_include=Observation:performer',
  },
  _revinclude: {
    much: '/Patient?_revinclude=Observation:subject',
    less: '/Practitioner?_count=9&_revinclude=Observation:performer',
  },
  'what is part of a whole': {
    much: '/Encounter?location:below=Location/whole',
    less: '/Encounter?location:below=Location/l1',
  },
  'the history of a resource': { much: '/Patient/p/_history?_count=22', less: '/Patient/p/_history?_count=15' },
  'the history of a type': { much: '/Observation/_history?_count=24', less: '/Observation/_history?_count=15' },
  'the history of all': { much: '/_history?_count=24', less: '/_history?_count=15' },
  'a page of $everything': { much: '/Patient/p/$everything?_count=24', less: '/Patient/p/$everything?_count=9' },
  $document: { much: '/Composition/c/$document' },
  'the labels of a type': { much: '/Practitioner/$meta', less: '/Patient/$meta' },
  'a cascading delete': { method: 'DELETE', much: '/Patient/p?_cascade=delete' },
};

describe('a request that reads more rows than one may', () => {
  for (const [name, { method = 'GET', much, less }] of Object.entries(cases)) {
    test(`${name} is refused, with the setting`, async () => {
      if (less !== undefined) assert.equal((await server.request(method, less)).status, 200, less);
      const reply = await server.request(method, much);
      assert.deepEqual([reply.status, reply.code], [422, 'row-limit-exceeded'], reply.text.slice(0, 300));
      assert.match(reply.sentence, /\b20\b.*DHP_REQUEST_ROWS/);
    });
  }

  test('$everything in one answer is broken off, so that nobody takes a part for the whole; of a batch its entry is refused', async () => {
    await assert.rejects(server.request('GET', '/Patient/p/$everything'));
    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient/p/$everything' } }],
    };
    const { text } = await server.write('POST', '/', batch);
    assert.match(text, /row-limit-exceeded/);
  });

  test('the entries of a batch share them', async () => {
    const entry = { request: { method: 'GET', url: 'Observation?_count=9' } };
    const { text } = await server.write('POST', '/', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [entry, entry, entry],
    });
    assert.match(text, /row-limit-exceeded/);
  });
});
