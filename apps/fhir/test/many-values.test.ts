/** A resource with more values than its row in the search index can count is refused by name, large or small, alone or in a Bundle. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, entriesOf, post, send, statusesOf } from './bundles.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 32 * 1024 ** 2 });
});
after(() => server.close());

const most = 32_767;

function many(make: (n: number) => object, count: number): Record<string, unknown> {
  const component = Array.from({ length: count }, (_, n) => ({ code: { text: 'x' }, ...make(n) }));
  return { resourceType: 'Observation', status: 'final', code: { text: 'x' }, component };
}

const kinds: Record<string, (n: number) => object> = {
  codes: (n) => ({ code: { coding: [{ code: `c${n}` }] } }),
  'quantities without a code': (n) => ({ valueQuantity: { value: n } }),
  'quantities of several codes': (n) => ({
    ...{ code: { coding: [{ code: `a${n % 10}` }, { code: `b${n % 10}` }] } },
    valueQuantity: { value: Math.floor(n / 2) },
  }),
};

for (const [name, make] of Object.entries(kinds))
  test(name, async () => {
    const refused = await server.write('POST', '/Observation', many(make, most + 20));
    assert.deepEqual([refused.status, refused.code], [422, 'search-values-too-many'], refused.text.slice(0, 500));
    assert.match(refused.sentence, /32,?767/);
    const batch = await send(server, 'batch', [post(many(make, most + 20)), post(many(make, 1))]);
    assert.deepEqual(statusesOf(batch), ['422 Unprocessable Entity', '201 Created']);
    assert.equal(codeOf(entriesOf(batch)[0]), 'search-values-too-many');
  });

test('as many as can be counted are stored, and one more of the same value too', async () => {
  const resource = many(kinds['codes']!, most - 1);
  const components = resource['component'] as object[];
  const stored = await server.write('POST', '/Observation', { ...resource, component: [...components, components[0]] });
  assert.equal(stored.status, 201, stored.text.slice(0, 500));
  const found = await server.request('GET', `/Observation?component-code=c${most - 2}&_summary=count`);
  assert.equal(found.json['total'], 1);
});
