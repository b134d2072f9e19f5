/** Sorting by references: a few by their bodies, more along the index of their targets. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { ReadPermission, FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest, unconditional } from './database.ts';
import { numbersInOrder } from './search-sorted.ts';
import { allPages, everyone, parsed, put, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_order_of_references');
let store: FhirStore;

const amount = 100;
const gone = 'Patient/p7';
const elsewhere = 'http://other.example/fhir/Patient/p3';

/** Existing patients and groups, a deleted one, one that never existed, one on another server; and none. */
function subjectOf(n: number): string | undefined {
  if (n % 11 === 0) return undefined;
  if (n % 13 === 0) return elsewhere;
  if (n % 17 === 0) return 'Patient/never';
  if (n % 19 === 0) return gone;
  return n % 7 === 0 ? `Group/g${n % 3}` : `Patient/p${(n * 5) % 7}`;
}

function performersOf(n: number): string[] {
  return n % 4 === 0
    ? []
    : [`Practitioner/d${n % 5}`, `Organization/o${n % 3}`, ...(n % 9 === 0 ? ['Patient/never'] : [])];
}

const memberOf = (n: number): string[] => (n % 40 === 5 ? [`Observation/o${n - 1}`, `Observation/o${n - 3}`] : []);

const references = (texts: readonly (string | undefined)[]): object[] =>
  texts.filter((text) => text !== undefined).map((reference) => ({ reference }));

const observation = (n: number): Resource => ({
  resourceType: 'Observation',
  id: `o${n}`,
  status: n % 3 === 0 ? 'amended' : 'final',
  code: { text: 'x' },
  subject: references([subjectOf(n)])[0] ?? { display: 'no more than a name' },
  performer: references(performersOf(n)),
  hasMember: references(memberOf(n)),
});

before(async () => {
  store = await underTest.open();
  const ids = (letter: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${letter}${n}`);
  const named = (resourceType: string, all: string[]): Resource[] => all.map((id) => ({ resourceType, id }));
  await put(store, ...named('Patient', ids('p', 8)), ...named('Group', ids('g', 5)));
  await put(store, ...named('Practitioner', ids('d', 7)), ...named('Organization', ids('o', 3)));
  await store.delete({ type: 'Patient', id: 'p7', ...unconditional });
  // One after the other, so that equal ones have a known order.
  for (let n = 0; n < amount; n += 1) await put(store, observation(n));
});

const isStored = (text: string): boolean => ![gone, elsewhere, 'Patient/never'].includes(text);
const textsOf: Record<string, (n: number) => string[]> = {
  subject: (n) => [subjectOf(n)].filter((text) => text !== undefined),
  performer: performersOf,
  'has-member': memberOf,
};

function expected(code: string, descending: boolean, isKnown: (text: string) => boolean, keep: (n: number) => boolean) {
  const known = (n: number): string[] => textsOf[code]!(n).filter(isKnown);
  return numbersInOrder(amount, { textsOf: known, descending, keep }).map((n) => `Observation/o${n}`);
}

/** The walks are for more than there are here, unless a search gives up early; and a large page is no longer found by a short walk. */
const efforts = {
  usual: { costLimits: undefined, isKnown: () => true, counts: [3, 50] },
  'along what is referred to': {
    costLimits: { few: 2, farEnough: 1_000, ends: 1 },
    isKnown: isStored,
    counts: [3, 50],
  },
  'as far as pages are filled soon': { costLimits: { few: 2, farEnough: 25, ends: 1 }, isKnown: isStored, counts: [3] },
};

const onlyAmended: ReadPermission = (type) =>
  type !== 'Observation' || parsed(type, 'status=amended').query.branches[0]!.where;

describe('_sort by references', () => {
  for (const [name, { costLimits, isKnown, counts }] of Object.entries(efforts)) {
    for (const code of Object.keys(textsOf)) {
      for (const descending of [false, true]) {
        const sort = `_sort=${descending ? '-' : ''}${code}`;
        it(`${sort}, ${name}, there and back`, async () => {
          const searches = openSearch(
            underTest.database.url,
            {
              ownBases: [],
              parameters: { known: () => ownParameters(0, []) },
              reading: (work) => work(),
              ...(costLimits && { costLimits }),
            },
            { search: 20_000, total: 3_000 },
          );
          try {
            for (const [query, keep] of [
              [sort, () => true],
              [`${sort}&status=amended`, (n: number) => n % 3 === 0],
              // No index leads to it.
              [`${sort}&status:not=final`, (n: number) => n % 3 === 0],
            ] as const) {
              const { query: asked } = parsed('Observation', query);
              const all = expected(code, descending, isKnown, keep);
              for (const count of counts) {
                const request = { query: asked, access: everyone, count };
                assert.deepEqual(await allPages(searches, request), all, `${query} by ${count}`);
                const amended = expected(code, descending, isKnown, (n) => n % 3 === 0);
                const narrow = await allPages(searches, { ...request, access: onlyAmended });
                assert.deepEqual(narrow, amended, `${query} by ${count} of what may be seen`);
              }
            }
          } finally {
            await searches.close();
          }
        });
      }
    }
  }
});
