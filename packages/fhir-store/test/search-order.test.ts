import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { understandSearch } from '@dhp/search-index';
import type { CostLimits } from '@dhp/search-index/search';
import type { FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest } from './database.ts';
import { allPages, everyone, inMemory, names, parsed, put, search, stored, type World } from './search-world.ts';
import { assertSorted } from './search-sorted.ts';
import { population } from './search-world-random.ts';

const underTest = await storeUnderTest('search_order');
let store: FhirStore;
let world: World;

before(async () => {
  let now = Date.UTC(2020, 0, 1);
  store = await underTest.open({ clock: () => new Date((now += 60_000)) });
  const resources = population(3);
  await put(store, ...resources);
  world = inMemory(await Promise.all(resources.map((resource) => stored(store, resource))));
});

const orders: Record<string, readonly string[]> = {
  Observation: [
    'date',
    '-date',
    'value-quantity',
    '-value-quantity',
    'code',
    '-code',
    'status,-date',
    '-status,value-quantity',
    'date,-status',
    '-date,code,-_id',
    '-date,-_lastUpdated',
    '-value-quantity,code',
    'subject,-date',
    '-subject,_id',
    'patient,value-quantity',
  ],
  Patient: [
    'family',
    '-family',
    'birthdate',
    '-birthdate',
    '_id',
    '-_id',
    '_lastUpdated',
    '-_lastUpdated',
    'gender,-family',
    'family,-birthdate',
    'birthdate,family',
    '-birthdate,gender,_id',
    '-_lastUpdated,family',
  ],
  Condition: [
    'onset-date',
    '-onset-date',
    'abatement-date',
    '-abatement-date',
    'recorded-date',
    '-abatement-date,code',
    'onset-date,code',
    'recorded-date,-onset-date',
  ],
  Encounter: ['date', '-date'],
};

/** Searches that give up early; of undefined, as usual. */
async function withLimits(
  costLimits: CostLimits | undefined,
  work: (searches: Pick<FhirStore, 'search'>) => Promise<void>,
): Promise<void> {
  const searches = openSearch(
    underTest.database.url,
    {
      ...{ ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (ask) => ask() },
      ...(costLimits && { costLimits }),
    },
    { search: 20_000, total: 20_000 },
  );
  try {
    await work(searches);
  } finally {
    await searches.close();
  }
}

