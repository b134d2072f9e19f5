import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  codeOf,
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
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

const system = 'https://id.example.uz';
let counter = 0;

/** An identifier that no other test has. */
function identifier(): { query: string; resource: Record<string, unknown> } {
  const value = `e${(counter += 1)}`;
  return { query: `identifier=${system}|${value}`, resource: patient({ identifier: [{ system, value }] }) };
}

function postIf(query: string, resource: Record<string, unknown>, fullUrl?: string): EntryToSend {
  const entry = post(resource, fullUrl);
  return { ...entry, request: { ...entry.request, ifNoneExist: query } };
}

function putIf(query: string, resource: Record<string, unknown>, more: object = {}): EntryToSend {
  return { resource, request: { method: 'PUT', url: `Patient?${query}`, ...more } };
}

function patchIf(query: string, ...operations: object[]): EntryToSend {
  const data = Buffer.from(JSON.stringify(operations)).toString('base64');
  const resource = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  return { resource, request: { method: 'PATCH', url: `Patient?${query}` } };
}

async function created(resource: Record<string, unknown>): Promise<string> {
  const reply = await server.write('POST', '/Patient', resource);
  assert.equal(reply.status, 201, reply.text);
  return String(reply.json['id']);
}

async function subjectOf(reply: Reply, n: number): Promise<unknown> {
  const { json } = await server.request('GET', `/Observation/${idIn(entriesOf(reply)[n])}`);
  return (json['subject'] as { reference: string }).reference;
}

async function countOf(query: string): Promise<unknown> {
  return (await server.request('GET', `/Patient?${encodeURI(query)}&_summary=count`)).json['total'];
}

test('a conditional create in a transaction: made once, and what refers to it finds it both times', async () => {
  const { query, resource } = identifier();
  const fullUrl = urn();
  const entries = [postIf(query, resource, fullUrl), post(observation(fullUrl))];
  const first = await send(server, 'transaction', entries);
  assert.deepEqual(statusesOf(first), ['201 Created', '201 Created'], first.text);
  const second = await send(server, 'transaction', entries);
  assert.deepEqual(statusesOf(second), ['200 OK', '201 Created'], second.text);
  const [one, other] = [entriesOf(first)[0], entriesOf(second)[0]];
  assert.equal(other?.response.location, one?.response.location);
  assert.equal(await subjectOf(first, 1), `Patient/${idIn(one)}`);
  assert.equal(await subjectOf(second, 1), `Patient/${idIn(one)}`);
  assert.equal(await countOf(query), 1);
});

test('conditional update, patch and delete in a transaction', async () => {
  const [made, changed, patched, gone] = [identifier(), identifier(), identifier(), identifier()];
  const ids = await Promise.all([changed, patched, gone].map(({ resource }) => created(resource)));
  const reply = await send(server, 'transaction', [
    putIf(made.query, made.resource),
    putIf(changed.query, { ...changed.resource, active: false }),
    patchIf(patched.query, { op: 'remove', path: '/active' }),
    remove(`Patient?${gone.query}`),
    get(`Patient/${ids[0]}`),
  ]);
  assert.deepEqual(statusesOf(reply), ['201 Created', '200 OK', '200 OK', '204 No Content', '200 OK'], reply.text);
  const [, second, third, , read] = entriesOf(reply);
  assert.deepEqual([idIn(second), idIn(third)], [ids[0], ids[1]]);
  assert.equal(read?.resource?.['active'], false, 'a read sees what the transaction wrote');
  assert.equal((await server.request('GET', `/Patient/${ids[1]}`)).json['active'], undefined);
  assert.equal((await server.request('GET', `/Patient/${ids[2]}`)).status, 410);
});

test('a conditional delete of several in a transaction needs its limit and reports all', async () => {
  const { query, resource } = identifier();
  const ids = [await created(resource), await created(resource)];
  const refused = await send(server, 'transaction', [post(patient()), remove(`Patient?${query}`)]);
  assert.deepEqual([refused.status, refused.code], [412, 'multiple-matches']);
  assert.deepEqual(issuesOf(refused)[0]?.expression, ['Bundle.entry[1]']);
  const reply = await send(server, 'transaction', [remove(`Patient?${query}&_count=5`), post(patient())], {
    prefer: 'return=OperationOutcome',
  });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(entriesOf(reply)[0]?.response.outcome?.issue.length, 2);
  for (const id of ids) assert.equal((await server.request('GET', `/Patient/${id}`)).status, 410);
});

test('conditional references lead to what is stored', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  for (const type of ['transaction', 'batch'] as const) {
    const reply = await send(server, type, [
      post(observation(`Patient?${query}`)),
      post(observation(`Patient?${query}`)),
    ]);
    assert.deepEqual(statusesOf(reply), ['201 Created', '201 Created'], reply.text);
    for (const n of [0, 1]) assert.equal(await subjectOf(reply, n), `Patient/${id}`);
  }
});

