/** A code within a range of main dates: a posting decides if the date certainly ends within the range, otherwise the row. */
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_code_and_month');
let store: FhirStore;

const observation = (id: string, effective: object, code = 'a'): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:codes', code }] } },
  ...effective,
});
const at = (effectiveDateTime: string): object => ({ effectiveDateTime });
const during = (start: string, end?: string): object => ({
  effectivePeriod: { start, ...(end === undefined ? {} : { end }) },
});

before(async () => {
  store = await underTest.open();
  await put(
    store,
    observation('first', at('2023-05-01')),
    observation('instant', at('2023-05-17T10:00:00+05:00')),
    observation('last', at('2023-05-31')),
    observation('night', during('2023-05-31T20:00:00+05:00', '2023-06-01T06:00:00+05:00')),
    observation('june', at('2023-06-01')),
    observation('april', at('2023-04-30')),
    observation('other', at('2023-05-17'), 'b'),
  );
});

const of = async (code: string, date: string): Promise<string[]> => {
  const page = await search(store, 'Observation', `code=urn:codes|${code}&date=${date}`, { total: 'accurate' });
  assert.equal(page.total?.value, page.matches.length);
  return names(page)
    .map((name) => name.split('/')[1]!)
    .sort();
};

it('where nothing of the code lasts long', async () => {
  assert.deepEqual(await of('a', '2023-05'), ['first', 'instant', 'last']);
  assert.deepEqual(await of('a', 'ge2023-05-17&date=le2023-05-31'), ['instant', 'last']);
  assert.deepEqual(await of('a', '2023-05-31'), ['last']);
  assert.deepEqual(await of('b', '2023-05'), ['other']);
});

it('where something does, with the code or with another one', async () => {
  await put(
    store,
    observation('within', during('2023-05-03', '2023-05-20')),
    observation('beyond', during('2023-05-10', '2023-06-20')),
    observation('open', during('2023-05-12')),
    observation('before', during('2023-04-10', '2023-05-02')),
  );
  assert.deepEqual(await of('a', '2023-05'), ['first', 'instant', 'last', 'within']);
  assert.deepEqual(await of('b', '2023-05'), ['other']);
  assert.deepEqual(await of('a', '2023-05-31'), ['last']);
  assert.deepEqual(await of('a', '2023'), [
    'april',
    'before',
    'beyond',
    'first',
    'instant',
    'june',
    'last',
    'night',
    'within',
  ]);
  await store.delete({ type: 'Observation', id: 'beyond' });
  assert.deepEqual(await of('a', '2023'), ['april', 'before', 'first', 'instant', 'june', 'last', 'night', 'within']);
});
