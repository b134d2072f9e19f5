/** The short form of `npm run proof -- searches`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTurn, isFull } from '../../../tests/sample.ts';
import type { World } from './search-oracle/criteria.ts';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { compareSearches, storeWorld } from './search-oracle/run.ts';

const seed = Number(process.env['DHP_SEED'] ?? 1);
const count = isFull ? 6_000 : 400;
const [from] = isFull ? [0] : inTurn([0, 400, 800], 3);

let server: TestServer;
let world: World;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  world = await storeWorld(server, seed, 0.6, baseUrl);
});
after(() => server.close());

test(`${count} random searches find what a loop over the JSON of all resources finds, from ${from!} on`, async (t) => {
  const { faults, telling, ended, estimated } = await compareSearches({ server, world, seed, from: from!, count });
  assert.deepEqual(faults, []);
  assert.ok(ended < 10, `${ended} searches of so few resources took too long`);
  assert.ok(estimated < 10, `${estimated} totals of so few resources were not counted in time`);
  t.diagnostic(`${telling} of ${count} found some, and not all`);
  assert.ok(telling > count / 5, `${telling} of ${count} found some, and not all`);
});
