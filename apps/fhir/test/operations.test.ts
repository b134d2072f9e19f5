import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';
import { entriesOf, get, send } from './bundles.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

interface Meta {
  versionId: string;
  profile?: string[];
  tag?: object[];
  security?: object[];
}

function metaIn(reply: Reply): Meta {
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json['resourceType'], 'Parameters');
  const [{ name, valueMeta }] = reply.json['parameter'] as [{ name: string; valueMeta: Meta }];
  assert.equal(name, 'return');
  return valueMeta;
}

function invoke(path: string, meta: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] };
  return server.request('POST', path, {
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body: JSON.stringify(parameters),
  });
}

const [one, two] = [
  { system: 'urn:x', code: 'one' },
  { system: 'urn:x', code: 'two' },
];

test('an operation that is not there is 404, and those that are there are named', async () => {
  for (const [path, named] of [
    [
      '/$expunge',
      'There are: $meta, $versions, $viewdefinition-run, $sql-run, $sqlquery-run, $viewdefinition-export, $sql-export, $changes, $export, $import, $bulk-submit, $bulk-submit-status, $bulk-delete, $bulk-publish, $closure.',
    ],
    ['/Patient/$expunge', 'There are: $validate, $meta, $everything, $export.'],
    ['/Observation/$expunge', 'There are: $validate, $meta, $lastn, $stats.'],
    ['/Patient/1/$expunge', '$meta, $meta-add, $meta-delete'],
    ['/Patient/1/_history/1/$expunge', '$meta.'],
  ] as const) {
    for (const method of ['GET', 'POST']) {
      const reply = await server.request(method, path);
      assert.deepEqual([reply.status, reply.code], [404, 'operation-unknown'], path);
      assert.ok(reply.diagnostics.includes(named), reply.diagnostics);
    }
  }
  assert.equal((await server.request('GET', '/Pateint/1/$meta')).code, 'type-unknown');
  assert.equal((await server.request('GET', '/Pateint/$nothing')).code, 'type-unknown');
});

test('what changes something is asked for by POST only', async () => {
  const reply = await server.request('GET', '/Patient/1/$meta-add');
  assert.deepEqual([reply.status, reply.headers.get('allow')], [405, 'POST, OPTIONS']);
});

test('$meta is the meta of the current version, and of an earlier one', async () => {
  const [first, second] = [patient({ id: 'm1', meta: { tag: [one] } }), patient({ id: 'm1', meta: { tag: [two] } })];
  await server.write('PUT', '/Patient/m1', first);
  await server.write('PUT', '/Patient/m1', second, { 'if-match': 'W/"1"' });
  const current = metaIn(await server.request('GET', '/Patient/m1/$meta'));
  assert.deepEqual([current.versionId, current.tag], ['2', [two]]);
  assert.equal(metaIn(await server.request('POST', '/Patient/m1/$meta')).versionId, '2');
  const earlier = metaIn(await server.request('GET', '/Patient/m1/_history/1/$meta'));
  assert.deepEqual([earlier.versionId, earlier.tag], ['1', [one]]);
  assert.equal((await server.request('GET', '/Patient/nobody/$meta')).code, 'resource-not-found');
  assert.equal((await server.request('GET', '/Patient/m1/$meta?x=1')).code, 'parameter-unknown');
  const [entry] = entriesOf(await send(server, 'batch', [get('Patient/m1/$meta')]));
  assert.equal(entry?.resource?.['resourceType'], 'Parameters');
});

