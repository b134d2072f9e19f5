/** Rows without a sort value, of a type with more such rows than are sorted as a whole. docs/decisions/0176-what-few-have-in-common.md */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest } from './database.ts';
import { allPages, everyone, parsed } from './search-world.ts';

const underTest = await storeUnderTest('search_many_of_a_type');
/** More than `fewOfType` in packages/search-index/src/page/stages.ts, and behind more rows of others than are read in their order first. */
const [others, many] = [1_050, 10_050];
const isDead = (n: number): boolean => n % 4_000 === 7;
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
    const died = isDead(n) ? { deceasedDateTime: `20${String(10 + n / 1_000).slice(0, 2)}-01-01` } : {};
    yield { id: `p${n}`, ...newVersion({ resourceType: 'Patient', id: `p${n}`, ...died }) };
  }
}

const all = Array.from({ length: many }, (_, n) => n);
const dead = all.filter(isDead);
const alive = all.filter((n) => !isDead(n));
const byId = (one: number, other: number): number => (`p${one}` < `p${other}` ? -1 : 1);

describe('rows without a value of the order, where their type has many', () => {
  const orders: readonly (readonly [sort: string, expected: readonly number[]])[] = [
    ['death-date', [...dead, ...alive]],
    ['-death-date', [...dead.toReversed(), ...alive.toReversed()]],
    ['family', all],
    ['-gender', all.toReversed()],
    ['death-date,-_id', [...dead, ...alive.toSorted(byId).reverse()]],
  ];
  for (const [sort, expected] of orders)
    it(`come all and once, last, by row: _sort=${sort}`, async () => {
      const { query } = parsed('Patient', `_sort=${sort}`);
      const found = await allPages(store, { query, access: everyone, count: 3_500 });
      assert.deepEqual(
        found,
        expected.map((n) => `Patient/p${n}`),
      );
    });

  it('are read no further than a page needs', async () => {
    const { query } = parsed('Patient', '_sort=family');
    const { statements } = await store.explain({ query, access: everyone, count: 20 });
    const [{ Plan: plan }] = statements.at(-1)!.analysis as [{ Plan: Node }];
    // Rows in their order, 1,000 of all types and then as many as it takes; all of the type would be ten thousand.
    assert.ok(rowsOf(plan) < 3_000, `${String(rowsOf(plan))} rows`);
  });
});

interface Node {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Node[];
}

/** Rows of tables that were read. Those of indexes alone are counted, to know how many the type has. */
function rowsOf({ Plans = [], ...node }: Node): number {
  const isTable = /^(?:Seq Scan|Index Scan|Bitmap Heap Scan)$/.test(node['Node Type']);
  const own = isTable ? node['Actual Rows'] * node['Actual Loops'] : 0;
  return Plans.reduce((sum, each) => sum + rowsOf(each), own);
}
