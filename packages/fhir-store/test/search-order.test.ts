import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { understandSearch } from '@dhp/search-index';
import type { FhirStore } from '../src/index.ts';
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
  ],
  Condition: [
    'onset-date',
    '-onset-date',
    'abatement-date',
    '-abatement-date',
    'recorded-date',
    '-abatement-date,code',
  ],
  Encounter: ['date', '-date'],
};

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