test('$meta of a type and of the system lists the labels in use, each once', async () => {
  const { json: before } = await server.request('GET', '/Basic/$meta');
  assert.deepEqual(before['parameter'], [{ name: 'return', valueMeta: {} }]);
  const tagged = (meta: object): Record<string, unknown> => ({ resourceType: 'Basic', code: { text: 'x' }, meta });
  const named = { ...one, display: 'One' };
  const made = await server.write('POST', '/Basic', tagged({ tag: [named, { code: 'one' }], profile: ['urn:b|1'] }));
  await server.write('POST', '/Basic', tagged({ tag: [one], profile: ['urn:b', 'urn:a'], security: [{ code: 'R' }] }));
  const flag = { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: 'Patient/1' } };
  const flagged = { ...flag, meta: { tag: [two, { system: 'urn:y', code: 'one' }] } };
  assert.equal((await server.write('POST', '/Flag', flagged)).status, 201);
  const { resourceType, parameter } = (await server.request('GET', '/Basic/$meta')).json;
  assert.equal(resourceType, 'Parameters');
  const [{ valueMeta }] = parameter as [{ valueMeta: Meta }];
  assert.deepEqual(valueMeta, {
    profile: ['urn:a', 'urn:b', 'urn:b|1'],
    security: [{ code: 'R' }],
    tag: [{ code: 'one' }, named],
  });
  const all = metaIn(await server.request('POST', '/$meta'));
  const tags = (all.tag ?? []).map((tag) => JSON.stringify({ ...tag, display: undefined }));
  assert.equal(new Set(tags).size, tags.length);
  for (const tag of [one, two, { code: 'one' }, { system: 'urn:y', code: 'one' }])
    assert.ok(tags.includes(JSON.stringify(tag)));

  // A label that only old versions or deleted resources have is not in use.
  await server.request('DELETE', `/Basic/${String(made.json['id'])}`);
  const later = metaIn(await server.request('GET', '/Basic/$meta'));
  assert.deepEqual([later.profile, later.tag], [['urn:a', 'urn:b'], [named]]);
});

test('$meta of a type and of the system shows what the token may search', async () => {
  const secret = { system: 'urn:x', code: 'of the account' };
  await server.write('PUT', '/Patient/m7', patient({ id: 'm7', meta: { tag: [one] } }));
  await server.write('PUT', '/Patient/m8', patient({ id: 'm8', meta: { tag: [two] } }));
  const account = { resourceType: 'Account', status: 'active', meta: { tag: [secret] } };
  assert.equal((await server.write('POST', '/Account', account)).status, 201);
  const token = await server.sso.token({ scope: 'patient/Patient.rs', patient: 'm7' });
  for (const path of ['/Patient/$meta', '/$meta'])
    assert.deepEqual(metaIn(await server.request('GET', path, { token })).tag, [one]);
  assert.equal((await server.request('GET', '/Account/$meta', { token })).status, 403);
  const reader = await server.sso.token({ scope: 'system/Account.r' });
  assert.equal((await server.request('GET', '/Account/$meta', { token: reader })).status, 403);
  assert.equal((await server.request('GET', '/$meta', { token: reader })).status, 403);
  const searcher = await server.sso.token({ scope: 'system/Account.s' });
  assert.deepEqual(metaIn(await server.request('GET', '/$meta', { token: searcher })).tag, [secret]);
  const [entry] = entriesOf(await send(server, 'batch', [get('Account/$meta')]));
  assert.equal(entry?.resource?.['resourceType'], 'Parameters');
});

test('$meta of a type shows the display of a label as resources have it that the token may search', async () => {
  const tag = { system: 'urn:meta', code: 'shared-label' };
  const account = (id: string, status: string, more: object): object => ({
    ...{ resourceType: 'Account', id, status, meta: { tag: [{ ...tag, ...more }] } },
  });
  await server.write('PUT', '/Account/label-hidden', account('label-hidden', 'on-hold', { display: 'Hidden words' }));
  await server.write('PUT', '/Account/label-bare', account('label-bare', 'inactive', {}));
  await server.write('PUT', '/Account/label-own', account('label-own', 'active', { display: 'Own words' }));
  for (const [status, shown] of [
    ['inactive', tag],
    ['active', { ...tag, display: 'Own words' }],
  ] as const) {
    const token = await server.sso.token({ scope: `system/Account.rs?status=${status}` });
    for (const path of ['/Account/$meta', '/$meta']) {
      const { tag: tags = [] } = metaIn(await server.request('GET', path, { token }));
      assert.deepEqual(
        tags.filter((each) => JSON.stringify(each).includes(tag.code)),
        [shown],
      );
    }
  }
});

test('$meta-add adds what is not there yet, in a new version; what is there makes none', async () => {
  await server.write('PUT', '/Patient/m2', { ...patient({ id: 'm2' }), meta: { tag: [{ ...one, display: 'One' }] } });
  const added = await invoke('/Patient/m2/$meta-add', {
    tag: [one, two, two],
    security: [{ code: 'R' }],
    profile: ['urn:p'],
  });
  const { versionId, tag, security, profile } = metaIn(added);
  assert.equal(versionId, '2');
  assert.deepEqual(tag, [{ ...one, display: 'One' }, two]);
  assert.deepEqual([security, profile], [[{ code: 'R' }], ['urn:p']]);
  assert.equal(added.headers.get('etag'), 'W/"2"');
  assert.equal(metaIn(await invoke('/Patient/m2/$meta-add', { tag: [two], profile: ['urn:p'] })).versionId, '2');
  assert.equal((await server.request('GET', '/Patient/m2')).json['active'], true);
});

