import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from './environment.ts';
import { clientOf } from './fuzz/client.ts';
import { examples } from './fuzz/examples.ts';
import { fuzz, reproduction } from './fuzz/run.ts';
import { isFull } from '../../../tests/sample.ts';

/** The short form of `npm run fuzz`: half of the requests of `npm test -- --full`. */
const seed = 20_261_125;
const unvalidated = isFull ? 1_500 : 750;
const validated = isFull ? 500 : 200;

/** Returns the number of answers by status. None may be a fault of the server. */
async function run(level: 'off' | 'claimed', from: number, count: number): Promise<ReadonlyMap<number, number>> {
  const server = await startServer({ requireIfMatch: false, corsOrigins: '*', validation: { level } });
  try {
    const parallel = 8;
    const client = clientOf(server.url, await server.sso.token(), parallel);
    const { statuses, faults } = await fuzz({ client, examples: examples(4), seed, from, count, parallel });
    client.close();
    assert.deepEqual(
      faults.map((fault) => reproduction(seed, fault)),
      [],
    );
    return statuses;
  } finally {
    await server.close();
  }
}

// A mutated resource hardly ever conforms; without validation it is not refused for that.
test(`${String(unvalidated)} requests made of published examples, unvalidated: no answer is a fault of the server`, async () => {
  const count = unvalidated;
  const statuses = await run('off', 0, count);
  // With fewer requests, none reads a deleted resource.
  for (const status of [200, 201, 400, 404, 405, 406, 412, 415, ...(isFull ? [410] : [])]) {
    assert.ok((statuses.get(status) ?? 0) > 0, `no ${status}: the requests are not what they should be`);
  }
  const done = [...statuses].reduce((sum, [status, times]) => (status < 400 ? sum + times : sum), 0);
  assert.ok(done > count / 10, `only ${done} of ${count} succeeded`);
});

test(`${String(validated)} more, validated: what does not conform is refused, and no answer is a fault of the server`, async () => {
  const statuses = await run('claimed', 1_500, validated);
  for (const status of [200, 201, 400, 422]) assert.ok((statuses.get(status) ?? 0) > 0, `no ${status}`);
});
