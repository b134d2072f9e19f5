import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { put, send } from './bundles.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
const composition = {
  resourceType: 'Composition',
  id: 'c1',
  status: 'final',
  type: { text: 'x' },
  date: '2026-11-25',
  title: 'x',
  contained: [{ resourceType: 'Basic', id: 'inside', code: { text: 'x' } }],
  subject: [{ reference: 'Patient/p1' }],
  author: [{ reference: 'Practitioner/d1' }, { reference: 'https://elsewhere.example/fhir/Practitioner/2' }],
  attester: [{ mode: { text: 'x' }, party: { reference: 'Practitioner/d1' } }],
  section: [
    { entry: [{ reference: 'Observation/o1' }], section: [{ focus: { reference: 'Patient/p2/_history/1' }, text }] },
    { entry: [{ reference: '#inside' }, { identifier: { value: 'x' } }] },
  ],
};

function stored(resource: { resourceType: string; id: string }): object {
  const url = `${resource.resourceType}/${resource.id}`;
  return { resource, request: { method: 'PUT', url } };
}

before(async () => {
  server = await startServer({ requireIfMatch: false });
  const observation =
    '{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}';
  const headers = { 'content-type': 'application/fhir+json' };
  assert.equal((await server.request('PUT', '/Observation/o1', { headers, body: observation })).status, 201);
  const reply = await send(server, 'transaction', [
    put('p1'),
    put('p2', { active: false }),
    stored({ resourceType: 'Practitioner', id: 'd1' }),
    stored(composition),
  ]);
  assert.equal(reply.status, 200, reply.text);
  await server.write('PUT', '/Patient/p2', { resourceType: 'Patient', id: 'p2', active: true });
});
after(() => server.close());

interface Entry {
  fullUrl: string;
  resource: { resourceType: string; id: string; active?: boolean };
}

function entriesIn(reply: Reply): Entry[] {
  assert.equal(reply.status, 200, reply.text);
  return reply.json['entry'] as Entry[];
}

test('a document is the Composition and what it refers to, each once, as bdl-9 to bdl-11 want it', async () => {
  const reply = await server.request('GET', '/Composition/c1/$document');
  const entries = entriesIn(reply);
  assert.deepEqual(
    entries.map(({ fullUrl }) => fullUrl.slice(baseUrl.length + 1)),
    ['Composition/c1', 'Patient/p1', 'Practitioner/d1', 'Observation/o1', 'Patient/p2'],
  );
  const { type, timestamp, identifier } = reply.json as { type: string; timestamp: string; identifier: object };
  assert.equal(type, 'document');
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT.*\+05:00$/);
  assert.deepEqual(Object.keys(identifier), ['system', 'value']);
  assert.equal(entries[4]?.resource.active, false, 'the version that is named');
  assert.ok(reply.text.includes('1.50'), 'decimals keep their text');
  assert.equal((await server.request('GET', '/Bundle')).json['total'] ?? 0, 0, 'nothing is stored');
});

test('what is referred to below the own base URL is in it, too: that is this server', async () => {
  const subject = [{ reference: `${baseUrl}/Patient/p1` }];
  const whole = { ...composition, id: 'c4', subject, attester: undefined, contained: undefined };
  const section = [{ entry: [{ reference: `${baseUrl}/Patient/p2/_history/1` }, { reference: 'Patient/p1' }] }];
  assert.equal((await server.write('PUT', '/Composition/c4', { ...whole, section })).status, 201);
  const entries = entriesIn(await server.request('GET', '/Composition/c4/$document'));
  assert.deepEqual(
    entries.map(({ fullUrl }) => fullUrl.slice(baseUrl.length + 1)),
    ['Composition/c4', 'Patient/p1', 'Practitioner/d1', 'Patient/p2'],
  );
  assert.equal(entries[3]?.resource.active, false, 'the version that is named');
});

