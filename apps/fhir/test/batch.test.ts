import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, entriesOf, get, idIn, observation, post, put, remove, send, statusesOf, urn } from './bundles.ts';
import { baseUrl, patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('every entry has its own outcome, in the order of the request', async () => {
  await server.write('PUT', '/Patient/b1', patient({ id: 'b1' }));
  await server.write('PUT', '/Patient/b2', patient({ id: 'b2' }));
  const reply = await send(server, 'batch', [
    get('Patient/b1'),
    post(patient()),
    put('b3'),
    put('b1', { active: false }, { ifMatch: 'W/"9"' }),
    remove('Patient/b2'),
    get('Patient/none'),
    get('Patient/b1/_history/1'),
    get('Patient/b1/_history'),
    post(observation('Patient/b1'), urn()),
  ]);
  assert.equal(reply.status, 200);
  assert.equal(reply.json['resourceType'], 'Bundle');
  assert.equal(reply.json['type'], 'batch-response');
  assert.deepEqual(statusesOf(reply), [
    '200 OK',
    '201 Created',
    '201 Created',
    '412 Precondition Failed',
    '204 No Content',
    '404 Not Found',
    '200 OK',
    '200 OK',
    '201 Created',
  ]);
  const [read, created, updated, mismatch, , missing, version, history] = entriesOf(reply);
  assert.equal(read?.fullUrl, `${baseUrl}/Patient/b1`);
  assert.equal(read.resource?.['id'], 'b1');
  assert.equal(created?.resource, undefined);
  assert.match(created?.response.location ?? '', /^Patient\/[0-9a-f-]{36}\/_history\/1$/);
  assert.equal(created?.response.etag, 'W/"1"');
  assert.match(created.response.lastModified ?? '', /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}\+05:00$/);
  assert.equal(updated?.response.location, 'Patient/b3/_history/1');
  assert.equal(codeOf(mismatch), 'version-mismatch');
  assert.equal(codeOf(missing), 'resource-not-found');
  assert.deepEqual(missing?.response.outcome?.issue[0]?.expression, ['Bundle.entry[5]']);
  assert.equal(version?.resource?.['id'], 'b1');
  assert.equal(history?.resource?.['type'], 'history');
  assert.equal((await server.request('GET', `/Patient/${idIn(created)}`)).status, 200);
  assert.equal((await server.request('GET', '/Patient/b2')).status, 410);
  assert.equal((await server.request('GET', '/Patient/b1')).headers.get('etag'), 'W/"1"');
});

test('resources keep their text', async () => {
  const resource =
    '{ "resourceType":"Observation",\n "id":"t1", "status":"final","code":{"text":"x"}, "valueQuantity":{"value":  0.10e1} }';
  const body = `{"type":"batch","entry":[{"request":{"url":"Observation/t1","method":"PUT"},"resource":${resource}}],"resourceType":"Bundle"}`;
  const reply = await server.request('POST', '/', { headers: { 'content-type': 'application/json' }, body });
  assert.deepEqual(statusesOf(reply), ['201 Created']);
  const { text } = await server.request('GET', '/Observation/t1');
  assert.match(text, /"valueQuantity":\{"value": {2}0\.10e1\} \}$/);
  const again = await send(server, 'batch', [get('Observation/t1')]);
  assert.ok(again.text.includes(text), 'a read is the stored bytes');
});

test('Prefer says what comes back', async () => {
  const entries = [post(patient()), put('p1'), remove('Patient/p0')];
  const wanted = async (value: string): Promise<ReturnType<typeof entriesOf>> =>
    entriesOf(await send(server, 'batch', entries, { prefer: value }));
  const [created, , deleted] = await wanted('return=representation');
  assert.equal(created?.resource?.['id'], idIn(created));
  assert.equal(created.fullUrl, `${baseUrl}/Patient/${idIn(created)}`);
  assert.equal(codeOf(deleted), 'nothing-to-delete');
  const [described] = await wanted('handling=strict; return=OperationOutcome');
  assert.equal(codeOf(described), 'created');
  assert.equal(described?.resource, undefined);
  const [minimal] = await wanted('handling=strict');
  assert.deepEqual(Object.keys(minimal ?? {}), ['response']);
});

