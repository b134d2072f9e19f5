import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search } from './search-world.ts';

const underTest = await storeUnderTest('search_parts_of_strings');
let store: FhirStore;

const karimova = {
  resourceType: 'Patient',
  id: 'karimova',
  name: [{ text: 'Karimova Aziza Rustamovna', family: 'Karimova', given: ['Aziza', 'Rustamovna'] }],
  address: [{ text: 'Toshkent shahri, Yunusobod tumani', city: 'Toshkent', district: 'Yunusobod tumani' }],
};

before(async () => {
  store = await underTest.open();
  await put(
    store,
    karimova,
    { resourceType: 'Patient', id: 'rustamov', name: [{ family: 'Rustamov', given: ['Aziz'] }] },
    { resourceType: 'Practitioner', id: 'doctor', name: [{ text: 'Karimova Aziza Rustamovna' }] },
  );
});

async function found(type: string, query: string): Promise<string[]> {
  return names(await search(store, type, query)).sort();
}

describe('strings that are parts of others of their resource', () => {
  it('are found by what they contain, each by its own parameter', async () => {
    assert.deepEqual(await found('Patient', 'family:contains=rimov'), ['Patient/karimova']);
    assert.deepEqual(await found('Patient', 'given:contains=ustamo'), ['Patient/karimova']);
    assert.deepEqual(await found('Patient', 'family:contains=ustamo'), ['Patient/rustamov']);
    assert.deepEqual(await found('Patient', 'name:contains=ustamo'), ['Patient/karimova', 'Patient/rustamov']);
    assert.deepEqual(await found('Patient', 'address-city:contains=shken'), ['Patient/karimova']);
    assert.deepEqual(await found('Patient', 'address-city:contains=unusobod'), [], 'another part of the address');
    assert.deepEqual(await found('Practitioner', 'family:contains=rimov'), [], 'another type has it, and only as text');
    assert.deepEqual(await found('Practitioner', 'name:contains=rimov'), ['Practitioner/doctor']);
  });

  it('are found by their ends, wherever those stand in the whole', async () => {
    assert.deepEqual(await found('Patient', '_filter=family ew "imova"'), ['Patient/karimova']);
    assert.deepEqual(await found('Patient', '_filter=given ew "ziza"'), ['Patient/karimova']);
    assert.deepEqual(await found('Patient', '_filter=family ew "stamov"'), ['Patient/rustamov']);
    assert.deepEqual(await found('Patient', '_filter=family ew "karim"'), []);
  });

  it('follow the whole when it changes', async () => {
    await put(store, { ...karimova, id: 'changing' });
    await put(store, { ...karimova, id: 'changing', name: [{ family: 'Karimova' }] });
    assert.deepEqual(await found('Patient', 'family:contains=rimov'), ['Patient/changing', 'Patient/karimova']);
    assert.deepEqual(await found('Patient', 'given:contains=ustamo'), ['Patient/karimova']);
    await store.delete({ type: 'Patient', id: 'changing' });
    assert.deepEqual(await found('Patient', 'family:contains=rimov'), ['Patient/karimova']);
  });

  it('have no trigrams of their own', async () => {
    const wholes = await underTest.database.sql<{ v: string }[]>`
      select s.v from fhir.str s join fhir.identity i using (rid) where i.id = 'karimova' and not s.part order by s.v`;
    assert.deepEqual(
      wholes.map(({ v }) => v),
      ['karimova aziza rustamovna', 'toshkent shahri, yunusobod tumani'],
    );
  });
});
