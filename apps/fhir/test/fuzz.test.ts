import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { clientOf } from './fuzz/client.ts';
import { examples } from './fuzz/examples.ts';
import { fuzz, reproduction } from './fuzz/run.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, corsOrigins: '*' });
});
after(() => server.close());

/** The short form of `npm run fuzz`. */
const seed = 20_261_125;
const count = 3_000;

test(`${count} requests made of published examples: no answer is a fault of the server`, async () => {
  const parallel = 8;
  const client = clientOf(server.url, await server.sso.token(), parallel);
  const { statuses, faults } = await fuzz({ client, examples: examples(4), seed, from: 0, count, parallel });
  client.close();
  assert.deepEqual(
    faults.map((fault) => reproduction(seed, fault)),
    [],
  );
  for (const status of [200, 201, 400, 404, 405, 406, 410, 412, 415]) {
    assert.ok((statuses.get(status) ?? 0) > 0, `no ${status}: the requests are not what they should be`);
  }
  const done = [...statuses].reduce((sum, [status, times]) => (status < 400 ? sum + times : sum), 0);
  assert.ok(done > count / 10, `only ${done} of ${count} succeeded`);
});
