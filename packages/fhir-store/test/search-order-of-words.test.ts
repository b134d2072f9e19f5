/** Sorting by codes and displays that are too many for one statement: it walks along the words. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { numbersInOrder } from './search-sorted.ts';
import { allPages, everyone, names, parsed, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_order_of_words');
let store: FhirStore;

const name = (n: number): string => `c${String(n).padStart(3, '0')}`;
/** Several codes each, of 300; every fifth has none, and every tenth of these only a text. */
const codesOf = (n: number): string[] => (n % 5 === 0 ? [] : [0, 1, 2].map((k) => name((n * 37 + k * 101) % 300)));

const coding = (n: number): object[] => codesOf(n).map((code) => ({ system: 'urn:s', code, display: `D ${code}` }));
const observation = (n: number): Resource => ({
  resourceType: 'Observation',
  id: `o${n}`,
  status: n % 3 === 0 ? 'amended' : 'final',
  ...(n % 10 === 0 ? { code: { text: 'words alone' } } : n % 5 === 0 ? {} : { code: { coding: coding(n) } }),
});
const valueSet = (n: number): Resource => ({
  resourceType: 'ValueSet',
  id: `v${n}`,
  status: n % 3 === 0 ? 'draft' : 'active',
  compose: { include: [{ system: 'urn:s', concept: codesOf(n).map((code) => ({ code })) }] },
});

const amount = 90;
before(async () => {
  store = await underTest.open();
  const all = Array.from({ length: amount }, (_, n) => n);
  // One after the other, so that equal ones have a known order.
  for (const n of all) await put(store, observation(n), valueSet(n));
});

function expected(letter: string, descending: boolean, keep: (n: number) => boolean): string[] {
  const type = letter === 'o' ? 'Observation' : 'ValueSet';
  return numbersInOrder(amount, { textsOf: codesOf, descending, keep }).map((n) => `${type}/${letter}${n}`);
}

describe('_sort by many words', () => {
  for (const [type, letter, third] of [
    ['Observation', 'o', 'amended'],
    ['ValueSet', 'v', 'draft'],
  ] as const) {
    for (const descending of [false, true]) {
      const sort = `_sort=${descending ? '-' : ''}code`;
      it(`${type} by ${descending ? '-' : ''}code, there and back`, async () => {
        for (const [query, keep] of [
          [sort, () => true],
          [`${sort}&status=${third}`, (n: number) => n % 3 === 0],
          [
            `${sort}&code=c037,c148,c111`,
            (n: number) => codesOf(n).some((code) => ['c037', 'c148', 'c111'].includes(code)),
          ],
          [`${sort}&code:missing=true`, (n: number) => n % 5 === 0 && !(letter === 'o' && n % 10 === 0)],
        ] as const) {
          const { query: asked } = parsed(type, query);
          const all = expected(letter, descending, keep);
          assert.ok(all.length > 0);
          assert.deepEqual(names(await search(store, type, query)), all, query);
          assert.deepEqual(
            await allPages(store, { query: asked, access: everyone, count: 7 }),
            all,
            `${query} in pages`,
          );
        }
      });
    }
  }

  it('by displays', async () => {
    const withDisplay = (n: number): boolean => n % 5 !== 0;
    const all = expected('o', false, withDisplay);
    const found = names(await search(store, 'Observation', '_sort=code:text')).filter((one) => all.includes(one));
    assert.deepEqual(found, all);
  });
});