test('conditional references lead to what the same transaction makes, and not to what it deletes', async () => {
  const [one, two] = [identifier(), identifier()];
  const made = await send(server, 'transaction', [
    post(observation(`Patient?${one.query}`)),
    post(one.resource),
    postIf(two.query, two.resource),
    post(observation(`Patient?${two.query}`)),
  ]);
  assert.equal(made.status, 200, made.text);
  const entries = entriesOf(made);
  assert.equal(await subjectOf(made, 0), `Patient/${idIn(entries[1])}`);
  assert.equal(await subjectOf(made, 3), `Patient/${idIn(entries[2])}`);
  const deleted = await send(server, 'transaction', [
    remove(`Patient/${idIn(entries[1])}`),
    post(observation(`Patient?${one.query}`)),
  ]);
  assert.deepEqual([deleted.status, deleted.code], [412, 'reference-no-match']);
  const replaced = await send(server, 'transaction', [
    put(idIn(entries[2]), { identifier: [] as object[] }),
    post(observation(`Patient?${two.query}`)),
  ]);
  assert.deepEqual([replaced.status, replaced.code], [412, 'reference-no-match'], 'it no longer has the identifier');
});

test('a conditional reference that finds nothing or several fails the transaction, with the element named', async () => {
  const { query, resource } = identifier();
  const ids = [await created(resource), await created(resource)];
  const place = 'Bundle.entry[1].resource.ofType(Observation).subject.reference';
  for (const [reference, code, status] of [
    ['Patient?identifier=nobody', 'reference-no-match', 412],
    [`Patient?${query}`, 'multiple-matches', 412],
    ['Patient?birthday=2000', 'search-parameter-unknown', 400],
    ['Patient?', 'criteria-missing', 400],
    ['Patient?identifier=1&_count=1', 'search-combination-invalid', 400],
  ] as const) {
    const reply = await send(server, 'transaction', [put('r1'), post(observation(reference))]);
    assert.deepEqual([reply.status, reply.code, issuesOf(reply)[0]?.expression], [status, code, [place]], reference);
    if (code === 'multiple-matches') for (const id of ids) assert.ok(reply.diagnostics.includes(`Patient/${id}`));
  }
  assert.equal((await server.request('GET', '/Patient/r1')).status, 404);
});

test('entries that turn out to write the same resource are refused, both named', async () => {
  const { query, resource } = identifier();
  const { query: free, resource: other } = identifier();
  const id = await created({ ...resource, birthDate: '2001-02-03' });
  const cases: [string, EntryToSend, EntryToSend][] = [
    ['two updates by different criteria', putIf(query, resource), putIf(`${query}&birthdate=2001-02-03`, resource)],
    ['an update by criteria and one by id', putIf(query, resource), put(id)],
    ['a delete by criteria and an update by id', remove(`Patient?${query}`), put(id)],
    ['a create that exists and a delete', postIf(query, resource), remove(`Patient/${id}`)],
    ['a patch and an update', patchIf(query, { op: 'remove', path: '/active' }), put(id)],
    ['the same criteria twice', postIf(free, other), postIf(free, other)],
    ['one makes what the other looks for', postIf(free, other), post(other)],
    ['one makes what the other looks for, by more', postIf(free, other), postIf(`${free}&active=true`, other)],
  ];
  for (const [what, one, two] of cases) {
    const reply = await send(server, 'transaction', [put('o9'), one, get('Patient/o9'), two]);
    assert.deepEqual([reply.status, reply.code], [400, 'entries-overlap'], `${what}: ${reply.text}`);
    const named = issuesOf(reply).map(({ expression }) => expression?.[0]);
    assert.deepEqual(named, ['Bundle.entry[1].request.url', 'Bundle.entry[3].request.url'], what);
    assert.ok(reply.sentence.includes('Bundle.entry[1]') && reply.sentence.includes('Bundle.entry[3]'), what);
  }
  assert.equal((await server.request('GET', '/Patient/o9')).status, 404);
  assert.equal((await server.request('GET', `/Patient/${id}`)).headers.get('etag'), 'W/"1"');
});

test('in a batch every entry is conditional by itself', async () => {
  const { query, resource } = identifier();
  const reply = await send(server, 'batch', [
    ...Array.from({ length: 8 }, () => postIf(query, resource)),
    patchIf('identifier=nobody', { op: 'remove', path: '/active' }),
  ]);
  const entries = entriesOf(reply);
  const statuses = statusesOf(reply).slice(0, 8).sort();
  assert.deepEqual(statuses, [...Array<string>(7).fill('200 OK'), '201 Created']);
  assert.equal(new Set(entries.slice(0, 8).map(idIn)).size, 1);
  assert.equal(codeOf(entries[8]), 'criteria-no-match');
});