test('$meta-delete removes by system and code; what is not there is no error', async () => {
  const meta = { tag: [one, { ...two, version: '3' }], profile: ['urn:p', 'urn:q'], security: [{ code: 'R' }] };
  await server.write('PUT', '/Patient/m3', patient({ id: 'm3', meta }));
  const removed = metaIn(await invoke('/Patient/m3/$meta-delete', { tag: [one, two], profile: ['urn:p', 'urn:z'] }));
  assert.deepEqual(
    [removed.versionId, removed.tag, removed.profile, removed.security],
    ['2', undefined, ['urn:q'], [{ code: 'R' }]],
  );
  assert.equal(metaIn(await invoke('/Patient/m3/$meta-delete', { tag: [one] })).versionId, '2');
});

test('parallel additions are all there in the end; If-Match holds', async () => {
  await server.write('PUT', '/Patient/m4', patient({ id: 'm4' }));
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      invoke('/Patient/m4/$meta-add', { tag: [{ system: 'urn:n', code: `c${n}` }] }),
    ),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  assert.equal(metaIn(await server.request('GET', '/Patient/m4/$meta')).tag?.length, 12);
  const stale = await invoke('/Patient/m4/$meta-add', { tag: [one] }, { 'if-match': 'W/"3"' });
  assert.deepEqual([stale.status, stale.code], [412, 'version-mismatch']);
  assert.equal((await invoke('/Patient/m4/$meta-add', { tag: [one] }, { 'if-match': 'W/"13"' })).status, 200);
});

test('input that is none is refused with the place', async () => {
  await server.write('PUT', '/Patient/m5', patient({ id: 'm5' }));
  for (const [body, code] of [
    ['', 'parameter-invalid'],
    ['{"resourceType":"Patient"}', 'resource-type-mismatch'],
    ['{"resourceType":"Parameters"}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":{}}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":[null]}', 'parameter-unknown'],
    ['{"resourceType":"Parameters","parameter":[{"name":"x"}]}', 'parameter-unknown'],
    ['{"resourceType":"Parameters","parameter":[{"name":"meta"}]}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":[]}]}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":{}}}]}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{}]}}]}', 'parameter-invalid'],
    ['{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"profile":[1]}}]}', 'parameter-invalid'],
  ] as const) {
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('POST', '/Patient/m5/$meta-add', { headers, body });
    assert.deepEqual(
      [reply.status, reply.code],
      [reply.code === 'resource-type-mismatch' ? reply.status : 400, code],
      body,
    );
  }
});

test('operations need the permission of what they do', async () => {
  await server.write('PUT', '/Patient/m6', patient({ id: 'm6' }));
  const token = await server.sso.token({ scope: 'system/Patient.r' });
  assert.equal((await server.request('GET', '/Patient/m6/$meta', { token })).status, 200);
  const refused = await server.request('POST', '/Patient/m6/$meta-add', { token });
  assert.deepEqual([refused.status, refused.code], [403, 'scope-insufficient']);
});

test('every operation that is declared has its definition where it says', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [{ resource, operation: ofSystem }] = json['rest'] as [
    {
      resource: { type: string; operation: { name: string; definition: string }[] }[];
      operation: { name: string; definition: string }[];
    },
  ];
  const definitions = new Map(
    [{ operation: ofSystem }, ...resource].flatMap(({ operation }) =>
      operation.map((each) => [each.definition, each.name]),
    ),
  );
  assert.ok(definitions.size >= 3);
  for (const [declared, name] of definitions) {
    const url = declared.replace(/^.*\/bulkdata\/OperationDefinition\//, `${baseUrl}/OperationDefinition/dhp-`);
    const reply = await server.request('GET', url.slice(baseUrl.length), { token: null });
    assert.equal(reply.status, 200, url);
    const { resourceType, code, id, parameter } = reply.json;
    assert.deepEqual(
      [resourceType, code, `${baseUrl}/OperationDefinition/${String(id)}`],
      ['OperationDefinition', name, url],
    );
    assert.ok((parameter as { use: string }[]).some(({ use }) => use === 'out'));
    const changed = await server.write('PUT', url.slice(baseUrl.length), { resourceType, id, code });
    assert.deepEqual([changed.status, changed.code], [405, 'method-not-allowed'], url);
  }
});
