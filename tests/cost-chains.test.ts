/**
 * Searches that lead to nearly all other resources are charged for what the database reads: as more of them are asked for in one request, and
 * as more is stored, where the ends of chains are looked up before the search, and where these are too many. A sample of what
 * `npm run proof -- announced` sends; `DHP_SEED` takes another one.
 */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { broadChains, walks } from './cost/announced/chains.ts';
import { databaseOf, judge, type Cost } from './cost/announced/judge.ts';
import { openSubject } from './cost/announced/subject.ts';
import { countWork } from './cost/work.ts';
import { randomSource } from './random.ts';

const seed = Number(process.env['DHP_SEED'] ?? 20_261_129);
const taken = Number(process.env['DHP_CHAINS'] ?? 5);
/** Resources of each kind: those that chains lead to are looked up before the search, or, where they are more than a thousand, after it. */
const sizes = { 'are looked up': [100, 200, 400], 'are too many': [1_100, 1_400, 1_700] } as const;

const counter = countWork();
after(() => counter.close());
const subject = await openSubject('playground', counter);
after(() => subject.close());
const { measure } = subject.instruments;

for (const [n, [how, [least, more, most]]] of Object.entries(sizes).entries()) {
  describe(`chains whose ends ${how}`, () => {
    const random = randomSource(seed, n);
    const all = broadChains();
    const sample = [...new Set(taken >= all.length ? all : Array.from({ length: taken }, () => random.pick(all)))];

    test(`of ${least} resources, more of them in a request (seed ${seed})`, async (context) => {
      await subject.grow(least);
      const faults: string[] = [];
      for (const hostile of sample) {
        const judged = await judge(hostile, subject.instruments);
        const pages = judged.database.map((work) => work?.pages).join();
        context.diagnostic(`${judged.name}: ${judged.statuses.join()}; ${judged.units.join()} units; ${pages} pages`);
        faults.push(...judged.faults.map((fault) => `${judged.name}: ${fault}`));
      }
      assert.deepEqual(faults, []);
    });

    test(`of ${least} to ${most} resources (seed ${seed})`, async (context) => {
      const costs = new Map<(typeof all)[number], Cost[]>([...walks, ...sample].map((hostile) => [hostile, []]));
      for (const size of [least, more, most]) {
        await subject.grow(size);
        for (const [hostile, found] of costs) {
          await measure(hostile.make(2)); // what is remembered is remembered
          found.push(await measure(hostile.make(2)));
        }
      }
      const faults = [...costs].flatMap(([{ name }, [one, two, four]]) => {
        const pages = [one, two, four].map((cost) => `${cost!.database?.pages} for ${cost!.units}`).join(', ');
        context.diagnostic(`${name}: ${four!.answer.status}, pages ${pages}`);
        return databaseOf([one!, two!, four!]).map((fault) => `${name}: ${fault}`);
      });
      assert.deepEqual(faults, []);
    });
  });
}