describe('_sort', () => {
  for (const [type, sorts] of Object.entries(orders)) {
    for (const sort of sorts) {
      it(`${type} by ${sort}, page by page, there and back`, async () => {
        const { query } = parsed(type, `_sort=${sort}`);
        const all = world.kept.filter((one) => one.type === type).map(({ id }) => `${type}/${id}`);
        for (const count of [1, 7, 500]) {
          const found = await allPages(store, { query, access: everyone, count });
          assert.deepEqual(found.toSorted(), all.toSorted());
          assertSorted(world, found, query.sort, sort);
        }
      });
    }
  }

  it('by values that only the body has', async () => {
    const values = async (sort: string): Promise<(string | undefined)[]> => {
      const { matches } = await search(store, 'Patient', `_sort=${sort}`);
      return matches.map(({ content }) => {
        const { managingOrganization } = JSON.parse(content.toString()) as {
          managingOrganization?: { reference: string };
        };
        return managingOrganization?.reference;
      });
    };
    for (const sort of ['organization', '-organization']) {
      const found = await values(sort);
      const present = found.filter((value) => value !== undefined);
      assert.deepEqual(present, sort.startsWith('-') ? present.toSorted().reverse() : present.toSorted());
      assert.ok(present.length > 0 && present.length < found.length);
      assert.ok(
        found.slice(present.length).every((value) => value === undefined),
        'those without a value are last',
      );
    }
  });

  it('stands rows that are equal in the order in which they were created', async () => {
    const same = await underTest.open();
    const ids = ['z', 'a', 'm', 'b'];
    for (const id of ids) await put(same, { resourceType: 'Flag', id, status: 'active' });
    assert.deepEqual(
      names(await search(same, 'Flag', '_sort=status')),
      ids.map((id) => `Flag/${id}`),
    );
    assert.deepEqual(
      names(await search(same, 'Flag', '')),
      ids.toReversed().map((id) => `Flag/${id}`),
    );
  });

  it('stands what has the same day in the order of what comes second, however many have it', async () => {
    const one = await underTest.open();
    const days = ['2021-05-01', '2021-05-02'];
    const resources = Array.from({ length: 40 }, (_, n) => ({
      ...{ resourceType: 'Procedure', id: `r${n}`, status: 'completed', subject: { reference: `Patient/p${n % 3}` } },
      ...{ occurrenceDateTime: days[n % 2], code: { coding: [{ system: 'urn:c', code: `${(n * 7) % 10}` }] } },
    }));
    await put(one, ...resources);
    for (const costLimits of [undefined, { few: 4, farEnough: 30, ends: 1 }, { few: 4, farEnough: 3, ends: 1 }]) {
      await withLimits(costLimits, async (searches) => {
        for (const sort of ['date,code', '-date,code', '-date,-code,_id']) {
          for (const where of ['', 'status=completed&', 'patient=Patient/p1&', 'date=ge2021-05-01&']) {
            const { query } = parsed('Procedure', `${where}_sort=${sort}`);
            const found = await allPages(searches, { query, access: everyone, count: 3 });
            const codes = found.map((name) => {
              const { occurrenceDateTime: day, code } = resources.find(({ id }) => name === `Procedure/${id}`)!;
              return [day!, Number(code.coding[0]!.code)] as const;
            });
            assert.equal(found.length, where.startsWith('patient') ? 13 : 40, where);
            const [down, byCode] = [sort.startsWith('-') ? -1 : 1, sort.includes('-code') ? -1 : 1];
            const compare = ([a, x]: readonly [string, number], [b, y]: readonly [string, number]): number =>
              a === b ? byCode * (x - y) : down * (a < b ? -1 : 1);
            assert.deepEqual(codes, codes.toSorted(compare), `${where}${sort}`);
          }
        }
      });
    }
  });

  it('passes over deleted resources, also where one is the candidate that is one too many', async () => {
    const one = await underTest.open();
    const flags = Array.from({ length: 6 }, (_, n) => ({
      ...{ resourceType: 'Goal', id: `g${n}`, lifecycleStatus: n === 5 ? 'active' : 'planned' },
    }));
    for (const flag of flags) await put(one, flag);
    await withLimits({ few: 1, farEnough: 3, ends: 1 }, async (searches) => {
      for (const gone of ['g3', 'g2', 'g1', 'g0']) {
        await one.delete({ type: 'Goal', id: gone });
        for (const sort of ['_id', '-_id', '_lastUpdated', '-_lastUpdated', '_id,-_lastUpdated', '_lastUpdated,_id']) {
          const found = await search(searches, 'Goal', `lifecycle-status=active&_sort=${sort}`);
          assert.deepEqual(names(found), ['Goal/g5'], `${sort} without ${gone}`);
        }
      }
    });
  });

  it('by distance, the nearest first', async () => {
    const { query } = parsed('Location', 'near=41.5|69.5|500|km&_sort=-_score');
    const { matches } = await store.search({ query, access: everyone, count: 100 });
    const distances = matches.map(({ content }) => {
      const { position } = JSON.parse(content.toString()) as { position: { latitude: number; longitude: number } };
      return Math.hypot(position.latitude - 41.5, (position.longitude - 69.5) * Math.cos((41.5 * Math.PI) / 180));
    });
    assert.ok(distances.length > 3);
    for (let n = 1; n < distances.length; n += 1) assert.ok(distances[n - 1]! <= distances[n]! + 0.01);
  });

  it('of several types in one answer', async () => {
    const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
    const types = ['Observation', 'Encounter', 'Flag', 'Condition'];
    for (const parameters of [[], [['_sort', '-_lastUpdated'] as const], [['_sort', '_id'] as const]]) {
      const { query } = understandSearch({ types }, parameters, options);
      const all = world.kept.filter(({ type }) => types.includes(type)).map(({ type, id }) => `${type}/${id}`);
      const found = (await allPages(store, { query, access: everyone, count: 9 })).filter(
        (name) => !name.startsWith('Flag'),
      );
      assert.deepEqual(found.toSorted(), all.toSorted());
      assertSorted(world, found, query.sort, 'several types');
    }
  });
});
