import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { seedOf } from '@dhp/search-index/keys';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { allPages, everyone, names, parsed, put, search } from './search-world.ts';

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

describe('parts of names and addresses', () => {
  const address = { city: 'Termiz', state: 'Surxondaryo', postalCode: '190100', country: 'UZ', district: 'Markaz' };

  /** The keys that texts of a resource have in the table that leads to it. */
  async function postedUnder(id: string): Promise<Record<string, string[]>> {
    const seeds = new Map(
      [
        'name',
        'family',
        'given',
        'address',
        'address-city',
        'address-state',
        'address-postalcode',
        'address-country',
      ].map((code) => [seedOf('Patient', code).toString(), code]),
    );
    const rows = await underTest.database.sql<{ key: string; v: string }[]>`
      select s.key, s.v from fhir.str s join fhir.identity i using (rid) where i.id = ${id} order by s.v`;
    const found: Record<string, string[]> = {};
    for (const { key, v } of rows) (found[v] ??= []).push(seeds.get(key) ?? key);
    for (const codes of Object.values(found)) codes.sort();
    return found;
  }

  before(() =>
    put(store, {
      ...{ resourceType: 'Patient', id: 'whole', address: [address] },
      name: [
        { text: 'Nazarov Bek', family: 'Nazarov', given: ['Bek', 'Bek'], prefix: ['Dr'] },
        { family: 'Bek', suffix: ['Nazarov'] },
      ],
    }),
  );

  it('lead to the resource once, and stand in its row under the whole, too', async () => {
    assert.deepEqual(await postedUnder('whole'), {
      ...{ 'nazarov bek': ['name'], nazarov: ['family'], bek: ['family', 'given'], dr: ['name'] },
      ...{ termiz: ['address-city'], surhondaryo: ['address-state'], uz: ['address-country'] },
      ...{ '190100': ['address-postalcode'], markaz: ['address'] },
    });
  });

  it('are found by the whole and by the part', async () => {
    for (const query of [
      ...[
        'name=naz',
        'name=bek',
        'name=dr',
        'name=nazarov b',
        'family=bek',
        'given=bek',
        'name:contains=aza',
        'name:exact=Bek',
      ],
      ...['address=termiz', 'address=surx', 'address=1901', 'address=uz', 'address=markaz', 'address-city=termiz'],
      ...[
        'address:contains=ermi',
        '_filter=name eq "bek"',
        '_filter=address ge "z"&name=naz',
        'name=naz&address=termiz',
      ],
    ]) {
      const expected = query.includes('ge "z"') ? [] : ['Patient/whole'];
      const names = await found('Patient', query.includes('_filter') ? query : `${query}&_id=whole`);
      assert.deepEqual(
        names.filter((name) => name === 'Patient/whole'),
        expected,
        query,
      );
    }
    assert.deepEqual(await found('Patient', 'family=dr'), [], 'what the name has as a whole');
    assert.deepEqual(await found('Patient', 'address-city=markaz'), []);
    assert.deepEqual(await found('Practitioner', 'name=nazarov'), []);
  });

  it('come in the order of the whole, each resource once', async () => {
    for (const [query, order] of [
      ['_sort=name', ['rustamov', 'karimova', 'whole']],
      ['_sort=-name', ['karimova', 'rustamov', 'whole']],
      ['_sort=address', ['whole', 'karimova', 'rustamov']],
      ['_sort=-address', ['karimova', 'whole', 'rustamov']],
    ] as const) {
      const ids = await allPages(store, { query: parsed('Patient', query).query, access: everyone, count: 1 });
      assert.deepEqual(
        ids,
        order.map((id) => `Patient/${id}`),
        query,
      );
    }
  });

  it('get a row of the whole when their own one goes', async () => {
    const base = { resourceType: 'Patient', id: 'moving' };
    await put(store, { ...base, name: [{ text: 'Olimova', family: 'Olimova' }] });
    assert.deepEqual(await postedUnder('moving'), { olimova: ['family'] });
    await put(store, { ...base, name: [{ text: 'Olimova' }] });
    assert.deepEqual(await postedUnder('moving'), { olimova: ['name'] });
    assert.deepEqual(await found('Patient', 'name=olim'), ['Patient/moving']);
    assert.deepEqual(await found('Patient', 'family=olim'), []);
    await put(store, { ...base, name: [{ text: 'Olimova', given: ['Olimova'] }] });
    assert.deepEqual(await postedUnder('moving'), { olimova: ['given'] });
    assert.deepEqual(await found('Patient', 'name=olim'), ['Patient/moving']);
    await store.delete({ type: 'Patient', id: 'moving' });
    assert.deepEqual(await postedUnder('moving'), {});
  });
});
