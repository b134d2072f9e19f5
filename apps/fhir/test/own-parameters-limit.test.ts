/** How many search parameters an environment may have of its own: each is a part of what every write costs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type TestServer } from './environment.ts';

const most = 200;
let server: TestServer;

const parameter = (i: number): Record<string, unknown> => ({
  ...{ resourceType: 'SearchParameter', id: `s${i}`, url: `http://example.uz/SearchParameter/s${i}`, name: `S${i}` },
  ...{ status: 'active', description: 'x', code: `code-${i}`, base: ['Basic'], type: 'string' },
  expression: 'Basic.code.text',
  processingMode: 'normal',
});

before(async () => {
  server = await startServer({ requireIfMatch: false });
  await server.store.bulkInsert(
    (async function* () {
      for (let i = 0; i < most - 1; i += 1) {
        const resource = parameter(i);
        yield { type: 'SearchParameter', id: `s${i}`, source: scanJson(JSON.stringify(resource)), resource };
      }
    })(),
  );
});
after(() => server.close());

test(`there are at most ${most}; beyond that an active one is refused, and what makes room is not`, async () => {
  const put = (i: number, more: object = {}) =>
    server.write('PUT', `/SearchParameter/s${i}`, { ...parameter(i), ...more });
  const last = await put(most - 1);
  assert.equal(last.status, 201, last.text.slice(0, 400));
  const refused = await put(most);
  assert.equal(refused.status, 422, refused.text.slice(0, 300));
  assert.match(refused.text, new RegExp(`\\b${most}\\b`));
  assert.equal((await put(most, { status: 'draft' })).status, 201);
  assert.equal((await put(0, { status: 'retired' })).status, 200);
  assert.equal((await put(most)).status, 200);
});
