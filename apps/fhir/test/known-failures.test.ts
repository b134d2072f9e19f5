/** Failures of other FHIR servers that their users report, as far as they concern the REST API: each is tried here and must not happen. */
import assert from 'node:assert/strict';
import { after, before, test as tested } from 'node:test';
import { connect } from '@dhp/postgres';
import {
  entriesOf,
  get,
  idIn,
  issuesOf,
  observation,
  post,
  put,
  remove,
  send,
  statusesOf,
  urn,
  type EntryToSend,
} from './bundles.ts';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, bodyLimit: 64 * 1024 ** 2, logger: { level: 'silent' } });
});
after(() => server.close());

/** A test named after a failure that must not happen. */
function test(failure: string, attempt: () => Promise<void>): void {
  void tested(`it does not happen that ${failure}`, attempt);
}

let counter = 0;

function person(): { query: string; resource: Record<string, unknown> } {
  const value = `k${(counter += 1)}`;
  return {
    query: `identifier=urn:known|${value}`,
    resource: patient({ identifier: [{ system: 'urn:known', value }] }),
  };
}

function postIf(query: string, resource: Record<string, unknown>, fullUrl = urn()): EntryToSend {
  return { fullUrl, resource, request: { method: 'POST', url: 'Patient', ifNoneExist: query } };
}

async function countOf(query: string): Promise<unknown> {
  return (await server.request('GET', `/Patient?${query}&_summary=count`)).json['total'];
}

test('parallel conditional creates make duplicates, and every later conditional call then fails', async () => {
  const { query, resource } = person();
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      n % 2 === 0
        ? server.write('POST', '/Patient', resource, { 'if-none-exist': query })
        : send(server, 'transaction', [postIf(query, resource)]),
    ),
  );
  for (const { status, text } of replies) assert.ok(status === 200 || status === 201, text);
  assert.equal(await countOf(query), 1);
  assert.equal((await server.write('PUT', `/Patient?${query}`, resource)).status, 200);
  assert.equal((await send(server, 'transaction', [post(observation(`Patient?${query}`))])).status, 200);
});

test('Bundles that write the same resources in another order deadlock, those with criteria too', async () => {
  const people = Array.from({ length: 5 }, person);
  const ids = Array.from({ length: 10 }, (_, n) => `order-${n}`);
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, n) => {
      const entries = [
        ...ids.map((id) => put(id, { multipleBirthInteger: n })),
        ...people.map(({ query, resource }): EntryToSend => ({
          resource: { ...resource, multipleBirthInteger: n },
          request: { method: 'PUT', url: `Patient?${query}` },
        })),
      ];
      return send(server, 'transaction', n % 2 === 0 ? entries : entries.reverse());
    }),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  const written = await Promise.all(ids.map(async (id) => (await server.request('GET', `/Patient/${id}`)).json));
  assert.equal(new Set(written.map((each) => each['multipleBirthInteger'])).size, 1, 'the last one wrote all of them');
});

test('writes that have nothing to do with each other fail because of each other', async () => {
  const { query, resource } = person();
  const replies = await Promise.all(
    Array.from({ length: 120 }, (_, n) => {
      if (n % 4 === 0) return server.write('POST', '/Patient', patient());
      if (n % 4 === 1) return server.write('PUT', `/Patient/apart-${n}`, patient({ id: `apart-${n}` }));
      if (n % 4 === 2) return send(server, 'transaction', [post(patient()), put(`apart-${n}`)]);
      return server.write('PUT', `/Patient?${query}${n}`, {
        ...resource,
        identifier: [{ system: 'urn:known', value: `${query.split('|')[1]}${n}` }],
      });
    }),
  );
  for (const reply of replies) assert.ok(reply.status === 200 || reply.status === 201, reply.text);
});

test('what a transaction looks for by criteria was looked for before it began', async () => {
  const { query, resource } = person();
  const [made, changed] = await Promise.all([
    send(server, 'transaction', [...Array.from({ length: 100 }, () => post(patient())), postIf(query, resource)]),
    send(server, 'transaction', [{ resource, request: { method: 'PUT', url: `Patient?${query}` } }, post(patient())]),
  ]);
  assert.deepEqual([made.status, changed.status], [200, 200], made.text + changed.text);
  assert.equal(idIn(entriesOf(made)[100]), idIn(entriesOf(changed)[0]), 'both mean the same resource');
  assert.equal(await countOf(query), 1);
});

test('a transaction whose commit failed is reported as done, or cannot be sent again', async () => {
  const { query, resource } = person();
  const sql = connect(server.ownerUrl, { max: 1 });
  await sql.unsafe(`
    create function spoil() returns trigger language plpgsql as $$
    begin raise exception 'no commit for this one'; end $$;
    create constraint trigger spoil after insert or update on fhir.resource deferrable initially deferred
    for each row when (new.content like '%spoiled%') execute function spoil()`);
  await sql.end();
  const entries = [postIf(query, resource), post(patient({ name: [{ text: 'spoiled' }] }))];
  const failed = await send(server, 'transaction', entries);
  assert.deepEqual([failed.status, failed.code], [500, 'internal-error']);
  assert.equal(await countOf(query), 0);
  const again = await send(server, 'transaction', [postIf(query, resource), post(patient())]);
  assert.deepEqual(statusesOf(again), ['201 Created', '201 Created']);
});

