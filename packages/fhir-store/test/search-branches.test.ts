/**
 * The cost of a search whose caller may see resources that match one of some combinations of codes, in blocks that PostgreSQL reads; no
 * times.
 */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { partitionsOfTests } from '@dhp/postgres/testing';
import type { Condition } from '@dhp/search-index';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest } from './database.ts';
import { parsed } from './search-world.ts';

const underTest = await storeUnderTest('search_branches');
const count = 6_000;
/** On divided tables each branch looks for its keys in the index of each part, since no key tells where the rows are. */
const blocksOfProbe = 4;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await store.bulkInsert(observations());
  await underTest.database.sql.unsafe('vacuum (analyze)').simple();
});

async function* observations() {
  for (let n = 0; n < count; n += 1) {
    const id = `o${n}`;
    const body = {
      ...{ resourceType: 'Observation', id, status: 'final' },
      category: [{ coding: [{ system: 'urn:categories', code: `k${n % 8}` }] }],
      code: { coding: [{ system: 'urn:codes', code: `c${n % 16 === 0 ? `rare${n % 4_800}` : n % 50}` }] },
      effectiveDateTime: new Date(Date.UTC(2020, 0, 1) + ((n * 7_919) % count) * 3_600_000).toISOString(),
    };
    yield { id, ...newVersion(body) };
  }
}

const kinds: Readonly<Record<string, (n: number) => string>> = {
  common: (n) => `category=urn:categories|k${n % 8}&code=urn:codes|c${n % 50}`,
  rare: (n) => `category=urn:categories|k0&code=urn:codes|crare${n * 16}`,
  'that nothing has': (n) => `category=urn:categories|k${n % 8}&code=urn:codes|none${n}`,
};

/** Blocks that all statements of the first search read, including cancelled ones. */
async function blocksOf(branches: readonly string[]): Promise<number> {
  const of = branches.map((query) => parsed('Observation', query).query.branches[0]!.where);
  const where: Condition = { op: 'any', of };
  const { query } = parsed('Observation', '_sort=-date');
  const { statements } = await store.explain({ query, access: () => where, count: 20 });
  return statements.reduce((sum, { analysis }) => sum + blocksIn(analysis), 0);
}

function blocksIn(analysis: unknown): number {
  const [{ Plan: plan }] = analysis as [{ Plan: Record<string, number> }];
  return plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
}

for (const [kind, branch] of Object.entries(kinds)) {
  it(`reads no more for many combinations than for all rows: ${kind}`, async () => {
    for (const n of [8, 31, 33, 64]) {
      const blocks = await blocksOf(Array.from({ length: n }, (_, k) => branch(k)));
      // A branch that reads all rows of its category, with the search row of each, alone reads 3,000.
      const most = count / 2 + n * blocksOfProbe * partitionsOfTests();
      assert.ok(blocks < most, `${n} branches read ${blocks} blocks, of ${most}`);
    }
  });
}
