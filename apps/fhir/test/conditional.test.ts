import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { issuesOf } from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

const system = 'https://id.example.uz';
let counter = 0;

/** An identifier that no other test has. */
function identifier(): { value: string; query: string; resource: Record<string, unknown> } {
  const value = `n${(counter += 1)}`;
  const query = `identifier=${encodeURIComponent(`${system}|${value}`)}`;
  return { value, query, resource: patient({ identifier: [{ system, value }] }) };
}

function idOf(reply: Reply): string {
  return String(reply.json['id']);
}

async function created(resource: unknown): Promise<string> {
  const reply = await server.write('POST', '/Patient', resource);
  assert.equal(reply.status, 201, reply.text);
  return idOf(reply);
}

function createIf(query: string, resource: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return server.write('POST', '/Patient', resource, { 'if-none-exist': query, ...headers });
}

test('conditional create: nothing matches, one does, several do', async () => {
  const { query, resource } = identifier();
  const first = await createIf(query, resource);
  assert.equal(first.status, 201, first.text);
  const second = await createIf(query, { ...resource, active: false });
  assert.deepEqual([second.status, idOf(second), second.json['active']], [200, idOf(first), true]);
  assert.equal(second.headers.get('location'), `${baseUrl}/Patient/${idOf(first)}/_history/1`);
  assert.equal(second.headers.get('etag'), 'W/"1"');
  const minimal = await createIf(query, resource, { prefer: 'return=minimal' });
  assert.deepEqual([minimal.status, minimal.text], [200, '']);
  assert.ok(minimal.headers.get('location')?.includes(idOf(first)));
  const told = await createIf(query, resource, { prefer: 'return=OperationOutcome' });
  assert.deepEqual([told.status, told.code], [200, 'existing']);
  const other = await created(resource);
  const several = await createIf(query, resource);
  assert.deepEqual([several.status, several.code], [412, 'multiple-matches']);
  for (const id of [idOf(first), other]) assert.ok(several.diagnostics.includes(`Patient/${id}`), several.diagnostics);
});

test('of more than ten that match, ten are named', async () => {
  const { query, resource } = identifier();
  await Promise.all(Array.from({ length: 11 }, () => created(resource)));
  const reply = await createIf(query, resource);
  assert.deepEqual([reply.status, reply.diagnostics.split('Patient/').length - 1], [412, 10], reply.diagnostics);
  assert.match(reply.diagnostics, / and more\.$/);
});

test('a deleted resource matches nothing', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  await server.request('DELETE', `/Patient/${id}`);
  const reply = await createIf(query, resource);
  assert.equal(reply.status, 201);
  assert.notEqual(idOf(reply), id);
});

test('criteria may have a question mark and the type before them', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  const forms = [`?${query}`, `Patient?${query}`, `${query}&active=true`, `${query}&${query}`];
  // As other clients write addresses, each with a format.
  const withFormat = [`${baseUrl}/Patient?_format=json&${query}`, `Patient?${query}&_format=xml&_pretty=true`];
  for (const form of [...forms, ...withFormat]) {
    const reply = await createIf(form, resource);
    assert.deepEqual([reply.status, idOf(reply)], [200, id], form);
  }
});

test('criteria that are none are refused: empty, unknown, malformed, or about the form of results', async () => {
  const { resource } = identifier();
  for (const [query, code] of [
    [' ', 'criteria-missing'],
    ['?', 'criteria-missing'],
    ['_format=json', 'criteria-missing'],
    ['birthday=2000', 'search-parameter-unknown'],
    ['birthdate=yesterday', 'search-value-invalid'],
    ['identifier=1&_count=1', ''],
    ['identifier=1&_sort=name', ''],
    ['identifier=1&_include=Patient:organization', ''],
    ['identifier=1&_summary=true', ''],
    ['identifier=1&_elements=name', ''],
  ] as const) {
    const reply = await createIf(query, resource);
    assert.equal(reply.status, 400, `${query} ${reply.text}`);
    if (code !== '') assert.equal(reply.code, code, query);
  }
});

test('conditional update: created without a match, updated with one', async () => {
  const { query, resource } = identifier();
  const first = await server.write('PUT', `/Patient?${query}`, resource);
  assert.equal(first.status, 201, first.text);
  assert.equal(first.headers.get('location'), `${baseUrl}/Patient/${idOf(first)}/_history/1`);
  const second = await server.write('PUT', `/Patient?${query}`, { ...resource, active: false });
  assert.deepEqual([second.status, idOf(second), second.headers.get('etag')], [200, idOf(first), 'W/"2"']);
  const withId = await server.write('PUT', `/Patient?${query}`, { ...resource, id: idOf(first) });
  assert.deepEqual([withId.status, withId.headers.get('etag')], [200, 'W/"3"']);
  const same = await server.write('PUT', `/Patient?${query}`, { ...resource, id: idOf(first) });
  assert.deepEqual([same.status, same.headers.get('etag')], [200, 'W/"3"'], 'what changes nothing makes no version');
});

