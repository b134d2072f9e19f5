import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const jsonPatch = 'application/json-patch+json';

function send(path: string, patch: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const body = typeof patch === 'string' ? patch : JSON.stringify(patch);
  return server.request('PATCH', path, { headers: { 'content-type': jsonPatch, ...headers }, body });
}

/** The Parameters of one operation of a FHIRPath Patch. */
function operation(...parts: object[]): string {
  return JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'operation', part: parts }] });
}

const replaceBirthDate = operation(
  { name: 'type', valueCode: 'replace' },
  { name: 'path', valueString: 'Patient.birthDate' },
  { name: 'value', valueDate: '1990-01-02' },
);

async function stored(id: string, more: object = {}): Promise<string> {
  const reply = await server.write('PUT', `/Patient/${id}`, patient({ id, ...more }));
  assert.equal(reply.status, 201);
  return `/Patient/${id}`;
}

test('JSON Patch: a new version with what the operations make of it', async () => {
  const path = await stored('p1');
  const reply = await send(path, [
    { op: 'test', path: '/active', value: true },
    { op: 'replace', path: '/active', value: false },
    { op: 'add', path: '/name/0/given/-', value: 'Ali' },
  ]);
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get('etag'), 'W/"2"');
  assert.equal(reply.headers.get('location'), null);
  assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  assert.equal(reply.json['active'], false);
  assert.deepEqual(reply.json['name'], [{ family: 'Karimov', given: ['Aziz', 'Ali'] }]);
  assert.equal((reply.json['meta'] as { versionId: string }).versionId, '2');
  assert.equal((await server.request('GET', path)).text, reply.text);
});

test('FHIRPath Patch: Parameters in any JSON type', async () => {
  for (const [id, contentType] of [
    ['p2', 'application/fhir+json'],
    ['p3', 'application/json'],
    ['p4', 'application/fhir+json; charset=UTF-8; fhirVersion=5.0'],
  ] as const) {
    const path = await stored(id, { birthDate: '1980-01-01' });
    const reply = await send(path, replaceBirthDate, { 'content-type': contentType });
    assert.equal(reply.status, 200, reply.diagnostics);
    assert.equal(reply.json['birthDate'], '1990-01-02');
  }
});

test('numbers that are not touched keep their text', async () => {
  const path = '/Observation/p5';
  const text =
    '{"resourceType":"Observation","id":"p5","status":"final","code":{"text":"x"},' +
    '"valueQuantity":{"value":1.00,"unit":"mg"},"referenceRange":[{"low":{"value":0.10}},{"high":{"value":1e3}}]}';
  const headers = { 'content-type': 'application/fhir+json' };
  assert.equal((await server.request('PUT', path, { headers, body: text })).status, 201);
  const reply = await send(path, [{ op: 'replace', path: '/status', value: 'amended' }]);
  assert.equal(reply.status, 200);
  assert.match(reply.text, /"value":1\.00,.*"value":0\.10.*"value":1e3/);
  assert.match(reply.text, /"amended"/);
});

test('other formats are 415 and Accept-Patch says what is taken; JSON Merge Patch is one of them', async () => {
  const path = await stored('p6');
  for (const contentType of ['application/merge-patch+json', 'text/plain', 'application/json-patch', 'image/png']) {
    const reply = await send(path, { active: false }, { 'content-type': contentType });
    assert.equal(reply.status, 415, contentType);
    assert.equal(reply.code, 'patch-format-unsupported');
    assert.match(reply.headers.get('accept-patch') ?? '', /^application\/json-patch\+json, application\/fhir\+json/);
    assert.ok(reply.diagnostics.includes(contentType), reply.diagnostics);
  }
  assert.equal((await server.request('GET', path)).headers.get('etag'), 'W/"1"');
});

test('If-Match: the current version, any, or 412', async () => {
  const path = await stored('p7');
  const change = (value: boolean): object[] => [{ op: 'replace', path: '/active', value }];
  assert.equal((await send(path, change(false), { 'if-match': 'W/"1"' })).status, 200);
  const stale = await send(path, change(true), { 'if-match': 'W/"1"' });
  assert.equal(stale.status, 412);
  assert.equal(stale.code, 'version-mismatch');
  assert.equal(stale.headers.get('etag'), 'W/"2"');
  assert.equal((await send(path, change(true), { 'if-match': '*' })).status, 200);
  assert.equal((await send(path, change(true), { 'if-match': '5' })).code, 'if-match-malformed');
});

test('what is not there is 404, what was deleted 410', async () => {
  assert.equal((await send('/Patient/p-never', [])).status, 404);
  const path = await stored('p8');
  await server.request('DELETE', path);
  for (const headers of [{}, { 'if-match': '*' }, { 'if-match': 'W/"1"' }]) {
    const reply = await send(path, [], headers);
    assert.deepEqual([reply.status, reply.code], [410, 'resource-deleted']);
  }
});

