/** Work about a stored resource is allowed for by the length of that, however short the request is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeOf, entriesOf, send, type EntryToSend } from './bundles.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
/** This many identifiers need some ten times the work that a request has beside that for its length. */
const identifiers = Array.from({ length: 4_000 }, (_, n) => ({ value: `v${n}` }));
/** Resources: a patch of each is more than one request may do. */
const ids = Array.from({ length: 12 }, (_, n) => `long-${n}`);

before(async () => {
  server = await startServer({ requireIfMatch: false, costs: { work: 20_000, resourceWork: 20_000 } });
  for (const id of ids) {
    const resource = { resourceType: 'Basic', id, code: { text: 'x' }, identifier: identifiers };
    assert.equal((await server.write('PUT', `/Basic/${id}`, resource)).status, 201);
  }
});
after(() => server.close());

let patches = 0;
function jsonPatch(): string {
  return JSON.stringify([{ op: 'replace', path: '/code/text', value: `y${(patches += 1)}` }]);
}

function entry(id: string): EntryToSend {
  const data = Buffer.from(jsonPatch()).toString('base64');
  const resource = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
  return { resource, request: { method: 'PATCH', url: `Basic/${id}` } };
}

describe('a long resource that is stored', () => {
  test('is patched', async () => {
    const headers = { 'content-type': 'application/json-patch+json' };
    const reply = await server.request('PATCH', '/Basic/long-0', { headers, body: jsonPatch() });
    assert.equal(reply.status, 200, reply.text.slice(0, 500));
  });

  test('is patched by a condition', async () => {
    const headers = { 'content-type': 'application/json-patch+json' };
    const reply = await server.request('PATCH', '/Basic?_id=long-0', { headers, body: jsonPatch() });
    assert.equal(reply.status, 200, reply.text.slice(0, 500));
  });

  for (const type of ['batch', 'transaction'] as const) {
    test(`is patched in a ${type}`, async () => {
      const reply = await send(server, type, [entry('long-0')]);
      assert.match(entriesOf(reply)[0]?.response.status ?? reply.diagnostics, /^200/);
    });
  }

  test('is validated', async () => {
    const reply = await server.request('GET', '/Basic/long-0/$validate');
    assert.equal(reply.status, 200, reply.text.slice(0, 500));
    assert.notEqual(reply.code, 'work-limit-exceeded');
  });

  test('is worked on once for its length: many of them in a batch are limited together', async () => {
    const codes = entriesOf(await send(server, 'batch', ids.map(entry))).map(codeOf);
    assert.ok(codes.includes('work-limit-exceeded'), codes.join());
  });
});
