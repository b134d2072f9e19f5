import assert from 'node:assert/strict';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { before, describe, it } from 'node:test';
import { openSearch } from '../src/search/open-search.ts';
import { inTurn, isFull } from '../../../tests/sample.ts';
import { storeUnderTest, type StoreUnderTest } from './database.ts';
import { allPages, everyone, expected, inMemory, parsed, put, stored, type World } from './search-world.ts';
import { assertSorted } from './search-sorted.ts';
import { population, queries } from './search-world-random.ts';

/** No own parameters. */
const parameters = { known: () => ownParameters(0, []) };

const underTest = await storeUnderTest('search_random');
/** The statements of a shard read only a part of each table. */
const inShards = await storeUnderTest('search_shards', 4);
const seed = Number(process.env['SEARCH_SEED'] ?? 7);
const rounds = Number(process.env['SEARCH_ROUNDS'] ?? (isFull ? 120 : 40));

const asked = inTurn([...queries(seed, rounds)], 2);

describe('random searches find what a naive matcher finds', () => {
  const worlds = new Map<StoreUnderTest, World>();

  before(async () => {
    for (const under of [underTest, inShards]) {
      let now = Date.UTC(2019, 11, 25);
      const store = await under.open({ clock: () => new Date((now += 3_600_000)) });
      const resources = population(seed);
      await put(store, ...resources);
      worlds.set(under, inMemory(await Promise.all(resources.map((resource) => stored(store, resource)))));
    }
  });

  const later = { few: 3, farEnough: 5, ends: 2 };
  const last = { few: 0, farEnough: 0, ends: 0 };
  const efforts = [
    ['by the first attempt', undefined, underTest],
    ['by later attempts', later, underTest],
    ['by the last attempt', last, underTest],
    ['by the first attempt, each shard for itself', undefined, inShards],
    ['by later attempts, each shard for itself', later, inShards],
    ['by the last attempt, each shard for itself', last, inShards],
  ] as const;
  for (const [name, costLimits, under] of efforts) {
    it(name, async () => {
      const world = worlds.get(under)!;
      const options: Parameters<typeof openSearch>[1] = {
        ...{ ownBases: [], parameters, reading: (work) => work(), isSpread: () => under === inShards },
        ...(costLimits !== undefined && { costLimits }),
      };
      const searches = openSearch(
        // Parts of tables are the owner's.
        under === inShards ? under.database.ownerUrl : under.database.url,
        options,
        {
          search: 20_000,
          total: 20_000,
        },
      );
      let hits = 0;
      for (const { type, query, count } of asked) {
        const request = { query: parsed(type, query).query, access: everyone, count };
        const found = await allPages(searches, request).catch((error: unknown) => {
          throw new Error(`${type}?${query}`, { cause: error });
        });
        const wanted = expected(world, type, query);
        assert.deepEqual(found.toSorted(), wanted, `${type}?${query}`);
        assertSorted(world, found, request.query.sort, `${type}?${query}`);
        const { total } = await searches.search({ ...request, total: 'accurate' });
        assert.deepEqual(total, { value: wanted.length, accurate: true }, `total of ${type}?${query}`);
        if (wanted.length > 0) hits += 1;
      }
      await searches.close();
      assert.ok(hits > asked.length / 4, `only ${hits} of ${asked.length} searches found anything`);
    });
  }
});