test('conditional update with an id: created under it, refused where it is another', async () => {
  const one = identifier();
  const id = `c-${one.value}`;
  const first = await server.write('PUT', `/Patient?${one.query}`, { ...one.resource, id });
  assert.deepEqual([first.status, idOf(first)], [201, id]);
  const two = identifier();
  const taken = await server.write('PUT', `/Patient?${two.query}`, { ...two.resource, id });
  assert.deepEqual([taken.status, taken.code], [409, 'criteria-id-taken']);
  const other = await server.write('PUT', `/Patient?${one.query}`, { ...one.resource, id: 'another' });
  assert.deepEqual([other.status, other.code], [400, 'criteria-id-mismatch']);
  assert.ok(other.diagnostics.includes(`Patient/${id}`));
  for (const wrong of ['a_b', '', 5, null, 'x'.repeat(65)]) {
    const reply = await server.write('PUT', `/Patient?${two.query}`, { ...two.resource, id: wrong });
    assert.deepEqual([reply.status, reply.code], [400, 'id-malformed'], JSON.stringify(wrong));
  }
  await server.request('DELETE', `/Patient/${id}`);
  const revived = await server.write('PUT', `/Patient?${one.query}`, { ...one.resource, id });
  assert.deepEqual([revived.status, revived.headers.get('etag')], [201, 'W/"3"']);
});

test('conditional update of several is refused and changes none', async () => {
  const { query, resource } = identifier();
  const ids = [await created(resource), await created(resource)];
  const reply = await server.write('PUT', `/Patient?${query}`, { ...resource, active: false });
  assert.deepEqual([reply.status, reply.code], [412, 'multiple-matches']);
  for (const id of ids) assert.equal((await server.request('GET', `/Patient/${id}`)).headers.get('etag'), 'W/"1"');
});

test('If-Match and If-None-Match hold on a conditional update', async () => {
  const { query, resource } = identifier();
  const put = (headers: Record<string, string>, active: boolean): Promise<Reply> =>
    server.write('PUT', `/Patient?${query}`, { ...resource, active }, headers);
  assert.equal((await put({ 'if-match': 'W/"1"' }, true)).status, 412);
  assert.equal((await put({ 'if-none-match': '*' }, true)).status, 201);
  assert.deepEqual([(await put({ 'if-none-match': '*' }, false)).code], ['resource-exists']);
  assert.equal((await put({ 'if-match': 'W/"1"' }, false)).status, 200);
  const stale = await put({ 'if-match': 'W/"1"' }, true);
  assert.deepEqual([stale.status, stale.code], [412, 'version-mismatch']);
});

test('conditional patch: one match, none, several', async () => {
  const { query, resource } = identifier();
  const patch = (headers: Record<string, string> = {}): Promise<Reply> =>
    server.request('PATCH', `/Patient?${query}`, {
      headers: { 'content-type': 'application/json-patch+json', ...headers },
      body: '[{"op":"replace","path":"/active","value":false}]',
    });
  const none = await patch();
  assert.deepEqual([none.status, none.code], [404, 'criteria-no-match']);
  const id = await created(resource);
  assert.equal((await patch({ 'if-match': 'W/"2"' })).status, 412);
  const patched = await patch();
  assert.deepEqual([patched.status, idOf(patched), patched.json['active']], [200, id, false]);
  const again = await patch();
  assert.deepEqual([again.status, again.headers.get('etag')], [200, 'W/"2"']);
  await created(resource);
  assert.deepEqual([(await patch()).code], ['multiple-matches']);
});

test('conditional delete: none, one, and several only with a limit', async () => {
  const { query, resource } = identifier();
  const remove = (more = '', headers: Record<string, string> = {}): Promise<Reply> =>
    server.request('DELETE', `/Patient?${query}${more}`, { headers });
  assert.deepEqual([(await remove()).status, (await remove()).code], [200, 'nothing-matched']);
  assert.equal((await remove('', { prefer: 'return=minimal' })).status, 204);
  const id = await created(resource);
  const one = await remove();
  assert.deepEqual([one.status, one.code], [200, 'deleted']);
  assert.equal((await server.request('GET', `/Patient/${id}`)).status, 410);

  const ids = [await created(resource), await created(resource), await created(resource)];
  const refused = await remove();
  assert.deepEqual([refused.status, refused.code], [412, 'multiple-matches']);
  const limited = await remove('&_count=2');
  assert.deepEqual([limited.status, limited.code], [412, 'delete-limit-exceeded']);
  for (const each of ids) assert.equal((await server.request('GET', `/Patient/${each}`)).status, 200);
  const all = await remove('&_count=3');
  assert.equal(all.status, 200, all.text);
  const told = issuesOf(all).map((issue) => issue.details.text);
  for (const each of ids)
    assert.ok(
      told.some((text) => text.includes(each)),
      each,
    );
  for (const each of ids) assert.equal((await server.request('GET', `/Patient/${each}`)).status, 410);
  for (const wrong of ['0', '1001', '-1', 'x', '1&_count=2']) {
    assert.deepEqual([(await remove(`&_count=${wrong}`)).code], ['parameter-invalid'], wrong);
  }
});

