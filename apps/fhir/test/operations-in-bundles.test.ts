/** Operations as entries of a batch or a transaction. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isForEntries } from '../src/pipeline/handle.ts';
import { routes } from '../src/routes.ts';
import {
  codeOf,
  entriesOf,
  get,
  issuesOf,
  observation,
  post,
  put,
  remove,
  send,
  statusesOf,
  type EntryToSend,
} from './bundles.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  await server.write('PUT', '/Patient/o1', patient({ id: 'o1' }));
});
after(() => server.close());

const gender = 'http://hl7.org/fhir/administrative-gender';

function ask(url: string, parameter: unknown[]): EntryToSend {
  return { request: { method: 'POST', url }, resource: { resourceType: 'Parameters', parameter } };
}

const lookup = ask('CodeSystem/$lookup', [
  { name: 'system', valueUri: gender },
  { name: 'code', valueCode: 'male' },
]);
const tag = { name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'a' }] } };
const check = (resource: unknown): EntryToSend => ask('Patient/$validate', [{ name: 'resource', resource }]);

for (const type of ['batch', 'transaction'] as const) {
  test(`the result of an operation in a ${type} is the resource of its entry`, async () => {
    const reply = await send(server, type, [
      lookup,
      get(`CodeSystem/$lookup?system=${encodeURIComponent(gender)}&code=female`),
      check(patient()),
      check({ ...patient(), gender: 'x' }),
      post(patient()),
    ]);
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual(statusesOf(reply), ['200 OK', '200 OK', '200 OK', '200 OK', '201 Created']);
    const [posted, asked, good, bad] = entriesOf(reply);
    for (const [entry, display] of [[posted, 'Male'] as const, [asked, 'Female'] as const]) {
      assert.equal(entry?.resource?.['resourceType'], 'Parameters');
      assert.equal(entry.response.outcome, undefined);
      const parameters = entry.resource['parameter'] as { name: string; valueString?: string }[];
      assert.equal(parameters.find(({ name }) => name === 'display')?.valueString, display);
    }
    const severities = (entry: typeof good): unknown[] =>
      (entry?.resource?.['issue'] as { severity: string }[]).map(({ severity }) => severity);
    assert.ok(!severities(good).includes('error'), reply.text);
    assert.ok(severities(bad).includes('error'), reply.text);
  });
}

test('in a transaction an operation that reads comes after the writes, whatever its method', async () => {
  const reply = await send(server, 'transaction', [ask('Patient/o2/$meta', []), put('o2', { meta: tag.valueMeta })]);
  assert.deepEqual(statusesOf(reply), ['200 OK', '201 Created'], reply.text);
  assert.match(JSON.stringify(entriesOf(reply)[0]?.resource), /"code":"a"/);
});

test('the same resource may be asked about by many operations and written by one entry', async () => {
  for (const type of ['batch', 'transaction'] as const) {
    const id = `asked-${type}`;
    const question = ask(`Patient/${id}/$meta`, []);
    assert.deepEqual(statusesOf(await send(server, type, [question, question, put(id)])), [
      '200 OK',
      '200 OK',
      '201 Created',
    ]);
  }
});

test('an operation that may store is done in a batch, and refused in a transaction before anything is stored', async () => {
  const add = ask('Patient/o1/$meta-add', [tag]);
  const reply = await send(server, 'batch', [add]);
  assert.deepEqual(statusesOf(reply), ['200 OK']);
  assert.equal(entriesOf(reply)[0]?.resource?.['resourceType'], 'Parameters');
  for (const entry of [add, ask('Composition/c1/$document', [{ name: 'persist', valueBoolean: true }])]) {
    const refused = await send(server, 'transaction', [put('o3'), entry]);
    assert.equal(refused.status, 400);
    assert.deepEqual(issuesOf(refused)[0]?.expression, ['Bundle.entry[1].request.url']);
    assert.equal((await server.request('GET', '/Patient/o3')).status, 404);
  }
});

test('an operation that fails has its outcome in a batch, and undoes a transaction', async () => {
  const unknown = ask('CodeSystem/$lookup', [
    { name: 'system', valueUri: gender },
    { name: 'code', valueCode: 'nobody' },
  ]);
  const reply = await send(server, 'batch', [put('o4'), unknown]);
  assert.equal(statusesOf(reply)[0], '201 Created');
  assert.match(statusesOf(reply)[1] ?? '', /^4/);
  assert.notEqual(codeOf(entriesOf(reply)[1]), undefined);
  const undone = await send(server, 'transaction', [put('o5'), unknown]);
  assert.ok(undone.status >= 400 && undone.status < 500);
  assert.equal((await server.request('GET', '/Patient/o5')).status, 404);
});

/** Every way to read about one resource that an entry can ask for, by the table of routes. */
const readsOfOne = routes
  .filter((route) => isForEntries(route) && /^\/:(?:type|compartment)\/:id/.test(route.path))
  .filter(({ method, isSafe = method === 'GET' }) => isSafe && (method === 'GET' || method === 'POST'))
  .map(({ method, path, types = ['Patient'] }) => {
    const places = { ':compartment': 'Patient', ':id': 'seen', ':versionId': '1' };
    const type = path.startsWith('/:compartment') ? 'Observation' : types[0]!;
    const url = path.slice(1).replaceAll(/:\w+/g, (name) => (places as Record<string, string>)[name] ?? type);
    return { method, url };
  });

