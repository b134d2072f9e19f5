/** The units that a search spends on reading beside its matches. docs/decisions/0051-reads-of-searches.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Budget } from '@dhp/budget';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { storeUnderTest } from './database.ts';
import { names, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('search_charges');
let store: FhirStore;
let searches: ReturnType<typeof openSearch>;

before(async () => {
  store = await underTest.open();
  // No limit is so low that a look-up finds everything.
  searches = openSearch(
    underTest.database.url,
    {
      ...{ ownBases: [], parameters: { known: () => ownParameters(0, []) }, reading: (work) => work() },
      costLimits: { few: 5, farEnough: 20_000, ends: 5 },
    },
    { search: 20_000, total: 20_000 },
  );
});
after(() => searches.close());

describe('a search pays', () => {
  const patient = (id: string): Resource => ({ resourceType: 'Patient', id, birthDate: '1990-01-01' });
  const spent = async (query: string, count: number): Promise<[found: number, units: number]> => {
    const budget = new Budget();
    const page = await search(searches, 'Patient', query, { budget, count });
    return [names(page).length, budget.used.work];
  };

  it('for the candidates of a scan that do not match, too', async () => {
    // No index leads to resources without an id, so each patient is checked.
    const query = '_has:Observation:subject:_id:not=nobody';
    const seen = Array.from({ length: 8 }, (_, i) => `seen${i}`);
    const visits = seen.map((id) => ({
      ...{ resourceType: 'Observation', id: `of-${id}`, status: 'final', subject: { reference: `Patient/${id}` } },
    }));
    await put(store, ...seen.map(patient), ...visits);
    const [found, first] = await spent(query, 20);
    assert.equal(found, 8);
    await put(store, ...Array.from({ length: 400 }, (_, i) => patient(`other${i}`)));
    const [again, all] = await spent(query, 20);
    assert.equal(again, 8);
    assert.ok(all > first + 400 * 100, `${first} for 8 patients, ${all} for 408`);
    const [page, full] = await spent(query, 4);
    assert.equal(page, 4);
    assert.ok(full <= all, `${full} for a full page, ${all} for all`);
  });

  it('for each text that is compared with a part of one', async () => {
    const tagged = (n: number): Resource => ({
      ...patient(`tagged${n}`),
      meta: { tag: [{ system: 'http://example.org/t', code: `t${n}` }] },
    });
    const [, before] = await spent('_tag:code-text=none', 20);
    await put(store, ...Array.from({ length: 200 }, (_, n) => tagged(n)));
    const [, after] = await spent('_tag:code-text=none', 20);
    assert.ok(after - before >= 200 * 10, `${before} units without texts, ${after} with 200`);
  });
});