test('conditional reads are answered 304, HEAD without a resource', async () => {
  await server.write('PUT', '/Patient/c1', patient({ id: 'c1' }));
  const reply = await send(server, 'batch', [
    get('Patient/c1', { ifNoneMatch: 'W/"1"' }),
    get('Patient/c1', { ifModifiedSince: '2100-01-01T00:00:00Z' }),
    get('Patient/c1', { ifNoneMatch: 'W/"2"' }),
    { request: { method: 'HEAD', url: 'Patient/c1' } },
  ]);
  assert.deepEqual(statusesOf(reply), ['304 Not Modified', '304 Not Modified', '200 OK', '200 OK']);
  assert.deepEqual(
    entriesOf(reply).map(({ resource }) => resource !== undefined),
    [false, false, true, false],
  );
});

test('a URL may ask for a part of a resource', async () => {
  await server.write('PUT', '/Patient/e1', patient({ id: 'e1' }));
  const reply = await send(server, 'batch', [
    get('Patient/e1?_elements=active'),
    get('Patient/e1?_summary=nonsense'),
    get('Patient/e1?_format=xml'),
  ]);
  const [part, refused, whole] = entriesOf(reply);
  assert.equal(part?.resource?.['name'], undefined);
  assert.equal(part?.resource?.['active'], true);
  assert.equal(codeOf(refused), 'parameter-invalid');
  assert.ok(whole?.resource?.['name'], 'the format is that of the Bundle');
});

test('what cannot be done is said of the entry, and the others are done', async () => {
  const cases: [entry: object, code: string, expression: string][] = [
    [{ resource: patient() }, 'entry-request-missing', 'request'],
    [{ resource: patient(), request: {} }, 'entry-request-invalid', 'request.method'],
    [{ resource: patient(), request: { method: 'POST' } }, 'entry-request-invalid', 'request.url'],
    [{ resource: patient(), request: { method: 7, url: 'Patient' } }, 'entry-request-invalid', 'request.method'],
    [{ request: { method: 'post', url: 'Patient' }, resource: patient() }, 'entry-request-invalid', 'request.method'],
    [{ request: { method: 'PURGE', url: 'Patient/1' } }, 'entry-request-invalid', 'request.method'],
    [get('https://other.example/fhir/Patient/1'), 'entry-request-invalid', 'request.url'],
    [get(`${baseUrl}evil/Patient/1`), 'entry-request-invalid', 'request.url'],
    [get('//other.example/Patient/1'), 'entry-request-invalid', 'request.url'],
    [get('Patient/%E0'), 'entry-request-invalid', 'request.url'],
    [get('Patient/1#x'), 'entry-request-invalid', 'request.url'],
    [get('urn:uuid:x'), 'entry-request-invalid', 'request.url'],
    [{ request: { method: 'POST', url: 'Patient' } }, 'entry-resource-missing', 'resource'],
    [{ request: { method: 'PUT', url: 'Patient/1' } }, 'entry-resource-missing', 'resource'],
    [post({ resourceType: 'Patient', id: 7, meta: 7 }), 'meta-not-object', 'resource.ofType(Patient).meta'],
    [{ resource: patient(), request: { method: 'POST', url: 'Observation' } }, 'resource-type-mismatch', 'resource'],
    [put('x1', { id: 'x2' }), 'id-mismatch', 'resource.ofType(Patient).id'],
    [
      { resource: patient(), request: { method: 'PUT', url: 'Patient/x9' } },
      'id-missing',
      'resource.ofType(Patient).id',
    ],
    [{ resource: patient(), request: { method: 'POST', url: 'Patent' } }, 'type-unknown', ''],
    [get('Patient/a_b'), 'id-malformed', ''],
    [get('metadata/more'), 'type-unknown', ''],
    [get('readyz'), 'entry-request-invalid', 'request.url'],
    [{ resource: patient(), request: { method: 'POST', url: '' } }, 'entry-request-invalid', 'request.url'],
    [{ resource: patient(), request: { method: 'POST', url: '/' } }, 'entry-request-invalid', 'request.url'],
    [{ resource: patient(), request: { method: 'POST', url: 'Patient/1' } }, 'method-not-allowed', ''],
    [
      { ...post(patient()), request: { method: 'POST', url: 'Patient', ifNoneExist: 'a=b' } },
      'search-parameter-unknown',
      'request.url',
    ],
    [{ ...post(patient()), request: { method: 'PUT', url: 'Patient' } }, 'criteria-missing', ''],
    [remove('Patient?identifier=1&_sort=name'), 'search-combination-invalid', 'request.url'],
    [remove('Patient/x3', { ifNoneExist: 'identifier=1' }), 'entry-unsupported', 'request.ifNoneExist'],
    [{ request: { method: 'POST', url: 'Patient/_search' } }, 'route-unknown', ''],
    [remove('Patient/x3', { ifNoneMatch: '*' }), 'entry-unsupported', 'request.ifNoneMatch'],
    [put('x4', {}, { ifMatch: 'no tag' }), 'if-match-malformed', ''],
    [get('Patient/1/_history?_unknown=1'), 'parameter-unknown', 'request.url'],
    [
      post(observation('Patient?identifier=nobody')),
      'reference-no-match',
      'resource.ofType(Observation).subject.reference',
    ],
  ];
  const reply = await send(server, 'batch', [...cases.map(([entry]) => entry), post(patient())]);
  assert.equal(reply.status, 200);
  const found = entriesOf(reply);
  for (const [index, [entry, code, expression]] of cases.entries()) {
    const shown = JSON.stringify(entry);
    assert.equal(codeOf(found[index]), code, `${shown} ${JSON.stringify(found[index])}`);
    assert.match(found[index]?.response.status ?? '', /^4/, shown);
    const place = `Bundle.entry[${index}]`;
    const issue = found[index]?.response.outcome?.issue[0];
    assert.deepEqual(issue?.expression, [expression === '' ? place : `${place}.${expression}`], shown);
    assert.ok(issue.diagnostics?.startsWith(place), shown);
  }
  assert.equal(found.at(-1)?.response.status, '201 Created');
});