test('the reads of a transaction answer as the same requests do after it, whatever they look at beside their own resource', async () => {
  const composition = {
    ...{
      resourceType: 'Composition',
      id: 'seen',
      status: 'final',
      type: { text: 'x' },
      date: '2026-11-25',
      title: 'x',
    },
    ...{ subject: [{ reference: 'Patient/seen' }], author: [{ reference: 'Patient/named' }] },
  };
  const encounter = { resourceType: 'Encounter', id: 'seen', status: 'planned' };
  const of = (id: string, subject: string, more: object = {}): EntryToSend => ({
    resource: { ...observation(subject), id, ...more },
    request: { method: 'PUT', url: `Observation/${id}` },
  });
  const before = await send(server, 'transaction', [
    ...[put('seen'), put('named'), of('goes', 'Patient/seen'), of('moves', 'Patient/seen')],
    { resource: composition, request: { method: 'PUT', url: 'Composition/seen' } },
    { resource: encounter, request: { method: 'PUT', url: 'Encounter/seen' } },
  ]);
  assert.equal(before.status, 200, before.text);
  const alone = ({ method, url }: (typeof readsOfOne)[number]): Promise<Reply> =>
    method === 'GET'
      ? server.request('GET', `/${url}`)
      : server.write('POST', `/${url}`, { resourceType: 'Parameters', parameter: [] });
  const answered: typeof readsOfOne = [];
  for (const one of readsOfOne) if ((await alone(one)).status === 200) answered.push(one);
  assert.ok(answered.length >= 10, JSON.stringify(answered));

  const ifMatch = 'W/"1"';
  const writes = [
    ...[put('named', { active: false }, { ifMatch }), remove('Observation/goes')],
    of('moves', 'Patient/named', {}),
    post({ ...observation('Patient/seen'), encounter: { reference: 'Encounter/seen' } }),
  ].map((entry) => (entry.request?.['url'] === 'Observation/moves' ? withMatch(entry, ifMatch) : entry));
  const reads = answered.map(({ method, url }) => (method === 'GET' ? get(url) : ask(url, [])));
  const reply = await send(server, 'transaction', [...reads, ...writes]);
  assert.equal(reply.status, 200, reply.text);
  for (const [n, one] of answered.entries()) {
    const after = await alone(one);
    const within = entriesOf(reply)[n]!;
    assert.match(within.response.status, /^200/, `${one.method} ${one.url}`);
    assert.deepEqual(lasting(within.resource), lasting(after.json), `${one.method} ${one.url}`);
  }
});

function withMatch({ request, ...entry }: EntryToSend, ifMatch: string): EntryToSend {
  return { ...entry, request: { ...request, ifMatch } };
}

/** Without what is another one each time that it is requested. */
function lasting(resource: unknown): unknown {
  const { timestamp: _, link: __, ...rest } = resource as Record<string, unknown>;
  return rest['type'] === 'document' ? { ...rest, identifier: undefined } : rest;
}

