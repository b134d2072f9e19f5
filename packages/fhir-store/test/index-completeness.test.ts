/** Every read of the search index fails while resources are missing from it, from the same moment on, whatever a server has cached. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { Condition } from '@dhp/search-index';
import { indexVersion } from '@dhp/search-index/rows';
import { IndexNotReady, type FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest } from './database.ts';
import { everyone, names, parsed, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('index_completeness');
const { sql } = underTest.database;
let store: FhirStore;

/** Searches that remember no refusal: each statement has to find out by itself. */
const searches = openSearch(
  underTest.database.url,
  { ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work() },
  { search: 20_000, total: 20_000 },
);
after(() => searches.close());

const resources: Resource[] = [
  { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimova' }], gender: 'female', active: true },
  {
    ...{ resourceType: 'Observation', id: 'o', status: 'final', subject: { reference: 'Patient/p' } },
    code: { coding: [{ system: 'urn:codes', code: 'weight', display: 'Body weight' }] },
    effectiveDateTime: '2026-01-01',
    valueQuantity: { value: 5, system: 'http://unitsofmeasure.org', code: 'kg' },
  },
  {
    ...{ resourceType: 'MedicationRequest', id: 'm', status: 'active', intent: 'order' },
    contained: [{ resourceType: 'Medication', id: 'c', code: { coding: [{ code: 'c2' }] } }],
    medication: { reference: { reference: '#c' } },
    subject: { reference: 'Patient/p' },
  },
];

before(async () => {
  store = await underTest.open();
  await put(store, ...resources);
});

const all: Condition = { op: 'all', of: [] };

/** Each finds something, so an answer without it would be false. */
const reads: Record<string, (from: Searches) => Promise<{ readonly length: number }>> = {
  ...Object.fromEntries(
    [
      'Patient?',
      'Patient?_id=p',
      'Patient?family=karim',
      'Patient?family:contains=rimov',
      'Patient?gender=female&active=true',
      'Patient?_has:Observation:subject:code=weight',
      'Patient?_content=karimova',
      'Patient?_sort=family',
      'Patient?gender:not=male',
      'Observation?subject:Patient.family=karim',
      'Observation?patient=Patient/p&_sort=-date',
      'Observation?code:text=body',
      'Observation?value-quantity=5|http://unitsofmeasure.org|kg',
      'Observation?date=2026-01-01',
      'Observation?_sort=subject',
      'Observation?_include=Observation:subject',
      'Patient?_revinclude=Observation:subject',
      'Medication?code=c2&_contained=true',
      'MedicationRequest?medication.code=c2',
      'Patient?_lastUpdated=gt2020-01-01',
    ].map((address) => {
      const [type, query] = address.split('?') as [string, string];
      return [address, async (from: Searches) => names(await search(from, type, query))];
    }),
  ),
  'a total, counted': (from) => counted(from, 'accurate'),
  'a total, estimated': (from) => counted(from, 'estimate'),
  'what a condition finds': (from) => from.find('Patient', all, 1),
  'statements and their plans': async (from) => {
    const plan = await from.explain({ query: parsed('Patient', '').query, access: everyone, count: 5 });
    return plan.statements;
  },
};

type Searches = Pick<FhirStore, 'search' | 'find' | 'explain'>;

async function counted(from: Searches, total: 'accurate' | 'estimate'): Promise<{ length: number }> {
  return { length: (await search(from, 'Patient', 'gender=female', { count: 0, total })).total!.value };
}

/** Events without the server's knowledge that make an index incomplete, and their repairs. */
const losses: Record<string, { readonly lose: () => Promise<unknown>; readonly restore: () => Promise<unknown> }> = {
  'an operator who empties it': {
    lose: () => sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`,
    restore: () => store.reindex(),
  },
  'a newer program that begins another definition': {
    lose: () => sql`update fhir.index_state set version = ${indexVersion + 1}, complete = false`,
    restore: () => sql`update fhir.index_state set version = ${indexVersion}, complete = true`,
  },
  'a newer program that has completed another definition': {
    lose: () => sql`update fhir.index_state set version = ${indexVersion + 1}`,
    restore: () => sql`update fhir.index_state set version = ${indexVersion}`,
  },
};

for (const [loss, { lose, restore }] of Object.entries(losses)) {
  describe(`after ${loss}`, () => {
    beforeEach(() => restore());

    it('each statement that reads it is refused, and answered when the index is complete again', async () => {
      const counts = new Map<string, number>();
      for (const [name, read] of Object.entries(reads)) counts.set(name, (await read(searches)).length);
      for (const [name, count] of counts) assert.ok(count > 0, `${name}: an answer that has something to lose`);
      await lose();
      for (const [name, read] of Object.entries(reads)) await assert.rejects(read(searches), { code: 'DHP04' }, name);
      await restore();
      for (const [name, read] of Object.entries(reads))
        assert.equal((await read(searches)).length, counts.get(name), name);
    });

    it('a server that has just found the index complete refuses at once, and says how far it is', async () => {
      const another = await underTest.open();
      assert.equal((await another.indexState()).complete, true);
      assert.equal((await another.referrers('Patient', 'p', 5)).length, 2);
      assert.equal(names(await search(another, 'Patient', '')).length, 1);
      await lose();
      const refused = (error: unknown): boolean =>
        error instanceof IndexNotReady && error.done === 0 && error.total > 2;
      await assert.rejects(search(another, 'Patient', ''), refused);
      await assert.rejects(another.referrers('Patient', 'p', 5), refused);
      assert.equal((await another.indexState()).complete, false);
    });

    it('a deletion whose references are checked is refused, and other writes are not', async () => {
      await lose();
      const deletion = [{ kind: 'delete', type: 'Patient', id: 'p' }] as const;
      await assert.rejects(store.transaction(deletion, { integrity: true }), IndexNotReady);
      await assert.rejects(
        store.transaction(() => Promise.resolve(deletion), { integrity: true }),
        IndexNotReady,
      );
      assert.equal((await store.read('Patient', 'p'))?.deleted, false);
      await put(store, { resourceType: 'Basic', id: 'b', code: { text: loss } });
      const { kind } = await store.transaction([{ kind: 'delete', type: 'Basic', id: 'b' }]);
      assert.equal(kind, 'committed');
      await restore();
    });
  });
}
