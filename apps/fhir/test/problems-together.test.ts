/** An answer tells all that is wrong with all writes of a transaction, as far as it has room. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { post, send } from './bundles.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => (server = await startServer({ requireIfMatch: false })));
after(() => server.close());

/** One whose components are three that there are not. */
const searchParameter = (code: string): Record<string, unknown> => ({
  ...{
    resourceType: 'SearchParameter',
    url: `http://example.uz/SearchParameter/${code}`,
    name: 'Composite',
    status: 'active',
  },
  ...{ description: 'x', code, base: ['Observation'], type: 'composite', expression: 'Observation' },
  processingMode: 'normal',
  component: ['a', 'b', 'c'].map((name) => ({
    definition: `http://example.uz/SearchParameter/none-${code}-${name}`,
    expression: 'code',
  })),
});

interface Told {
  readonly diagnostics?: string;
}
const toldIn = (json: Record<string, unknown>): string[] =>
  (json['issue'] as readonly Told[]).map(({ diagnostics = '' }) => diagnostics);

test('each problem of each write is told', async () => {
  const alone = await server.write('POST', '/SearchParameter', searchParameter('one'));
  assert.equal(alone.status, 422, alone.text);
  const ofOne = toldIn(alone.json).length;
  assert.ok(ofOne >= 3, alone.text);
  const reply = await send(server, 'transaction', [post(searchParameter('one')), post(searchParameter('two'))]);
  assert.equal(reply.status, 422);
  const told = toldIn(reply.json);
  assert.equal(told.length, 2 * ofOne, reply.text);
  for (const code of ['one', 'two'])
    for (const name of ['a', 'b', 'c'])
      assert.equal(told.filter((each) => each.includes(`none-${code}-${name}`)).length, 1, `${code} ${name}`);
});