test('it is stored when that is asked for, by POST', async () => {
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'persist', valueBoolean: true }] };
  const post = (token?: string): Promise<Reply> =>
    server.request('POST', '/Composition/c1/$document', {
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify(parameters),
      ...(token === undefined ? {} : { token }),
    });
  const reply = await post();
  assert.equal(reply.status, 200, reply.text);
  const location = reply.headers.get('location') ?? '';
  assert.equal(location, `${baseUrl}/Bundle/${String(reply.json['id'])}`);
  const kept = await server.request('GET', location.slice(baseUrl.length));
  assert.equal(kept.text, reply.text);
  assert.equal((await server.request('GET', '/Composition/c1/$document?persist=true')).code, 'parameter-invalid');
  assert.equal((await server.request('GET', '/Composition/c1/$document?persist=false')).status, 200);
  assert.equal((await server.request('GET', '/Composition/c1/$document?graph=x')).code, 'parameter-unknown');
  const reader = await server.sso.token({ scope: 'system/*.rs' });
  assert.equal((await post(reader)).status, 403);
  const some = await server.sso.token({ scope: 'system/Composition.r' });
  assert.equal((await server.request('GET', '/Composition/c1/$document', { token: some })).status, 403);
});

test('what is not there any more makes no document', async () => {
  const incomplete = { ...composition, id: 'c2', subject: [{ reference: 'Patient/nobody' }] };
  await server.write('PUT', '/Composition/c2', incomplete);
  const reply = await server.request('GET', '/Composition/c2/$document');
  assert.deepEqual([reply.status, reply.code], [422, 'document-incomplete']);
  const [issue] = reply.json['issue'] as [{ expression: string[] }];
  assert.deepEqual(issue.expression, ['Composition.subject[0].reference']);
  assert.equal((await server.request('GET', '/Composition/c3/$document')).status, 404);
});

test('a document that is sent is a Bundle like any other, if it is one', async () => {
  const { json } = await server.request('GET', '/Composition/c1/$document');
  const made = await server.write('POST', '/Bundle', json);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.json['entry'], json['entry'], 'nothing in it is changed');
  for (const [change, place] of [
    [{ identifier: undefined }, 'Bundle.identifier'],
    [{ identifier: { value: 'x' } }, 'Bundle.identifier'],
    [{ timestamp: undefined }, 'Bundle.timestamp'],
    [{ entry: (json['entry'] as unknown[]).slice(1) }, 'Bundle.entry[0].resource'],
    [{ entry: [] }, 'Bundle.entry[0].resource'],
  ] as const) {
    const reply = await server.write('POST', '/Bundle', { ...json, ...change });
    assert.deepEqual([reply.status, reply.code], [422, 'document-invalid'], place);
    assert.deepEqual((reply.json['issue'] as [{ expression: string[] }])[0].expression, [place]);
  }
  assert.equal((await server.write('POST', '', json)).code, 'bundle-type-unsupported');
});

test('of several that are missing the first is named, however long it takes to hide it from the caller', async () => {
  const observation = { resourceType: 'Observation', id: 'o-hidden', status: 'final', code: { text: 'x' } };
  await server.write('PUT', '/Observation/o-hidden', observation);
  const entry = [{ reference: 'Observation/o-hidden' }, { reference: 'Observation/absent' }];
  // Contained resources have to be referred to.
  const { contained: _, ...rest } = composition;
  const written = await server.write('PUT', '/Composition/c-hidden', { ...rest, id: 'c-hidden', section: [{ entry }] });
  assert.equal(written.status, 201, written.text);
  // Only the database knows whether the existing one may be seen.
  const scope = 'system/Composition.r system/Patient.r system/Practitioner.r';
  const narrowed = 'system/Observation.r?_has:Observation:has-member:status=final';
  const token = await server.sso.token({ scope: `${scope} ${narrowed}` });
  for (let n = 0; n < 5; n += 1) {
    const reply = await server.request('GET', '/Composition/c-hidden/$document', { token });
    assert.equal(reply.code, 'document-incomplete', reply.text);
    assert.match(reply.sentence, /Observation\/o-hidden/);
  }
});
