/** The number of statements of a search: each is a round trip to PostgreSQL, which is most of the cost of a narrow search. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { everyone, names, parsed, put, search } from './search-world.ts';

const underTest = await storeUnderTest('search_statements');
let store: FhirStore;

const measured = (id: string, patient: string, value: number, unit: object): Parameters<typeof put>[1] => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/${patient}` } },
  code: { coding: [{ system: 'urn:codes', code: 'weight' }] },
  valueQuantity: { value, ...unit },
});
const ucum = (code: string): object => ({ system: 'http://unitsofmeasure.org', code });

before(async () => {
  store = await underTest.open();
  await put(
    store,
    { resourceType: 'Patient', id: 'a', identifier: [{ system: 'urn:ids', value: '1' }] },
    measured('kilograms', 'a', 5, ucum('kg')),
    measured('grams', 'a', 5, ucum('g')),
    measured('stones', 'a', 5, { unit: 'stone' }),
    measured('little', 'a', 1, ucum('g')),
  );
});

/** Returns the purposes of a search's statements in their order, and its matches. */
async function asked(type: string, query: string): Promise<{ statements: string[]; found: string[] }> {
  const { statements } = await store.explain({ query: parsed(type, query).query, access: everyone, count: 20 });
  const found = names(await search(store, type, query)).map((name) => name.split('/')[1]!);
  return { statements: statements.map(({ what }) => what), found: found.sort() };
}

it('one for an identifier', async () => {
  assert.deepEqual(await asked('Patient', 'identifier=urn:ids|1'), { statements: ['page'], found: ['a'] });
});

it('one for a quantity whose unit does not matter', async () => {
  assert.deepEqual(await asked('Observation', 'code=urn:codes|weight&value-quantity=gt2'), {
    statements: ['page'],
    found: ['grams', 'kilograms', 'stones'],
  });
});

it('one more for the units, where one is asked for', async () => {
  assert.deepEqual(await asked('Observation', 'value-quantity=gt2|http://unitsofmeasure.org|g'), {
    statements: ['units', 'page'],
    found: ['grams', 'kilograms'],
  });
});

it('two for a chain, and one more once something contains a resource of the type', async () => {
  const all = ['grams', 'kilograms', 'little', 'stones'];
  const chain = 'patient.identifier=urn:ids|1';
  assert.deepEqual(await asked('Observation', chain), { statements: ['page', 'page'], found: all });
  await put(store, {
    ...measured('contained', 'a', 7, ucum('g')),
    contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ system: 'urn:ids', value: '1' }] }],
    subject: { reference: '#p' },
  });
  const { statements, found } = await asked('Observation', chain);
  assert.deepEqual(statements, ['page', 'contained resources', 'page']);
  assert.deepEqual(found, ['contained', ...all]);
});

/** The tables that a plan reads. */
function tablesOf(plan: unknown): string[] {
  if (Array.isArray(plan)) return plan.flatMap(tablesOf);
  if (typeof plan !== 'object' || plan === null) return [];
  const { 'Relation Name': table } = plan as { 'Relation Name'?: string };
  return [...(table === undefined ? [] : [table]), ...Object.values(plan).flatMap(tablesOf)];
}

async function tablesReadFor(type: string, query: string): Promise<Set<string>> {
  const { statements } = await store.explain({ query: parsed(type, query).query, access: everyone, count: 20 });
  const tables = new Set(statements.flatMap(({ analysis }) => tablesOf(analysis)));
  assert.ok(tables.delete('index_state'), 'every statement asks whether the index is complete');
  return tables;
}

it('reads no search rows of those that a name leads to, for Patients have no main date to sort by', async () => {
  await put(store, { resourceType: 'Patient', id: 'named', name: [{ family: 'Karimova' }] });
  assert.deepEqual(await tablesReadFor('Patient', 'family=Kari'), new Set(['resource', 'str']));
  // With other criteria or sorting, it does.
  assert.ok((await tablesReadFor('Patient', 'family=Kari&gender=female')).has('search'));
  assert.ok((await tablesReadFor('Patient', 'family=Kari&_sort=birthdate')).has('search'));
});
