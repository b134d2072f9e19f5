/** A new definition of the search index, built beside the old one by servers that are used meanwhile: no search is refused or wrong. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import type { FhirStore } from '../src/index.ts';
import { openStore } from '../src/index.ts';
import { put } from './search-world.ts';
import { storeUnderTest } from './database.ts';
import { definitionsOf, firstVersion } from './side-by-side/definitions.ts';
import { startNode, type Node } from './side-by-side/fleet.ts';
import { amounts, load, version, type Load } from './side-by-side/load.ts';
import { createOracle } from './side-by-side/oracle.ts';
import { randomFrom } from './side-by-side/random.ts';

const nodes: Node[] = [];
let used: Load | undefined;
// The load ends before the database is dropped.
after(async () => {
  await used?.stop();
  await Promise.all(nodes.map((node) => node.end()));
});

const underTest = await storeUnderTest('index_side_by_side');
const { sql, url } = underTest.database;
const [old, next] = [firstVersion, firstVersion + 1];
const random = randomFrom(4127);
const oracle = createOracle();
let store: FhirStore;

const state = async () => (await sql`select version, complete, second from fhir.index_state`)[0];
const stage = async () =>
  (await sql<{ stage: string }[]>`select stage from fhir.index_next where version = ${next}`)[0]?.stage;

before(async () => {
  store = await openStore({ url, timeZone: 'Asia/Tashkent', definitions: definitionsOf([old]) });
  const names = [
    ...Array.from({ length: amounts.patients }, (_, n) => `Patient/p${n}`),
    ...Array.from({ length: amounts.observations }, (_, n) => `Observation/o${n}`),
  ];
  for (const name of names) {
    const resource = version(name, random);
    oracle.begins([name]);
    await put(store, resource);
    oracle.ends(name, resource);
  }
  nodes.push(await startNode(url, [old]));
  // So that the builders have time for it.
  used = load(() => nodes, oracle, { random, pause: 15 });
});

function judged(): Load['judged'] {
  return used?.judged ?? assert.fail('there is no load');
}

/** As long as searches and writes of all kinds were answered meanwhile. */
async function answered(searches: number): Promise<void> {
  const now = judged();
  const from = { ...now };
  await until('there are enough searches and writes', () =>
    Promise.resolve(now.searches - from.searches >= searches && now.writes - from.writes >= searches / 4),
  );
}

it('a server of the release before goes on beside one that builds the next definition, which waits for it', async () => {
  await answered(40);
  nodes.push(await startNode(url, [old, next], 0.5));
  await until('all rows are filled', async () => (await stage()) === 'filled');
  await answered(80);
  const { next: built, version: searched, complete } = await store.indexState();
  assert.deepEqual(
    { searched, complete, built },
    { searched: old, complete: true, built: { ...built, version: next, stage: 'filled', own: false } },
  );
  assert.equal(built?.waitsFor, 2, 'the server of the test does not make it either');
  assert.deepEqual(judged().refused, [], 'the server of the release before writes');
  assert.equal(judged().withTags, 0);
});

it('it takes over when that has ended, and nobody sees anything but the one or the other', async () => {
  await store.close();
  const before = nodes.shift()!;
  nodes.push(await startNode(url, [old, next], 0.5));
  await before.end();
  await until('the next version serves', async () => (await state())?.['version'] === next);
  used?.tagsAreThere();
  assert.deepEqual(await state(), { version: next, complete: true, second: true });
  await answered(80);
  assert.ok(judged().withoutTags > 0 && judged().withTags > 0, JSON.stringify(judged()));
});

it('no search was refused or wrong, and no write was refused', async () => {
  await used?.stop();
  assert.deepEqual(judged().faults, []);
  assert.deepEqual(judged().refused, []);
});

it('the tables of the definition before are empty, and writers make the new one alone', async () => {
  await until('the rows of before are gone', async () => (await sql`select from fhir.search limit 1`).length === 0);
  for (const table of ['tok', 'num', 'date', 'str', 'contained', 'boundary']) {
    assert.equal((await sql`select from ${sql(`fhir.${table}`)} limit 1`).length, 0, table);
  }
  assert.deepEqual([...(await sql`select version from fhir.index_definition`)], [{ version: next }]);
  assert.equal((await sql`select from fhir.index_next`).length, 0);
  assert.equal((await sql`select from fhir.index_job`).length, 0);
});
