import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

test('read answers the stored bytes with ETag and Last-Modified', async () => {
  const body =
    '{\n  "resourceType": "Observation",\n  "id": "r1",\n  "status": "final",\n  "code": { "text": "x" },\n  "valueQuantity": { "value": 1.00, "comparator": "<" },\n  "note": [{ "text": "oʻlchov ✓" }]\n}';
  const put = await server.request('PUT', '/Observation/r1', { headers: { 'content-type': 'application/json' }, body });
  assert.equal(put.status, 201);
  const reply = await server.request('GET', '/Observation/r1');
  assert.equal(reply.status, 200);
  assert.equal(reply.text, put.text);
  assert.match(reply.text, /"value": 1\.00, "comparator": "<"/);
  assert.equal(reply.headers.get('etag'), 'W/"1"');
  assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  assert.equal(reply.headers.get('content-length'), String(Buffer.byteLength(reply.text)));
  const { lastUpdated } = reply.json['meta'] as { lastUpdated: string };
  assert.match(lastUpdated, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:00$/);
  assert.equal(reply.headers.get('last-modified'), new Date(lastUpdated).toUTCString());
});

test('HEAD is GET without the body', async () => {
  await server.write('PUT', '/Patient/r2', patient({ id: 'r2' }));
  const get = await server.request('GET', '/Patient/r2');
  const head = await server.request('HEAD', '/Patient/r2');
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  for (const name of ['etag', 'last-modified', 'content-type', 'content-length']) {
    assert.equal(head.headers.get(name), get.headers.get(name), name);
  }
  assert.equal((await server.request('HEAD', '/Patient/never')).status, 404);
});

test('conditional read: 304 when nothing is newer', async () => {
  const { headers } = await server.write('PUT', '/Patient/r3', patient({ id: 'r3' }));
  const modified = headers.get('last-modified') ?? '';
  const status = async (name: string, value: string, path = '/Patient/r3'): Promise<number> =>
    (await server.request('GET', path, { headers: { [name]: value } })).status;
  assert.equal(await status('if-none-match', 'W/"1"'), 304);
  assert.equal(await status('if-none-match', '"7", "1"'), 304);
  assert.equal(await status('if-none-match', '*'), 304);
  assert.equal(await status('if-none-match', 'W/"2"'), 200);
  assert.equal(await status('if-modified-since', modified), 304);
  assert.equal(await status('if-modified-since', new Date(Date.parse(modified) - 1000).toUTCString()), 200);
  assert.equal(await status('if-modified-since', 'nonsense'), 200);
  assert.equal(await status('if-none-match', 'W/"1"', '/Patient/r3/_history/1'), 304);
  assert.equal(await status('if-none-match', 'W/"1"', '/Patient/never'), 404);
});

test('a date that is in no form of HTTP counts as none', async () => {
  const { headers } = await server.write('PUT', '/Patient/r10', patient({ id: 'r10' }));
  const modified = new Date(headers.get('last-modified') ?? '');
  const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  /** The three forms of RFC 9110 section 5.6.7, all of them in GMT. */
  const forms = (date: Date): string[] => {
    const [day = '', dd = '', month = '', year = '', time = ''] = date.toUTCString().split(/,? /);
    const long = days[date.getUTCDay()] ?? '';
    return [
      date.toUTCString(),
      `${long}, ${dd}-${month}-${year.slice(2)} ${time} GMT`,
      `${day} ${month} ${dd.replace(/^0/, ' ')} ${time} ${year}`,
    ];
  };
  const later = new Date(modified.getTime() + 86_400_000);
  const since = async (value: string): Promise<number> =>
    (await server.request('GET', '/Patient/r10', { headers: { 'if-modified-since': value } })).status;
  for (const form of [...forms(modified), ...forms(later)]) assert.equal(await since(form), 304, form);
  for (const form of forms(new Date(modified.getTime() - 1_000))) assert.equal(await since(form), 200, form);
  for (const other of [
    ...['2099-01-01', '2099', '2099-01-01T00:00:00Z', '4102444800', 'Mon, 30 Nov 2099 00:00:00 +0500'],
    ...[
      'Mon, 30 Nov 2099 24:00:00 GMT',
      'Wed, 30 Feb 2099 00:00:00 GMT',
      'Mon, 30 Nov 2099 00:00 GMT',
      later.toISOString(),
    ],
  ])
    assert.equal(await since(other), 200, other);
});

test('304 says of caches what 200 says', async () => {
  await server.write('PUT', '/Patient/r9', patient({ id: 'r9' }));
  for (const path of ['/Patient/r9', '/Patient/r9/_history/1', '/metadata', '/openapi.json?type=Patient']) {
    const whole = await server.request('GET', path);
    const headers = { 'if-none-match': whole.headers.get('etag') ?? '' };
    const known = await server.request('GET', path, { headers });
    assert.equal(known.status, 304, path);
    // RFC 9110 section 15.4.5
    for (const name of ['cache-control', 'content-location', 'etag', 'expires', 'vary'])
      assert.equal(known.headers.get(name), whole.headers.get(name), `${name} of ${path}`);
  }
});

test('404 for what never existed, 410 with the version for what was deleted', async () => {
  const never = await server.request('GET', '/Patient/never');
  assert.equal(never.status, 404);
  assert.equal(never.code, 'resource-not-found');
  await server.write('PUT', '/Patient/r4', patient({ id: 'r4' }));
  await server.request('DELETE', '/Patient/r4');
  const gone = await server.request('GET', '/Patient/r4');
  assert.equal(gone.status, 410);
  assert.equal(gone.code, 'resource-deleted');
  assert.equal(gone.headers.get('etag'), 'W/"2"');
});

test('vread: every version stays, the deletion is 410, an unknown one 404', async () => {
  const first = await server.write('PUT', '/Patient/r5', patient({ id: 'r5' }));
  const second = await server.write('PUT', '/Patient/r5', patient({ id: 'r5', active: false }), {
    'if-match': 'W/"1"',
  });
  await server.request('DELETE', '/Patient/r5');
  assert.equal((await server.request('GET', '/Patient/r5/_history/1')).text, first.text);
  const reply = await server.request('GET', '/Patient/r5/_history/2');
  assert.equal(reply.text, second.text);
  assert.equal(reply.headers.get('etag'), 'W/"2"');
  assert.equal((await server.request('GET', '/Patient/r5/_history/3')).status, 410);
  for (const version of ['4', '0', '01', 'abc', '99999999999999']) {
    const missing = await server.request('GET', `/Patient/r5/_history/${version}`);
    assert.equal(missing.status, 404, version);
    assert.equal(missing.code, 'version-not-found');
  }
  assert.equal((await server.request('GET', '/Patient/r5/_history/a_b')).code, 'id-malformed');
});

test('an id of one type is not found under another', async () => {
  await server.write('PUT', '/Patient/r6', patient({ id: 'r6' }));
  assert.equal((await server.request('GET', '/Person/r6')).status, 404);
});