test('ifMatch and ifNoneMatch hold on conditional entries', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  for (const [entry, code] of [
    [putIf(query, resource, { ifMatch: 'W/"7"' }), 'version-mismatch'],
    [putIf(query, resource, { ifNoneMatch: '*' }), 'resource-exists'],
    [remove(`Patient?${query}`, { ifMatch: 'W/"7"' }), 'version-mismatch'],
  ] as const) {
    const reply = await send(server, 'transaction', [entry]);
    assert.deepEqual([reply.status, reply.code], [412, code]);
  }
  const known = await send(server, 'transaction', [get(`Patient/${id}`, { ifNoneMatch: 'W/"1"' }), put('m9')]);
  assert.deepEqual(statusesOf(known), ['304 Not Modified', '201 Created']);
});

test('50 parallel transactions with one conditional create make one resource, and all refer to it', async () => {
  const { query, resource } = identifier();
  const fullUrl = urn();
  const replies = await Promise.all(
    Array.from({ length: 50 }, () =>
      send(server, 'transaction', [postIf(query, resource, fullUrl), post(observation(fullUrl))]),
    ),
  );
  const first = replies.map((reply) => statusesOf(reply)[0]).sort();
  assert.deepEqual(
    first,
    [...Array<string>(49).fill('200 OK'), '201 Created'],
    replies.find(({ status }) => status !== 200)?.text,
  );
  const subjects = new Set(await Promise.all(replies.map((reply) => subjectOf(reply, 1))));
  assert.deepEqual([...subjects], [`Patient/${idIn(entriesOf(replies[0]!)[0])}`]);
  assert.equal(await countOf(query), 1);
});

test('parallel transactions with conditional entries in different order do not block each other for good', async () => {
  const all = Array.from({ length: 6 }, identifier);
  const replies = await Promise.all(
    Array.from({ length: 18 }, (_, n) => {
      const order = n % 2 === 0 ? all : [...all].reverse();
      return send(
        server,
        'transaction',
        order.map(({ query, resource }) => putIf(query, { ...resource, multipleBirthInteger: n })),
      );
    }),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  for (const { query } of all) assert.equal(await countOf(query), 1);
});

test('a reference waits for what another transaction is just making', async () => {
  const { query, resource } = identifier();
  const [made, referring] = await Promise.all([
    send(server, 'transaction', [postIf(query, resource), ...Array.from({ length: 40 }, () => post(patient()))]),
    send(server, 'transaction', [post(observation(`Patient?${query}`)), postIf(query, resource)]),
  ]);
  assert.deepEqual([made.status, referring.status], [200, 200], referring.text);
  assert.equal(await countOf(query), 1);
});

test('a read that cannot succeed behind entries with criteria refuses the transaction', async () => {
  const identifier = [{ system: 'urn:reads', value: '1' }];
  const made = { resource: patient({ identifier }), request: { method: 'PUT', url: 'Patient?identifier=urn:reads|1' } };
  for (const url of ['Patient/nobody-here', 'Patient/nobody-here/_history/1']) {
    const absent = await send(server, 'transaction', [made, { request: { method: 'GET', url } }]);
    assert.equal(absent.status, 404, absent.text);
  }
  const search = async (): Promise<unknown> =>
    (await server.request('GET', '/Patient?identifier=urn:reads|1')).json['total'];
  assert.equal(await search(), 0, 'nothing is stored');
  const named = { ...made, resource: patient({ id: 'reads-1', identifier }) };
  const own = { request: { method: 'GET', url: 'Patient/reads-1' } };
  const both = await send(server, 'transaction', [named, own]);
  assert.equal(both.status, 200, both.text);
  const gone = { request: { method: 'DELETE', url: 'Patient?identifier=urn:reads|1' } };
  const refused = await send(server, 'transaction', [gone, own]);
  assert.deepEqual([refused.status, refused.code], [410, 'resource-deleted'], refused.text);
  assert.equal(await search(), 1, 'nothing is deleted');
});

test('a read of a version that is a deletion refuses the transaction, whatever that writes', async () => {
  await send(server, 'batch', [
    { resource: patient({ id: 'ended' }), request: { method: 'PUT', url: 'Patient/ended' } },
  ]);
  assert.equal((await server.request('DELETE', '/Patient/ended')).status, 200);
  const again = { resource: patient({ id: 'ended' }), request: { method: 'PUT', url: 'Patient/ended' } };
  const read = { request: { method: 'GET', url: 'Patient/ended/_history/2' } };
  const reply = await send(server, 'transaction', [again, read]);
  assert.deepEqual([reply.status, reply.code], [410, 'resource-deleted'], reply.text);
  assert.equal((await server.request('GET', '/Patient/ended')).status, 410, 'nothing is stored');
});
