/** Search parameters of the environment's own that are added, changed and removed while the next definition of the index is built. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { understandSearch } from '@dhp/search-index';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, put } from './search-world.ts';
import { definitionsOf, firstVersion } from './side-by-side/definitions.ts';

const underTest = await storeUnderTest('index_parameters_building');
const { sql } = underTest.database;
const [old, next] = [firstVersion, firstVersion + 1];
const patients = 60;
const inTashkent = Array.from({ length: patients / 3 }, (_, n) => `Patient/p${3 * n}`).sort();
let store: FhirStore;

const cityOf = (n: number): string => ['Tashkent', 'Samarkand', 'Bukhara'][n % 3]!;

const parameter = (code: string, status = 'active', expression = 'Patient.address.city') => ({
  ...{
    resourceType: 'SearchParameter',
    id: code,
    url: `http://example.uz/SearchParameter/${code}`,
    name: code,
    status,
  },
  ...{ code, description: 'x', base: ['Patient'], type: 'string', expression },
});

const searched = async () => (await sql<{ version: number }[]>`select version from fhir.index_state`)[0]?.version;
const stage = async () => (await sql<{ stage: string }[]>`select stage from fhir.index_next`)[0]?.stage;

before(async () => {
  const earlier = await underTest.open({ definitions: definitionsOf([old]) });
  for (let n = 0; n < patients; n += 1) {
    await put(earlier, { resourceType: 'Patient', id: `p${n}`, address: [{ city: cityOf(n) }] });
  }
  await earlier.close();
  store = await underTest.open({ definitions: definitionsOf([old, next]) });
});

/** Indexes until it has done a part of its stage. */
async function indexAPart(): Promise<void> {
  const stop = new AbortController();
  await store.reindex({ stretch: 10, lease: 1_000, signal: stop.signal, onProgress: () => stop.abort() });
}

/** Searches by the present search parameters. */
async function found(text: string): Promise<string[]> {
  const own = await store.searchParameters();
  const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false, own };
  const { query } = understandSearch({ type: 'Patient' }, [...new URLSearchParams(text)], options);
  return names(await store.search({ query, access: () => true, count: 1_000 })).sort();
}

it('one that is added while rows are filled is searched by when both definitions have its values', async () => {
  await indexAPart();
  assert.deepEqual([await searched(), await stage()], [old, 'fill']);
  await put(store, parameter('home-city'));
  await store.registerSearchParameters();
  await put(store, { resourceType: 'Patient', id: 'later', address: [{ city: 'Tashkent' }] });
  assert.deepEqual(await found('address-city=Tashkent'), [...inTashkent, 'Patient/later'].sort());
  await store.reindex({ stretch: 10 });
  assert.equal(await searched(), next);
  assert.equal((await store.searchParameters()).unready, 0);
  assert.deepEqual(await found('home-city=Tashkent'), [...inTashkent, 'Patient/later'].sort());
});

it('one that is added, one that is changed and one that ends while the build waits are as they were stored last', async () => {
  const after = next + 1;
  await put(store, parameter('ending'));
  await put(store, parameter('changing'));
  await store.registerSearchParameters();
  await store.reindex();
  await store.close();
  const other = await underTest.open({ definitions: definitionsOf([next]) });
  store = await underTest.open({ definitions: definitionsOf([next, after]) });
  await store.reindex({ stretch: 10 });
  assert.deepEqual([await searched(), await stage()], [next, 'filled'], 'it waits for the other server');
  await put(store, parameter('added'));
  await put(store, parameter('changing', 'active', 'Patient.gender'));
  await put(store, parameter('ending', 'retired'));
  await put(store, { resourceType: 'Patient', id: 'p1', gender: 'female', address: [{ city: 'Tashkent' }] });
  await store.registerSearchParameters();
  await other.close();
  await store.reindex({ stretch: 10 });
  assert.equal(await searched(), after);
  assert.equal((await store.searchParameters()).unready, 0);
  const wanted = [...inTashkent, 'Patient/later', 'Patient/p1'].sort();
  assert.deepEqual(await found('added=Tashkent'), wanted);
  assert.deepEqual(await found('home-city=Tashkent'), wanted);
  assert.deepEqual(await found('changing=female'), ['Patient/p1']);
  assert.deepEqual(await found('changing=Bukhara'), []);
  assert.equal((await store.searchParameters()).parametersOf('Patient').has('ending'), false);
});