test('entries that depend on each other are refused, both of two', async () => {
  const fullUrl = urn();
  const same = urn();
  const reply = await send(server, 'batch', [
    put('d1'),
    remove('Patient/d1'),
    post(patient(), fullUrl),
    post(observation(fullUrl)),
    post(patient(), same),
    post(patient(), same),
    put('d2'),
  ]);
  assert.deepEqual(entriesOf(reply).map(codeOf), [
    'entries-overlap',
    'entries-overlap',
    undefined,
    'reference-unresolved',
    undefined,
    'full-url-duplicate',
    undefined,
  ]);
  assert.equal((await server.request('GET', '/Patient/d1')).status, 404);
});

test('a token is asked for every entry', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.cr system/Observation.r' });
  const entry = [post(patient()), put('s1'), post(observation('Patient/1')), get('Observation/none'), get('metadata')];
  const reply = await server.request('POST', '', {
    token,
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
  });
  assert.deepEqual(statusesOf(reply), ['201 Created', '403 Forbidden', '403 Forbidden', '404 Not Found', '200 OK']);
  assert.equal(codeOf(entriesOf(reply)[1]), 'scope-insufficient');
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
  const headers = { 'content-type': 'application/fhir+json' };
  assert.equal((await server.request('POST', '', { token: null, headers, body })).status, 401);
});

