/**
 * Resources that a caller may not see do not change any answer to the caller. One server holds everything, another only what the caller can
 * read there one by one. Both answer every request alike (searches, includes, chains, order, totals, pages, lists, $everything, $meta,
 * $validate, histories), so nothing hidden is returned, counted, sorted by, followed or mentioned.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { interferenceOfReads, openReadWorld, readers, type ReadWorld } from './interference/reads.ts';

const seed = 11;
const questions = 60;

let world: ReadWorld;
before(async () => (world = await openReadWorld(seed)));
after(() => world.full.close());

for (const who of Object.keys(readers)) {
  describe(who, () => {
    it(`is answered as if there were nothing else, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
      const told = await interferenceOfReads(world, { who, seed, questions });
      test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
      assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
    });
  });
}
