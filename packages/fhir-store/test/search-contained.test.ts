/** Contained resources: many of them, after reindexing, and in databases without them. */
import assert from 'node:assert/strict';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { before, describe, it } from 'node:test';
import type { FhirStore, SearchPage } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { earlierDefinition, storeUnderTest } from './database.ts';
import { everyone, names, parsed, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_contained');
const { sql, url } = underTest.database;
const amount = 60;
let store: FhirStore;

/** Contains a Medication of code `c0` to `c5` and of lot `n`, as its medication. */
function request(n: number): Resource {
  const code = { coding: [{ system: 'urn:codes', code: `c${n % 6}` }] };
  return {
    resourceType: 'MedicationRequest',
    id: `r${n}`,
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/p${n % 4}` },
    medication: { reference: { reference: '#m' } },
    contained: [{ resourceType: 'Medication', id: 'm', code, batch: { lotNumber: `lot-${n}` } }],
  };
}

before(async () => {
  store = await underTest.open();
  await put(store, ...Array.from({ length: amount }, (_, n) => request(n)));
});

const of = (page: Pick<SearchPage, 'matches'>): string[] => names(page).sort();
const every = (step: number, from: number): string[] =>
  Array.from({ length: amount }, (_, n) => n)
    .filter((n) => n % step === from)
    .map((n) => `MedicationRequest/r${n}`)
    .sort();

describe('where more contained resources match than are looked up beforehand', () => {
  for (const costLimits of [
    { few: 5_000, farEnough: 20_000, ends: 3 },
    { few: 5, farEnough: 20_000, ends: 1_000 },
    { few: 5, farEnough: 7, ends: 3 },
  ]) {
    it(`the answer is the same (${JSON.stringify(costLimits)})`, async () => {
      const searches = openSearch(
        url,
        { ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work(), costLimits },
        { search: 20_000, total: 3_000 },
      );
      try {
        const asked = (type: string, query: string): Promise<SearchPage> =>
          searches.search({ query: parsed(type, query).query, access: everyone, count: 100, total: 'accurate' });
        const found = await asked('Medication', 'code=c2&_contained=true&_containedType=contained');
        assert.deepEqual([of(found), found.total?.value], [every(6, 2), amount / 6]);
        assert.ok(found.matches.every(({ contained }) => contained === 0));
        const all = await asked('Medication', 'code:not=c2&_contained=true');
        assert.deepEqual(
          of(all),
          of({ matches: all.matches }).filter((name) => !every(6, 2).includes(name)),
        );
        assert.equal(all.matches.length, amount - amount / 6);
        assert.deepEqual(of(await asked('Medication', 'code=c2&lot-number=lot-8&_contained=true')), [
          'MedicationRequest/r8',
        ]);
        assert.deepEqual(of(await asked('MedicationRequest', 'medication:Medication.code=c2')), every(6, 2));
        assert.deepEqual(of(await asked('MedicationRequest', 'medication:Medication.code=c7')), []);
        const both = 'medication:Medication.code=c2&subject=Patient/p0';
        assert.deepEqual(of(await asked('MedicationRequest', both)), every(12, 8));
      } finally {
        await searches.close();
      }
    });
  }
});

it('is indexed where it was stored by a program that did not know of it', async () => {
  await sql`truncate fhir.contained`;
  const own = await sql<{ keys: string[] }[]>`select keys from fhir.search limit 1`;
  assert.ok(own[0]!.keys.length > 5);
  await sql`update fhir.search set version = ${earlierDefinition}, keys = coalesce(keys[1:tn], '{}')`;
  await sql`update fhir.index_state set version = ${earlierDefinition}`;
  const another = await underTest.open();
  await assert.rejects(search(another, 'Medication', 'code=c2&_contained=true'), { name: 'IndexNotReady' });
  assert.equal(await another.reindex(), amount);
  assert.deepEqual(of(await search(another, 'Medication', 'code=c2&_contained=true')), every(6, 2));
});

it('is found when another server has stored the same content before, and by whoever has it', async () => {
  const [one, two] = [await underTest.open(), await underTest.open()];
  const same = (id: string): Resource => ({ ...request(4), id });
  await put(one, same('same-1'));
  await put(two, same('same-2'));
  await one.delete({ type: 'MedicationRequest', id: 'same-1' });
  const found = of(await search(two, 'Medication', 'lot-number=lot-4&_contained=true'));
  assert.deepEqual(found, ['MedicationRequest/r4', 'MedicationRequest/same-2']);
});