test('a Bundle that is none', async () => {
  const cases: [body: string, code: string, expression?: string][] = [
    ['{"resourceType":"Bundle"}', 'bundle-type-unsupported', 'Bundle.type'],
    ['{"resourceType":"Bundle","type":"document"}', 'bundle-type-unsupported', 'Bundle.type'],
    ['{"resourceType":"Bundle","type":{"a":1}}', 'bundle-type-unsupported', 'Bundle.type'],
    ['{"resourceType":"Bundle","type":"batch","entry":{}}', 'bundle-malformed', 'Bundle.entry'],
    ['{"resourceType":"Bundle","type":"batch","entry":null}', 'bundle-malformed', 'Bundle.entry'],
    ['{"resourceType":"Bundle","type":"batch","entry":[1]}', 'bundle-malformed', 'Bundle.entry[0]'],
    [
      '{"resourceType":"Bundle","type":"batch","entry":[{},{"resource":[]}]}',
      'bundle-malformed',
      'Bundle.entry[1].resource',
    ],
    [
      '{"resourceType":"Bundle","type":"batch","entry":[{"request":"x"}]}',
      'bundle-malformed',
      'Bundle.entry[0].request',
    ],
    ['{"resourceType":"Bundle","type":"batch","entry":[{"fullUrl":1}]}', 'bundle-malformed', 'Bundle.entry[0].fullUrl'],
    ['{"resourceType":"Patient"}', 'resource-type-mismatch'],
    ['[]', 'resource-not-object'],
    ['{"resourceType":"Bundle","type":"batch","entry":[{]}', 'json-invalid'],
    ['{"resourceType":"Bundle","type":"batch","entry":[{"fullUrl":"\\u0000"}]}', 'json-invalid'],
    ['{"resourceType":"Bundle","type":"batch","type":"batch"}', 'json-invalid'],
    [`{"resourceType":"Bundle","type":"batch","entry":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'json-invalid'],
    ['', 'body-missing'],
  ];
  for (const [body, code, expression] of cases) {
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('POST', '', { headers, body });
    assert.equal(reply.code, code, body.slice(0, 100));
    assert.equal(reply.status, 400, body.slice(0, 100));
    if (expression !== undefined) {
      assert.deepEqual((reply.json['issue'] as [{ expression: string[] }])[0].expression, [expression]);
    }
  }
  for (const body of [
    '{"resourceType":"Bundle","type":"batch"}',
    '{"resourceType":"Bundle","type":"batch","entry":[]}',
  ]) {
    const reply = await server.request('POST', '', { headers: { 'content-type': 'application/json' }, body });
    assert.equal(reply.text, '{"resourceType":"Bundle","type":"batch-response"}');
  }
});

test('a patch in a batch', async () => {
  await server.write('PUT', '/Patient/j1', patient({ id: 'j1' }));
  await server.write('PUT', '/Patient/j2', patient({ id: 'j2' }));
  const operations = [{ op: 'replace', path: '/active', value: false }];
  const data = Buffer.from(JSON.stringify(operations)).toString('base64');
  const jsonPatch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  const part = (name: string, value: object): object => ({ name, ...value });
  const fhirPath = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          part('type', { valueCode: 'replace' }),
          part('path', { valueString: 'Patient.active' }),
          part('value', { valueBoolean: false }),
        ],
      },
    ],
  };
  const reply = await send(server, 'batch', [
    { resource: jsonPatch, request: { method: 'PATCH', url: 'Patient/j1', ifMatch: 'W/"1"' } },
    { resource: fhirPath, request: { method: 'PATCH', url: 'Patient/j2' } },
    { resource: { ...jsonPatch, contentType: 'text/plain' }, request: { method: 'PATCH', url: 'Patient/j3' } },
  ]);
  assert.deepEqual(statusesOf(reply), ['200 OK', '200 OK', '400 Bad Request']);
  assert.equal(codeOf(entriesOf(reply)[2]), 'entry-request-invalid');
  for (const id of ['j1', 'j2']) assert.equal((await server.request('GET', `/Patient/${id}`)).json['active'], false);
});

test('a reference to another entry is refused in whatever form its UUID is written', async () => {
  const name = urn();
  const capitals = name.toUpperCase().replace('URN:UUID', 'urn:uuid');
  for (const [fullUrl, reference] of [
    [name, name],
    [capitals, name],
    [name, capitals],
    [name, name.toUpperCase()],
    [capitals, `${name}#part`],
  ] as const) {
    const reply = await send(server, 'batch', [post(patient(), fullUrl), post(observation(reference))]);
    assert.deepEqual(statusesOf(reply), ['201 Created', '400 Bad Request'], `${reference} of ${fullUrl}`);
    assert.equal(codeOf(entriesOf(reply)[1]), 'reference-unresolved');
  }
  const other = await send(server, 'batch', [post(patient(), name), post(observation(urn()))]);
  assert.deepEqual(statusesOf(other), ['201 Created', '201 Created']);
});
