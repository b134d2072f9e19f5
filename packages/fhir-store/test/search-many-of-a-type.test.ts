/** Rows that lack what a search is sorted by, of a type that has more of them than are sorted as a whole. docs/decisions/0176-what-few-have-in-common.md */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest } from './database.ts';
import { allPages, everyone, parsed } from './search-world.ts';

const underTest = await storeUnderTest('search_many_of_a_type');
/** More than `fewOfType` in packages/search-index/src/page/stages.ts, and behind more rows of others than are read in their order first. */
const [others, many] = [1_050, 10_050];
const isNamed = (n: number): boolean => n % 4_000 === 7;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await store.bulkInsert(resources());
  await underTest.database.sql.unsafe('vacuum (analyze)').simple();
});

async function* resources() {
  await Promise.resolve();
  for (let n = 0; n < others; n += 1) yield { id: `o${n}`, ...newVersion({ resourceType: 'Location', id: `o${n}` }) };
  for (let n = 0; n < many; n += 1) {
    const identifier = isNamed(n) ? [{ system: 'urn:numbers', value: String(n).padStart(5, '0') }] : undefined;
    yield { id: `b${n}`, ...newVersion({ resourceType: 'Basic', id: `b${n}`, ...(identifier && { identifier }) }) };
  }
}

const all = Array.from({ length: many }, (_, n) => n);
const named = all.filter(isNamed);
const nameless = all.filter((n) => !isNamed(n));
const byId = (one: number, other: number): number => (`b${one}` < `b${other}` ? -1 : 1);

describe('rows without a value of the order, where their type has many', () => {
  const orders: readonly (readonly [sort: string, expected: readonly number[]])[] = [
    ['identifier', [...named, ...nameless]],
    ['-identifier', [...named.toReversed(), ...nameless.toReversed()]],
    ['created', all],
    ['-created', all.toReversed()],
    ['created,-_id', all.toSorted(byId).reverse()],
  ];
  for (const [sort, expected] of orders)
    it(`come all and once, last, by row: _sort=${sort}`, async () => {
      const { query } = parsed('Basic', `_sort=${sort}`);
      const found = await allPages(store, { query, access: everyone, count: 3_500 });
      assert.deepEqual(
        found,
        expected.map((n) => `Basic/b${n}`),
      );
    });

  it('are read by their type, no further than a page needs, where nothing else sorts', async () => {
    const { query } = parsed('Basic', '_sort=created');
    const { statements } = await store.explain({ query, access: everyone, count: 20 });
    const [{ Plan: plan }] = statements.at(-1)!.analysis as [{ Plan: Record<string, number> }];
    const blocks = plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
    // To count 10,001 of the type, and a page: all rows are some 30,000.
    assert.ok(blocks < 4_000, `${String(blocks)} blocks`);
  });
});