test('a patch that changes nothing makes no version, and says so', async () => {
  const path = '/Patient/p9';
  // Another layout, and an escape: what the client wrote is not what the patch is written like.
  const body = '{ "resourceType": "Patient",\n "id": "p9", "name": [{"family":"\\u0416"}], "active" : true }';
  await server.request('PUT', path, { headers: { 'content-type': 'application/fhir+json' }, body });
  for (const patch of [
    [],
    [{ op: 'test', path: '/active', value: true }],
    [{ op: 'replace', path: '/active', value: true }],
  ]) {
    const reply = await send(path, patch, { prefer: 'return=OperationOutcome' });
    assert.deepEqual([reply.status, reply.code, reply.headers.get('etag')], [200, 'unchanged', 'W/"1"']);
  }
  assert.match((await server.request('GET', path)).text, /\\u0416/);
});

test('Prefer: return decides the body', async () => {
  const path = await stored('p10');
  const minimal = await send(path, [{ op: 'remove', path: '/active' }], { prefer: 'return=minimal' });
  assert.deepEqual([minimal.status, minimal.text, minimal.headers.get('etag')], [200, '', 'W/"2"']);
});

test('what is wrong with a patch is named with its operation, and nothing is stored', async () => {
  const path = await stored('p11');
  const ok = { op: 'add', path: '/gender', value: 'male' };
  for (const [patch, status, code] of [
    [[ok, { op: 'test', path: '/active', value: false }], 422, 'patch-test-failed'],
    [[ok, { op: 'replace', path: '/birthDate', value: '1990' }], 422, 'patch-path-not-found'],
    [[ok, { op: 'remove', path: '/name/7' }], 422, 'patch-index-out-of-range'],
    [[ok, { op: 'replace', path: '/id', value: 'other' }], 422, 'patch-target-invalid'],
    [[ok, { op: 'replace', path: '/meta/versionId', value: '7' }], 422, 'patch-target-invalid'],
    [[ok, { op: 'frobnicate', path: '/id' }], 400, 'patch-malformed'],
    [[ok, { op: 'add' }], 400, 'patch-malformed'],
  ] as const) {
    const reply = await send(path, patch);
    assert.deepEqual([reply.status, reply.code], [status, code], JSON.stringify(patch));
    assert.match(reply.diagnostics, /operation 1\b/);
  }
  for (const [patch, status, code] of [
    [[{ op: 'replace', path: '/resourceType', value: 'Person' }], 422, 'patch-target-invalid'],
    [[{ op: 'replace', path: '', value: [] }], 422, 'patch-target-invalid'],
    [[{ op: 'add', path: '/meta', value: 'x' }], 400, 'meta-not-object'],
    ['{"op":"add"}', 400, 'patch-malformed'],
    ['[{"op":"add",]', 400, 'json-invalid'],
    ['[{"op":"add","op":"add"}]', 400, 'json-invalid'],
    [Array.from({ length: 1001 }, () => ok), 422, 'patch-too-costly'],
    ['', 400, 'body-missing'],
  ] as const) {
    const reply = await send(path, patch);
    assert.deepEqual([reply.status, reply.code], [status, code], JSON.stringify(patch).slice(0, 100));
  }
  const { text, headers } = await server.request('GET', path);
  assert.equal(headers.get('etag'), 'W/"1"');
  assert.doesNotMatch(text, /gender/);
});

test('what is wrong with a FHIRPath Patch is named too', async () => {
  const path = await stored('p12', { birthDate: '1980-01-01', name: [{ family: 'A' }, { family: 'B' }] });
  const fhir = { 'content-type': 'application/fhir+json' };
  const part = (name: string, value: object): object => ({ name, ...value });
  const type = (valueCode: string): object => part('type', { valueCode });
  const at = (valueString: string): object => part('path', { valueString });
  for (const [patch, status, code] of [
    [
      operation(type('replace'), at('Patient.name.family'), part('value', { valueString: 'C' })),
      422,
      'patch-path-ambiguous',
    ],
    [
      operation(type('replace'), at('Patient.deceased'), part('value', { valueBoolean: true })),
      422,
      'patch-path-not-found',
    ],
    [
      operation(type('replace'), at('Patient.birthDate'), part('value', { valueString: 'soon' })),
      422,
      'patch-value-invalid',
    ],
    [
      operation(
        type('add'),
        at('Patient'),
        part('name', { valueString: 'birthDate' }),
        part('value', { valueDate: '1990' }),
      ),
      422,
      'patch-target-exists',
    ],
    [operation(type('replace'), at('Patient.name['), part('value', { valueString: 'C' })), 400, 'patch-malformed'],
    [JSON.stringify(patient({ id: 'p12' })), 400, 'patch-malformed'],
  ] as const) {
    const reply = await send(path, patch, fhir);
    assert.deepEqual([reply.status, reply.code], [status, code], patch);
  }
  const reply = await send(path, operation(type('nonsense'), at('Patient.name')), fhir);
  const [issue] = reply.json['issue'] as [{ expression: string[] }];
  assert.deepEqual(issue.expression, ['Parameters.parameter[0]']);
});

