/** The time in a history from which the next request continues. https://hl7.org/fhir/R5/http.html#history */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

const versionsIn = (reply: Reply): string[] =>
  ((reply.json['entry'] as { fullUrl: string; response: { etag: string } }[] | undefined) ?? []).map(
    ({ fullUrl, response }) => `${fullUrl.split('/').at(-1)!} ${response.etag}`,
  );

test('each page of a history of a type, or of all, has the time from which on nothing is missed', async () => {
  for (let n = 0; n < 5; n += 1) {
    assert.ok((await server.write('PUT', `/Patient/p${n}`, patient({ id: `p${n}` }))).status < 300);
  }
  for (const path of ['/Patient/_history', '/_history']) {
    const asked = Date.now();
    const first = await server.request('GET', `${path}?_count=3`);
    const timestamp = String(first.json['timestamp']);
    assert.ok(Date.parse(timestamp) <= asked);
    assert.ok(Date.parse(timestamp) > asked - 60_000);
    const next = (first.json['link'] as { relation: string; url: string }[]).find(
      ({ relation }) => relation === 'next',
    );
    const second = await server.request(
      'GET',
      new URL(next!.url).pathname.replace(/^\/fhir/, '') + new URL(next!.url).search,
    );
    assert.equal(second.json['timestamp'], timestamp);

    const put = await server.write('PUT', '/Patient/p0', patient({ id: 'p0', active: path === '/_history' }));
    assert.equal(put.status, 200);
    const since = await server.request('GET', `${path}?_since=${encodeURIComponent(timestamp)}`);
    assert.ok(versionsIn(since).includes(`p0 ${put.headers.get('etag')!}`), since.text);
  }
});

test('the history of one resource has none: its versions follow one another', async () => {
  assert.equal((await server.request('GET', '/Patient/p1/_history')).json['timestamp'], undefined);
});
