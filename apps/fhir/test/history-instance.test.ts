import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

interface Entry {
  fullUrl: string;
  resource?: Record<string, unknown>;
  request: { method: string; url: string };
  response: { status: string; etag: string; lastModified: string };
}
const entries = (reply: Reply): Entry[] => (reply.json['entry'] as Entry[] | undefined) ?? [];
const linkTo = (reply: Reply, relation: string): string | undefined =>
  (reply.json['link'] as { relation: string; url: string }[]).find((link) => link.relation === relation)?.url;

test('newest first, deletions and restorations included', async () => {
  const { json } = await server.write('POST', '/Patient', patient());
  const id = String(json['id']);
  await server.write('PUT', `/Patient/${id}`, patient({ id, active: false }), { 'if-match': 'W/"1"' });
  await server.request('DELETE', `/Patient/${id}`);
  await server.write('PUT', `/Patient/${id}`, patient({ id }));
  const reply = await server.request('GET', `/Patient/${id}/_history`);
  assert.equal(reply.status, 200);
  assert.equal(reply.json['resourceType'], 'Bundle');
  assert.equal(reply.json['type'], 'history');
  assert.equal(reply.json['total'], 4);
  const found = entries(reply);
  assert.deepEqual(
    found.map(({ request, response }) => [request.method, request.url, response.status, response.etag]),
    [
      ['PUT', `Patient/${id}`, '201', 'W/"4"'],
      ['DELETE', `Patient/${id}`, '200', 'W/"3"'],
      ['PUT', `Patient/${id}`, '200', 'W/"2"'],
      ['POST', 'Patient', '201', 'W/"1"'],
    ],
  );
  for (const entry of found) {
    assert.equal(entry.fullUrl, `${baseUrl}/Patient/${id}`);
    assert.equal(entry.resource === undefined, entry.request.method === 'DELETE');
    const meta = entry.resource?.['meta'] as { lastUpdated: string } | undefined;
    if (meta !== undefined) assert.equal(entry.response.lastModified, meta.lastUpdated);
    assert.match(entry.response.lastModified, /\+05:00$/);
  }
});

test('a first version under an id of the client came by PUT', async () => {
  for (const id of ['h0', '01890a5d-ac96-774b-bcce-b302099a8057']) {
    await server.write('PUT', `/Patient/${id}`, patient({ id }));
    const [entry] = entries(await server.request('GET', `/Patient/${id}/_history`));
    assert.deepEqual(entry?.request, { method: 'PUT', url: `Patient/${id}` });
    assert.equal(entry.response.status, '201');
  }
});

test('the resources are the stored bytes', async () => {
  const body =
    '{ "resourceType":"Observation", "id":"h1",\n "status":"final", "code":{"text":"x"}, "valueQuantity":{"value":  0.10e1} }';
  await server.request('PUT', '/Observation/h1', { headers: { 'content-type': 'application/json' }, body });
  const stored = await server.request('GET', '/Observation/h1');
  const { text } = await server.request('GET', '/Observation/h1/_history');
  assert.ok(text.includes(stored.text));
  assert.match(text, /"value": {2}0\.10e1/);
});

test('pages by _count, with a link to the next until all are seen', async () => {
  await server.write('PUT', '/Patient/h2', patient({ id: 'h2' }));
  for (let version = 1; version < 7; version += 1) {
    const next = patient({ id: 'h2', multipleBirthInteger: version });
    await server.write('PUT', '/Patient/h2', next, { 'if-match': `W/"${version}"` });
  }
  const seen: string[] = [];
  let pages = 0;
  let url: string | undefined = `${baseUrl}/Patient/h2/_history?_count=3`;
  while (url !== undefined) {
    const reply = await server.request('GET', url.slice(baseUrl.length));
    assert.equal(reply.json['total'], 7);
    assert.equal(linkTo(reply, 'self'), url);
    seen.push(...entries(reply).map(({ response }) => response.etag));
    pages += 1;
    url = linkTo(reply, 'next');
  }
  assert.equal(pages, 3);
  assert.deepEqual(
    seen,
    [7, 6, 5, 4, 3, 2, 1].map((version) => `W/"${version}"`),
  );
  const part = await server.request('GET', '/Patient/h2/_history?_count=3&_elements=gender&_pretty=true');
  for (const relation of ['self', 'next']) {
    assert.match(linkTo(part, relation)!, /&_elements=gender&_pretty=true/, `the ${relation} page looks like this one`);
  }
  const exact = await server.request('GET', '/Patient/h2/_history?_count=7');
  assert.equal(linkTo(exact, 'next'), undefined);
  const none = await server.request('GET', '/Patient/h2/_history?_count=0');
  assert.deepEqual([none.json['total'], none.json['entry']], [7, undefined]);
});

test('404 for what never existed, 400 for parameters that cannot be', async () => {
  assert.equal((await server.request('GET', '/Patient/never/_history')).status, 404);
  for (const query of ['_count=ten', '_count=-1', '_count=1&_count=2', '_before=x']) {
    const reply = await server.request('GET', `/Patient/h2/_history?${query}`);
    assert.equal(reply.status, 400, query);
    assert.equal(reply.code, 'parameter-invalid');
  }
  assert.equal((await server.request('GET', '/Patient/h2/_history?_tag=x')).code, 'parameter-unknown');
});