test('without criteria nothing is meant', async () => {
  const { resource } = identifier();
  for (const [method, path] of [
    ['PUT', '/Patient'],
    ['PUT', '/Patient?_format=json'],
    ['DELETE', '/Patient'],
    ['DELETE', '/Patient?_count=5'],
  ] as const) {
    const body = method === 'PUT' ? JSON.stringify(resource) : undefined;
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request(method, path, body === undefined ? {} : { headers, body });
    assert.deepEqual([reply.status, reply.code], [400, 'criteria-missing'], `${method} ${path}`);
  }
});

test('who may write but not search learns nothing', async () => {
  const { query, resource } = identifier();
  await created(resource);
  const token = await server.sso.token({ scope: 'system/Patient.cud' });
  for (const [method, path, more] of [
    ['POST', '/Patient', { 'if-none-exist': query }],
    ['PUT', `/Patient?${query}`, {}],
    ['DELETE', `/Patient?${query}`, {}],
  ] as const) {
    const headers = { 'content-type': 'application/fhir+json', ...more };
    const body = JSON.stringify(resource);
    const reply = await server.request(method, path, method === 'DELETE' ? { token } : { token, headers, body });
    assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient'], method);
  }
});

test('50 parallel conditional creates of one identifier make one resource', async () => {
  const { query, resource } = identifier();
  const replies = await Promise.all(Array.from({ length: 50 }, () => createIf(query, resource)));
  const statuses = replies.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array<number>(49).fill(200), 201]);
  assert.equal(new Set(replies.map(idOf)).size, 1);
});

test('parallel conditional updates make one resource, and none is lost', async () => {
  const { query, resource } = identifier();
  const replies = await Promise.all(
    Array.from({ length: 30 }, (_, n) =>
      server.write('PUT', `/Patient?${query}`, { ...resource, multipleBirthInteger: n }),
    ),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [...Array<number>(29).fill(200), 201]);
  assert.equal(new Set(replies.map(idOf)).size, 1);
  const versions = new Set(replies.map(({ headers }) => headers.get('etag')));
  assert.equal(versions.size, 30, 'each made a version of its own');
});

test('parallel conditional patches are all applied', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  const replies = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      server.request('PATCH', `/Patient?${query}`, {
        headers: { 'content-type': 'application/json-patch+json' },
        body: JSON.stringify([{ op: 'add', path: '/name/-', value: { family: `n${n}` } }]),
      }),
    ),
  );
  for (const reply of replies) assert.equal(reply.status, 200, reply.text);
  const { json } = await server.request('GET', `/Patient/${id}`);
  assert.equal((json['name'] as unknown[]).length, 13);
});

test('two servers on one database make one resource', async (t) => {
  let databaseUrl = '';
  const one = await startServer({}, (url) => (databaseUrl = url));
  t.after(() => one.close());
  const two = await startServer({}, () => databaseUrl);
  t.after(() => two.close());
  const { query, resource } = identifier();
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      (n % 2 === 0 ? one : two).write('POST', '/Patient', resource, { 'if-none-exist': query }),
    ),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [...Array<number>(39).fill(200), 201]);
  assert.equal(new Set(replies.map(idOf)).size, 1);
});

test('the format of an answer is no criterion, wherever criteria stand', async () => {
  const { query, resource } = identifier();
  const id = await created(resource);
  const asked = `Patient?_format=json&${query}&_pretty=true`;
  const entries = [
    { request: { method: 'POST', url: 'Patient', ifNoneExist: `_format=json&${query}` }, resource },
    { request: { method: 'PUT', url: asked }, resource },
    {
      request: { method: 'POST', url: 'Observation' },
      resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: asked } },
    },
  ];
  for (const entry of entries) {
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [entry] };
    const reply = await server.write('POST', '', bundle, { prefer: 'return=representation' });
    assert.equal(reply.status, 200, reply.text);
    assert.ok(reply.text.includes(`Patient/${id}`), reply.text);
  }
});
