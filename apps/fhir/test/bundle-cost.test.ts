/** Limits of the cost of all entries of a Bundle together. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, entriesOf, get, issuesOf, post, send, statusesOf, type EntryToSend } from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ costs: { work: 3_000_000, bytes: 1_000_000 }, validation: { level: 'off' } });
});
after(() => server.close());

const system = 'https://id.example.uz';

/** Returns conditional creates of patients, each with its own identifier. */
function creates(name: string, count: number, criteria: (n: number) => string): EntryToSend[] {
  return Array.from({ length: count }, (_, n) => {
    const entry = post(patient({ identifier: [{ system, value: `${name}-${n}` }] }));
    return { ...entry, request: { ...entry.request, ifNoneExist: criteria(n) } };
  });
}

async function count(query: string): Promise<unknown> {
  return (await server.request('GET', `/Patient?${query}&_summary=count`)).json['total'];
}

test('many conditional creates by identifier stay within the budget', async () => {
  const entries = creates('narrow', 600, (n) => `identifier=${system}|narrow-${n}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  assert.deepEqual(new Set(statusesOf(reply)), new Set(['201 Created']));
});

test('as many by criteria that every entry has to be compared with are refused, and nothing is stored', async () => {
  const entries = creates('broad', 600, (n) => `name:contains=nobody${n}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.status, 422, reply.text.slice(0, 500));
  assert.equal(reply.code, 'work-limit-exceeded');
  assert.equal(await count(`identifier=${system}|broad-0`), 0);
});

test('entries that would each make what the others make are named, as many as an answer tells', async () => {
  const entries = creates('twins', 300, (n) => `identifier=${system}|twins-${n},${system}|twins-${(n + 1) % 300}`);
  const reply = await send(server, 'transaction', entries);
  assert.equal(reply.code, 'entries-overlap', reply.text.slice(0, 500));
  assert.equal(issuesOf(reply).length, 50);
});

test('the answers of a batch take bounded memory: entries beyond it are refused and say how to ask for less', async () => {
  const family = 'Largely';
  const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(10_000)}</div>` };
  const stored = Array.from({ length: 20 }, () => post(patient({ name: [{ family }], text })));
  assert.equal((await send(server, 'transaction', stored)).status, 200);
  const search = get(`Patient?family=${family}&_count=20`);
  const reply = await send(server, 'batch', [...Array.from({ length: 30 }, () => search), get('Patient?_count=0')]);
  assert.equal(reply.status, 200);
  const entries = entriesOf(reply);
  const [done, refused] = [entries.slice(0, 30), entries.slice(0, 30)].map((all, n) =>
    all.filter(({ response }) => (response.status === '200 OK') === (n === 0)),
  );
  // Each page has some 210 kB.
  assert.equal(done?.length, 4);
  assert.equal(refused?.length, 26);
  for (const entry of refused) {
    assert.equal(codeOf(entry), 'memory-limit-exceeded');
    assert.match(entry.response.outcome?.issue[0]?.details.text ?? '', /DHP_REQUEST_MEMORY/);
  }
  assert.equal(entries[30]?.response.status, '200 OK', 'a small answer still fits');
  assert.ok(reply.text.length < 1_200_000, `${reply.text.length} bytes`);

  const ids = entriesOf(await send(server, 'batch', [search]))
    .flatMap(({ resource }) => (resource?.['entry'] as { resource: { id: string } }[] | undefined) ?? [])
    .map(({ resource }) => resource.id);
  const reads = await send(
    server,
    'batch',
    Array.from({ length: 120 }, (_, n) => get(`Patient/${ids[n % 20]!}`)),
  );
  assert.deepEqual(new Set(entriesOf(reads).map(codeOf)), new Set([undefined, 'memory-limit-exceeded']));
  assert.ok(reads.text.length < 1_200_000, `${reads.text.length} bytes`);
});

test('a page, a history and an answer put together for XML that are larger than a request may hold are refused', async () => {
  const family = 'Pages';
  const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(12_000)}</div>` };
  const stored = Array.from({ length: 90 }, () => post(patient({ name: [{ family }], text })));
  for (let from = 0; from < 90; from += 45)
    assert.equal((await send(server, 'transaction', stored.slice(from, from + 45))).status, 200);
  for (const [path, headers] of [
    [`/Patient?family=${family}&_count=100`, {}],
    ['/Patient/_history?_count=200', {}],
  ] as const) {
    const reply = await server.request('GET', path, { headers });
    assert.equal(reply.code, 'memory-limit-exceeded', `${path}: ${reply.status}`);
    assert.equal(reply.status, 422);
  }
  assert.equal((await server.request('GET', `/Patient?family=${family}&_count=20`)).status, 200);
});