test('a patch needs the permission to update', async () => {
  const path = await stored('p13');
  const body = '[{"op":"remove","path":"/active"}]';
  const headers = { 'content-type': jsonPatch };
  const reader = await server.sso.token({ scope: 'system/Patient.crds' });
  const refused = await server.request('PATCH', path, { token: reader, headers, body });
  assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
  const writer = await server.sso.token({ scope: 'system/Patient.u' });
  assert.equal((await server.request('PATCH', path, { token: writer, headers, body })).status, 200);
});

test('of 40 patches at the same time none is lost, and none is refused', async () => {
  const path = await stored('p14');
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, i) => send(path, [{ op: 'add', path: '/name/-', value: { family: `F${i}` } }])),
  );
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  const { json, headers } = await server.request('GET', path);
  assert.equal((json['name'] as object[]).length, 41);
  assert.equal(headers.get('etag'), 'W/"41"');
});

test('somebody who is faster in another process is met by a new attempt, invisibly; but not for ever', async (t) => {
  let interruptions = 3;
  const other: TestServer = await startServer({
    // Between the read of a patch and its write another writer gets in.
    ...(await interrupted(() => interruptions-- > 0)),
  });
  t.after(() => other.close());
  const path = '/Patient/1';
  const send = (): Promise<Reply> =>
    other.request('PATCH', path, {
      headers: { 'content-type': jsonPatch },
      body: '[{"op":"add","path":"/gender","value":"female"}]',
    });
  await server.write('PUT', path, patient({ id: '1' }));
  const reply = await send();
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get('etag'), 'W/"5"');
  assert.deepEqual([reply.json['gender'], reply.json['multipleBirthInteger']], ['female', 4]);
  interruptions = Infinity;
  const contended = await send();
  assert.deepEqual([contended.status, contended.code], [200, ''], 'nothing is left to change');
  const more = await other.request('PATCH', path, {
    headers: { 'content-type': jsonPatch },
    body: '[{"op":"replace","path":"/gender","value":"male"}]',
  });
  assert.deepEqual([more.status, more.code, more.headers.get('retry-after')], [409, 'patch-contended', '1']);
});

/** The store of `server`, where after each read of a patch somebody else writes, as long as `isDue` says so. */
async function interrupted(isDue: () => boolean): Promise<{ store: TestServer['store'] }> {
  const { store } = server;
  const read: typeof store.read = async (type, id) => {
    const version = await store.read(type, id);
    if (version !== undefined && isDue()) {
      const next = {
        ...(JSON.parse(version.content.toString()) as object),
        multipleBirthInteger: version.versionId + 1,
      };
      await server.write('PUT', `/${type}/${id}`, next, { 'if-match': `W/"${version.versionId}"` });
    }
    return version;
  };
  return Promise.resolve({
    store: {
      ...bound(store),
      read,
      close: () => Promise.resolve(),
      definitions: store.definitions,
      terminology: store.terminology,
    },
  });
}

function bound(store: TestServer['store']): TestServer['store'] {
  const methods = [
    'vread',
    'history',
    'create',
    'update',
    'delete',
    'bulkInsert',
    'changes',
    'memory',
    'safeWatermark',
    'statistics',
    'accessPolicies',
    'consented',
    'consentsComplete',
    'buildConsents',
  ];
  return Object.fromEntries(
    methods.map((name) => [
      name,
      (...args: unknown[]): unknown => Reflect.apply(Reflect.get(store, name) as () => unknown, store, args),
    ]),
  ) as unknown as TestServer['store'];
}

test('a patch with the Content-Type that libraries choose for JSON is told which it needs', async () => {
  const path = await stored('p-habit', { active: true });
  for (const type of ['application/json', 'application/fhir+json'])
    for (const patch of [[{ op: 'replace', path: '/active', value: false }], { active: false }]) {
      const headers = { 'content-type': type };
      const reply = await server.request('PATCH', path, { headers, body: JSON.stringify(patch) });
      assert.deepEqual([reply.status, reply.code], [400, 'patch-malformed']);
      assert.match(reply.diagnostics, /application\/json-patch\+json/);
    }
});