test('a Bundle has too many entries, or too many conditional ones', async () => {
  const people = Array.from({ length: 300 }, person);
  const urls = people.map(urn);
  const entries = [
    ...people.map(({ query, resource }, n) => postIf(query, resource, urls[n])),
    ...Array.from({ length: 1_500 }, (_, n) => post(observation(urls[n % urls.length]!))),
  ];
  const first = await send(server, 'transaction', entries);
  assert.equal(first.status, 200, first.text.slice(0, 1_000));
  const second = await send(server, 'transaction', entries.slice(0, 400));
  assert.deepEqual(new Set(statusesOf(second)), new Set(['200 OK', '201 Created']));
  assert.equal(entriesOf(second)[299]?.response.location, entriesOf(first)[299]?.response.location);
});

test('of two conditional updates of one resource in a transaction one is dropped', async () => {
  const { query, resource } = person();
  await server.write('POST', '/Patient', resource);
  const update = (more: string): EntryToSend => ({
    resource,
    request: { method: 'PUT', url: `Patient?${query}${more}` },
  });
  const reply = await send(server, 'transaction', [post(patient()), update(''), update('&active=true')]);
  assert.deepEqual([reply.status, reply.code], [400, 'entries-overlap']);
  assert.deepEqual(
    issuesOf(reply).map(({ expression }) => expression?.[0]),
    ['Bundle.entry[1].request.url', 'Bundle.entry[2].request.url'],
  );
});

test('the error of a transaction does not say which entry is meant', async () => {
  const fullUrl = urn();
  for (const entry of [
    post({ resourceType: 'Patient', meta: 7 }, fullUrl),
    post(observation('Patient?identifier=nobody'), fullUrl),
    { fullUrl, ...put('said', {}, { ifMatch: 'W/"9"' }) },
    { fullUrl, ...remove('Patient?identifier=1&x=2') },
    { fullUrl, ...get('Patient/never-was') },
  ]) {
    const reply = await send(server, 'transaction', [post(patient()), put('fine'), entry]);
    assert.ok(reply.status >= 400 && reply.status < 500, reply.text);
    const [issue] = issuesOf(reply);
    assert.ok(issue?.expression?.[0]?.startsWith('Bundle.entry[2]'), reply.text);
    assert.ok(issue?.diagnostics?.includes(fullUrl), reply.text);
  }
  assert.equal((await server.request('GET', '/Patient/fine')).status, 404);
});

test('a version that is not the current one is a conflict (409) rather than a failed precondition (412)', async () => {
  await server.write('PUT', '/Patient/stale', patient({ id: 'stale' }));
  const replies = await Promise.all(
    [0, 1].map((n) =>
      server.write('PUT', '/Patient/stale', patient({ id: 'stale', multipleBirthInteger: n }), { 'if-match': 'W/"1"' }),
    ),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 412]);
});

test('a resource with many versions is slow to read', async () => {
  for (let n = 0; n < 1_000; n += 1) {
    const reply = await server.write('PUT', '/Patient/old', patient({ id: 'old', multipleBirthInteger: n }));
    assert.ok(reply.status < 300, reply.text);
  }
  assert.equal((await server.request('GET', '/Patient/old')).headers.get('etag'), 'W/"1000"');
  await server.write('PUT', '/Patient/young', patient({ id: 'young' }));
  const times: Record<string, number[]> = { old: [], young: [] };
  for (let n = 0; n < 200; n += 1) {
    for (const [id, list] of Object.entries(times)) {
      const begin = performance.now();
      await server.store.read('Patient', id);
      list.push(performance.now() - begin);
    }
  }
  const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length / 2]!;
  const [old, young] = [median(times['old']!), median(times['young']!)];
  assert.ok(old < 2 * young + 0.2, `${old} ms with 1,000 versions, ${young} ms with one`);
});

test('a large transaction holds up all small ones', async () => {
  const large = send(
    server,
    'transaction',
    Array.from({ length: 4_000 }, () => post(patient())),
  );
  const state = { isDone: false };
  const end = large.then((reply) => {
    state.isDone = true;
    return reply;
  });
  let before = 0;
  for (let n = 0; n < 20; n += 1) {
    const reply = await server.write('POST', '/Patient', patient());
    assert.equal(reply.status, 201);
    if (!state.isDone) before += 1;
  }
  assert.equal((await end).status, 200);
  assert.ok(before > 3, `only ${before} small writes were done before the large one`);
});

test('a criterion that the server does not know is ignored, and the wrong resource is changed or deleted', async () => {
  const { query, resource } = person();
  const made = await server.write('POST', '/Patient', resource);
  for (const [method, path] of [
    ['DELETE', `/Patient?${query}&birthday=2000-01-01`],
    ['DELETE', '/Patient?unknown=1'],
    ['PUT', `/Patient?${query}&Birthdate=2000-01-01`],
  ] as const) {
    for (const prefer of ['', 'handling=lenient']) {
      const headers = { 'content-type': 'application/fhir+json', prefer };
      const body = method === 'PUT' ? JSON.stringify(resource) : undefined;
      const reply = await server.request(
        method,
        path,
        body === undefined ? { headers: { prefer } } : { headers, body },
      );
      assert.deepEqual([reply.status, reply.code], [400, 'search-parameter-unknown'], `${method} ${path} ${prefer}`);
    }
  }
  assert.equal((await server.request('GET', `/Patient/${String(made.json['id'])}`)).headers.get('etag'), 'W/"1"');
});

test('a date without a zone is taken for one of Greenwich', async () => {
  const { query, resource } = person();
  const made = await server.write('POST', '/Patient', { ...resource, deceasedDateTime: '2026-11-24T20:30:00Z' });
  assert.equal(made.status, 201);
  // 01:30 of the next day in Tashkent.
  assert.equal(await countOf(`${query}&death-date=2026-11-25`), 1);
  assert.equal(await countOf(`${query}&death-date=2026-11-24`), 0);
  const { text } = await server.request('GET', '/metadata');
  assert.ok(text.includes('Asia/Tashkent'), 'the CapabilityStatement says which zone it is');
});
