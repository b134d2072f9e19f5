/** A database of the release before: searches that its rows cannot answer are refused, until the next definition has taken over. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { indexRow, indexVersion, type IndexOptions } from '@dhp/search-index/rows';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

const earlier = 12;
let server: TestServer;
let url: string;

/** A store like that of a server of the previous release, which only makes definition 12. */
function openEarlier(): Promise<FhirStore> {
  const row = (resource: Parameters<typeof indexRow>[0], options: IndexOptions) =>
    indexRow(resource, { ...options, cutTexts: true });
  return openStore({ url, timeZone: 'Asia/Tashkent', definitions: [{ version: earlier, row }] });
}

before(async () => {
  server = await startServer({ requireIfMatch: false }, async (own) => {
    url = own;
    const earlierStore = await openEarlier();
    // An empty database would be indexed again at once.
    const source = scanJson('{"resourceType":"Basic","id":"b","code":{"text":"x"}}');
    const resource = { resourceType: 'Basic', id: 'b', code: { text: 'x' } };
    await earlierStore.update({ type: 'Basic', id: 'b', source, resource, requireMatch: false, createAllowed: true });
    await earlierStore.close();
    return own;
  });
  await put(
    server,
    patient({ id: 'p', name: [{ family: 'Karimova' }], identifier: [{ system: 'urn:ids', value: '1' }] }),
    patient({ id: 'long', name: [{ family: `${'Karim'.repeat(60)}-long` }] }),
    {
      ...{ resourceType: 'Basic', id: 'container', code: { text: 'x' }, subject: { reference: '#p' } },
      contained: [{ resourceType: 'Patient', id: 'p' }],
    },
    { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/p' } },
  );
});
after(() => server.close());

/** Returns the check `index` of `/readyz`, which is ready whatever the state of the index. */
async function told(): Promise<string> {
  const reply = await server.request('GET', '/readyz', { token: null });
  const { status, checks } = reply.json as unknown as { status: string; checks: { index: string } };
  assert.deepEqual([reply.status, status], [200, 'ready'], reply.text);
  return checks.index;
}

const patchOf = { headers: { 'content-type': 'application/json-patch+json' }, body: '[]' };

const part = 'subject:Patient.name:contains=rimov';
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };

/** Requests that rows of definition 12 cannot answer: parts of texts for a contained Patient and for one with a long name, and labels. */
const lacking: Readonly<Record<string, () => Promise<Reply>>> = {
  'a search': () => server.request('GET', `/Observation?${part}`),
  'a search by POST': () =>
    server.request('POST', '/Observation/_search', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: part,
    }),
  'a filter': () => server.request('GET', '/Observation?_filter=subject.name%20co%20rimov'),
  'a count': () => server.request('GET', `/Observation?${part}&_summary=count`),
  'a compartment': () => server.request('GET', `/Patient/p/Observation?${part}`),
  'a conditional create': () => server.write('POST', '/Observation', observation, { 'if-none-exist': part }),
  'a conditional update': () => server.write('PUT', `/Observation?${part}`, observation),
  'a conditional patch': () => server.request('PATCH', `/Observation?${part}`, patchOf),
  'a conditional delete': () => server.request('DELETE', '/Observation?subject:Patient.name:contains=nothing-has-this'),
  'the labels of a type': () => server.request('GET', '/Patient/$meta'),
};

async function answersTheRest(): Promise<void> {
  assert.deepEqual(await found(server, '/Patient?name=karimov'), ['Patient/p']);
  assert.deepEqual(await found(server, '/Patient?name:contains=rimov'), ['Patient/p']);
  assert.deepEqual(await found(server, '/Patient?name:contains=karim-long'), ['Patient/long']);
  assert.deepEqual(await found(server, '/Patient?identifier=urn:ids|1'), ['Patient/p']);
  assert.deepEqual(await found(server, '/Observation?subject:Patient.name=karimov'), ['Observation/o']);
  assert.equal((await server.request('GET', '/Patient/p')).status, 200);
}

async function refusesWhatIsLacking(): Promise<void> {
  for (const [name, ask] of Object.entries(lacking)) {
    const reply = await ask();
    assert.deepEqual([reply.status, reply.code], [503, 'search-index-building'], `${name}: ${reply.text}`);
    assert.equal(reply.headers.get('retry-after'), '30', name);
    assert.match(reply.sentence, /\d+ %/, name);
  }
}

test('before the next definition is built, only what the rows lack is refused', async () => {
  assert.match(
    await told(),
    new RegExp(`^ok; definition ${earlier} is searched, ${indexVersion} is built beside it \\(building: \\d+ %\\)$`),
  );
  await refusesWhatIsLacking();
  await answersTheRest();
});

test('while it waits for a server of the release before, the same holds, and /readyz says so', async () => {
  const other = await openEarlier();
  try {
    await server.store.reindex();
    assert.equal(
      await told(),
      `ok; definition ${earlier} is searched, ${indexVersion} is built beside it (waits for 1 server of the release before to end)`,
    );
    await refusesWhatIsLacking();
    await answersTheRest();
  } finally {
    await other.close();
  }
});

test('when it has taken over, nothing is refused', async () => {
  await server.store.reindex();
  assert.equal(await told(), 'ok');
  await answersTheRest();
  assert.deepEqual(await found(server, `/Observation?${part}`), ['Observation/o']);
  for (const [name, ask] of Object.entries(lacking)) {
    const reply = await ask();
    assert.notEqual(reply.code, 'search-index-building', `${name}: ${reply.text}`);
    assert.ok(reply.status < 500, `${name}: ${reply.text}`);
  }
});