const letters = (id: string, codes: readonly string[]): Record<string, unknown> => ({
  ...{ resourceType: 'CodeSystem', id, url: `urn:letters:${id}`, status: 'active', content: 'complete' },
  concept: codes.map((code) => ({ code, display: code.toUpperCase() })),
});
const allOf = (id: string, system: string): Record<string, unknown> => ({
  ...{ resourceType: 'ValueSet', id, url: `urn:set:${id}`, status: 'active', compose: { include: [{ system }] } },
});
const putting = (resource: Record<string, unknown>): EntryToSend => ({
  resource,
  request: { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
});
const resultOf = (resource: Record<string, unknown> | undefined, name: string): unknown =>
  Object.values((resource?.['parameter'] as { name: string }[]).find((one) => one.name === name) ?? {})[1];

test('a transaction can be asked about the codes that it writes', async () => {
  const [system, url] = ['urn:letters:t1', 'urn:set:t1'];
  const reply = await send(server, 'transaction', [
    get(`CodeSystem/$lookup?system=${system}&code=a`),
    get('CodeSystem/t1/$validate-code?code=b'),
    get(`ValueSet/$validate-code?url=${url}&system=${system}&code=a`),
    get(`ValueSet/$expand?url=${url}`),
    get('ValueSet/t1/$expand'),
    get(`Patient?gender:in=${url}`),
    putting(letters('t1', ['a', 'b'])),
    putting(allOf('t1', system)),
  ]);
  assert.equal(reply.status, 200, reply.text);
  const [looked, known, member, expanded, there, found] = entriesOf(reply).map(({ resource }) => resource);
  assert.equal(resultOf(looked, 'display'), 'A');
  assert.deepEqual([resultOf(known, 'result'), resultOf(member, 'result')], [true, true]);
  for (const set of [expanded, there]) assert.equal((set?.['expansion'] as { total: number }).total, 2);
  assert.equal(found?.['resourceType'], 'Bundle');
});

test('it sees what is new, and not what was there before', async () => {
  const system = 'urn:letters:t2';
  await server.write('PUT', '/CodeSystem/t2', letters('t2', ['a']));
  const changed = putting(letters('t2', ['b']));
  const look = (code: string): EntryToSend => get(`CodeSystem/$lookup?system=${system}&code=${code}`);
  const refused = await send(server, 'transaction', [changed, look('a')]);
  assert.ok(refused.status >= 400, refused.text);
  const now = await server.request('GET', `/CodeSystem/$lookup?system=${system}&code=a`);
  assert.equal(resultOf(now.json, 'display'), 'A', 'nothing is stored');
  for (const gone of [remove('CodeSystem/t2'), putting({ ...letters('t2', ['a']), url: 'urn:letters:other' })])
    assert.ok((await send(server, 'transaction', [gone, look('a')])).status >= 400);
  const reply = await send(server, 'transaction', [
    { ...changed, request: { ...changed.request, ifMatch: 'W/"1"' } },
    look('b'),
  ]);
  assert.deepEqual(statusesOf(reply), ['200 OK', '200 OK'], reply.text);
  assert.equal(resultOf(entriesOf(reply)[1]?.resource, 'display'), 'B');
});

test('it sees what its patches make of terminology', async () => {
  const system = 'urn:letters:t3';
  await server.write('PUT', '/CodeSystem/t3', letters('t3', ['a']));
  const look = (code: string): EntryToSend => get(`CodeSystem/$lookup?system=${system}&code=${code}`);
  const patching = (operations: object[], more: object = {}): EntryToSend => ({
    resource: {
      ...{ resourceType: 'Binary', contentType: 'application/json-patch+json' },
      data: Buffer.from(JSON.stringify(operations)).toString('base64'),
    },
    request: { method: 'PATCH', url: 'CodeSystem/t3', ...more },
  });
  const toB = patching([{ op: 'replace', path: '/concept/0', value: { code: 'b', display: 'B' } }]);
  const gone = await send(server, 'transaction', [toB, look('a')]);
  assert.ok(gone.status >= 400, gone.text);
  const reply = await send(server, 'transaction', [toB, look('b'), get('CodeSystem/t3/$validate-code?code=b')]);
  assert.equal(reply.status, 200, reply.text);
  const [, looked, known] = entriesOf(reply).map(({ resource }) => resource);
  assert.deepEqual([resultOf(looked, 'display'), resultOf(known, 'result')], ['B', true]);
  // A patch that fails is refused by its own words.
  const failing = await send(server, 'transaction', [patching([{ op: 'remove', path: '/concept/7' }]), look('b')]);
  assert.match(JSON.stringify(issuesOf(failing)), /patch-/);
});
