/** Random searches while the index is lost and made again: each answer is complete, or says that there is no index yet. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { PostgresError } from '@dhp/postgres/errors';
import { StoreUnavailable, type FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { isNotIndexed } from '../src/statements/index-gate.ts';
import { earlierDefinition, storeUnderTest } from './database.ts';
import { everyone, expected, inMemory, names, parsed, put, stored, type World } from './search-world.ts';
import { population, queries } from './search-world-random.ts';

const underTest = await storeUnderTest('search_while_indexing');
const { sql, url } = underTest.database;
const seed = Number(process.env['SEARCH_SEED'] ?? 11);

/** Without the memory of refusals that a store has: each statement finds out by itself. */
const searches = openSearch(
  url,
  { ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work() },
  { search: 20_000, total: 20_000 },
);
after(() => searches.close());

let servers: readonly [FhirStore, FhirStore];
let world: World;

before(async () => {
  servers = [await underTest.open(), await underTest.open()];
  const resources = population(seed);
  await put(servers[0], ...resources);
  world = inMemory(await Promise.all(resources.map((resource) => stored(servers[0], resource))));
});

/** Emptying tables under a running search takes their locks in another order; no program does so, and one of the two is refused. */
const isDeadlock = (error: unknown): boolean =>
  error instanceof StoreUnavailable
    ? isDeadlock(error.cause)
    : error instanceof PostgresError && error.code === '40P01';

async function emptied(): Promise<void> {
  try {
    await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.contained, fhir.index_state`;
  } catch (error) {
    if (!isDeadlock(error)) throw error;
    await emptied();
  }
}

/** Ways to lose an index; existing rows come back in the order in which they are made. */
const losses: readonly (() => Promise<unknown>)[] = [
  emptied,
  () =>
    sql.begin(async (transaction) => {
      await transaction`update fhir.index_state set complete = false`;
      for (const table of ['search', 'tok', 'num', 'date', 'str']) {
        await transaction`delete from ${transaction(`fhir.${table}`)} where rid % 3 > 0`;
      }
    }),
  () =>
    sql.begin(async (transaction) => {
      await transaction`update fhir.index_state set version = ${earlierDefinition}`;
      await transaction`update fhir.search set version = ${earlierDefinition} where rid % 2 = 0`;
    }),
];

it('each answers what a naive matcher finds, or nothing', async () => {
  const state = { indexing: true };
  let answered = 0;
  let refused = 0;
  const disturbing = (async (): Promise<void> => {
    for (const lose of losses) {
      await lose();
      await Promise.all(servers.map((server) => server.reindex({ stretch: 20, share: 0.3 })));
      const earlier = answered;
      while (answered === earlier) await new Promise((resolve) => setImmediate(resolve)); // from the index that is whole again
    }
  })().finally(() => (state.indexing = false));
  const asked = queries(seed, 100);
  for (let n = 0; state.indexing; n += 1) {
    const { type, query, count } = asked[n % asked.length]!;
    const request = { query: parsed(type, query).query, access: everyone, count, total: 'accurate' } as const;
    try {
      const page = await searches.search(request);
      const wanted = expected(world, type, query);
      const found = names(page);
      assert.deepEqual(page.total, { value: wanted.length, accurate: true }, `total of ${type}?${query}`);
      assert.equal(found.length, Math.min(count, wanted.length), `${type}?${query}`);
      assert.deepEqual(
        found.filter((name) => !wanted.includes(name)),
        [],
        `${type}?${query}`,
      );
      answered += 1;
    } catch (error) {
      if (!isNotIndexed(error) && !isDeadlock(error)) throw error;
      refused += 1;
    }
  }
  await disturbing;
  assert.ok(refused > 20 && answered > 20, `${answered} answers, ${refused} refusals`);
});
