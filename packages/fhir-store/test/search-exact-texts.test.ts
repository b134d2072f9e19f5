import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { keyOf, seedOf } from '@dhp/search-index/keys';
import type { FhirStore } from '../src/index.ts';
import { programDefinitions } from '../src/statements/index-definition.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_exact_texts');
let store: FhirStore;

const long = `${'Uzun matn '.repeat(40)}😀`;
/** Two that differ behind all that is compared of their start. */
const texts = [
  'Karimova',
  'karimova',
  'КАРИМОВА',
  'Karímova',
  ' Karimova',
  '\u0301',
  'a\tb',
  'a b',
  `${long}a`,
  `${long}A`,
  `${'x'.repeat(254)}😀y`,
];
const patients = texts.map((family, n): Resource => ({ resourceType: 'Patient', id: `p${n}`, name: [{ family }] }));

before(async () => {
  store = await underTest.open();
  await put(
    store,
    ...patients,
    { resourceType: 'Patient', id: 'two', name: [{ family: 'Olim', given: ['olim'] }] },
    {
      ...{ resourceType: 'Observation', id: 'contained', status: 'final', code: { text: 'x' } },
      ...{
        contained: [{ resourceType: 'Practitioner', id: 'a', name: [{ family: 'Ichki' }] }],
        performer: [{ reference: '#a' }],
      },
    },
    {
      ...{ resourceType: 'Bundle', id: 'document', type: 'document' },
      entry: [{ resource: { resourceType: 'Composition', status: 'final', title: 'Xulosa', type: { text: 'x' } } }],
    },
  );
});

const found = async (type: string, query: string) => names(await search(store, type, query)).sort();

describe('texts as they are written', () => {
  it('are told from all others', async () => {
    for (const [n, text] of texts.entries()) {
      const asked = `:exact=${encodeURIComponent(text)}`;
      assert.deepEqual(await found('Patient', `family${asked}`), [`Patient/p${n}`], JSON.stringify(text));
      assert.deepEqual(await found('Patient', `name${asked}`), [`Patient/p${n}`], JSON.stringify(text));
    }
    assert.deepEqual(await found('Patient', 'family:exact=KARIMOVA'), []);
  });

  it('are told by the parameter that has them', async () => {
    assert.deepEqual(await found('Patient', 'family:exact=Olim'), ['Patient/two']);
    assert.deepEqual(await found('Patient', 'family:exact=olim'), []);
    assert.deepEqual(await found('Patient', 'given:exact=olim'), ['Patient/two']);
    assert.deepEqual(await found('Patient', 'name:exact=olim'), ['Patient/two']);
    assert.deepEqual(await found('Patient', 'name:exact=Olim,Karimova'), ['Patient/p0', 'Patient/two']);
  });

  it('are told of what is contained, and of the first resource of a document', async () => {
    assert.deepEqual(await found('Observation', 'performer:Practitioner.family:exact=Ichki'), [
      'Observation/contained',
    ]);
    assert.deepEqual(await found('Observation', 'performer:Practitioner.family:exact=ichki'), []);
    assert.deepEqual(await found('Bundle', 'composition.title:exact=Xulosa'), ['Bundle/document']);
    assert.deepEqual(await found('Bundle', 'composition.title:exact=xulosa'), []);
  });

  it('are no keys, but where nothing else leads to them', async () => {
    const seed = seedOf('Patient', 'family', 'exact');
    const keys = texts.map((text) => keyOf(seed, text).toString());
    const rows = await underTest.database.sql<{ key: string }[]>`
      select unnest(keys) as key from fhir.search where keys && ${`{${keys.join(',')}}`}::bigint[]`;
    const among = new Set(rows.map(({ key }) => key));
    assert.deepEqual(
      texts.filter((_, n) => among.has(keys[n]!)),
      ['\u0301'],
    );
  });

  it('are keys in the definition before, for its servers', () => {
    const [patient] = patients;
    const before = programDefinitions.at(-2)!;
    assert.equal(before.version, 13);
    const { keys, strings } = before.row(patient!, {});
    assert.ok(keys.includes(keyOf(seedOf('Patient', 'family', 'exact'), 'Karimova')));
    assert.deepEqual(
      strings.map(({ posted }) => posted),
      [true, true],
    );
  });
});
