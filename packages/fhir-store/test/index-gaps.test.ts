/** Reindexing when the values of some search parameters cost too much: the rest is found, and nothing is missed silently. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Budget, BudgetSpent } from '@dhp/budget';
import { SearchFault } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { type SearchQuery, understandSearch } from '@dhp/search-index';
import { testDatabase } from '@dhp/postgres/testing';
import { IndexNotReady, migrations, openStore, SearchParametersChanged, type FhirStore } from '../src/index.ts';
import { newVersion, unconditional, type Body } from './database.ts';

const database = await testDatabase({ name: 'index_gaps', migrations: [migrations] });
const { url, sql } = database;
const opened: FhirStore[] = [];
after(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await database.drop();
});

/** @param indexWork units for the values of a resource, beside four for each byte */
async function open(indexWork: number): Promise<FhirStore> {
  const store = await openStore({ url, timeZone: 'Asia/Tashkent', indexWork });
  opened.push(store);
  return store;
}

/** Too little for thousands of empty components, each of three bytes and a value of many expressions. */
const [little, much] = [5_000, 20_000_000];

async function put(store: FhirStore, id: string, body: Body): Promise<void> {
  await store.update({ ...newVersion({ ...body, id }), id, ...unconditional });
}

function observation(empty: number): Body {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p' },
    effectiveDateTime: '2026-01-01',
    component: [
      { code: { coding: [{ code: 'k' }] }, valueQuantity: { value: 1 } },
      ...Array.from({ length: empty }, () => ({})),
    ],
  };
}

/** Search parameters on the components, each with a value; including composites of others. */
const byComponent: Readonly<Record<string, string>> = {
  'component-code': 'k',
  'component-code-value-concept': 'k$k',
  'component-code-value-quantity': 'k$1',
  'component-data-absent-reason': 'k',
  'component-value-concept': 'k',
  'component-value-quantity': '1',
  'component-value-canonical': 'urn:k',
  'component-value-reference': 'Patient/p',
};

function understood(text: string, own: OwnParameters, type = 'Observation'): SearchQuery {
  const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: true, own };
  return understandSearch({ type }, [...new URLSearchParams(text)], options).query;
}

async function ids(store: FhirStore, query: SearchQuery): Promise<string[]> {
  const { matches } = await store.search({ query, access: () => true, count: 10 });
  return matches.map(({ id }) => id).sort();
}

const search = async (store: FhirStore, text: string, type?: string): Promise<string[]> =>
  ids(store, understood(text, await store.searchParameters(), type));

/** Returns the problems of a search, also for a lenient client. */
async function problems(store: FhirStore, text: string, type?: string): Promise<unknown[]> {
  const own = await store.searchParameters();
  try {
    understood(text, own, type);
  } catch (error) {
    assert.ok(error instanceof SearchFault);
    return error.problems.map(({ kind, missing }) => [kind, missing]);
  }
  return [];
}

/** The state after a program without this index. */
async function withoutIndex(): Promise<void> {
  await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
}

describe('a resource whose index values cost more than the limit', () => {
  let store: FhirStore;
  before(async () => {
    store = await open(little);
    await put(store, 'p', { resourceType: 'Patient', active: true });
    await put(store, 'small', observation(2));
    await put(store, 'big', observation(6_000));
  });

  it('is found by all that could be computed; by what could not nobody hears that there is none', async () => {
    const other = await open(little);
    const own = await other.searchParameters();
    const before = Object.entries(byComponent).map(([code, value]) => understood(`${code}=${value}`, own));
    assert.deepEqual(await ids(other, before[0]!), ['big', 'small']);
    await withoutIndex();
    await store.reindex();

    const state = await store.indexState();
    assert.equal(state.complete, true);
    assert.equal(state.gaps?.resources, 1);
    assert.deepEqual(state.gaps.types, [['Observation', 1]]);
    const codes = state.gaps.parameters.map(([name]) => name.replace('Observation.', ''));
    assert.ok(codes.length > 0 && codes.every((code) => code in byComponent), codes.join());
    for (const text of ['status=final', '_id=big,small', 'subject=Patient/p', 'date=2026', '_sort=-date']) {
      assert.deepEqual(await search(store, text), ['big', 'small'], text);
    }
    assert.deepEqual(await search(store, '_has:Observation:subject:status=final', 'Patient'), ['p']);
    for (const code of codes) {
      const asked = `${code}=${byComponent[code]!}`;
      const searches: [string, string?][] = [
        [asked],
        [asked.replace('component', 'combo')],
        [`_filter=${asked.replace('=', ' eq ')}`],
        [`_has:Observation:subject:${asked}`, 'Patient'],
        [`result.${asked}`, 'DiagnosticReport'],
      ];
      for (const [text, type] of searches) {
        if (/combo-value-(canonical|reference)/.test(text)) continue; // there is none
        assert.deepEqual(await problems(store, text, type), [['incomplete', 1]], text);
      }
    }
    // A search parsed before: its own statement refuses it.
    const refused = (error: unknown): boolean =>
      error instanceof IndexNotReady || error instanceof SearchParametersChanged;
    for (const query of before) {
      await assert.rejects(ids(other, query), refused);
      await assert.rejects(other.find('Observation', query.branches[0]!.where, 1, undefined, query.follows), refused);
    }
  });

  it('is tried again when the limit is raised, and not before', async () => {
    await store.reindex();
    assert.equal(await store.reindex(), 0);
    assert.equal((await store.indexState()).gaps?.resources, 1);
    const roomy = await open(much);
    assert.equal(await roomy.reindex(), 1);
    assert.equal((await roomy.indexState()).gaps, undefined);
    for (const text of ['component-code=k', 'component-code-value-quantity=k$1', 'component-value-quantity=1']) {
      assert.deepEqual(await search(await open(little), text), ['big', 'small'], text);
    }
  });

  it('has its gap no more once a write has replaced it', async () => {
    await withoutIndex();
    await store.reindex();
    assert.equal((await store.indexState()).gaps?.resources, 1);
    await put(store, 'big', observation(3));
    await store.reindex();
    assert.equal((await store.indexState()).gaps, undefined);
    assert.equal((await sql`select from fhir.index_gap`).length, 0);
    for (const text of ['component-code=k', 'component-code-value-quantity=k$1', 'component-value-quantity=1']) {
      assert.deepEqual(await search(await open(little), text), ['big', 'small'], text);
    }
  });

  it('has one for a search parameter of the environment alone, which others do not suffer from', async () => {
    await put(store, 'many', { resourceType: 'Patient', address: Array.from({ length: 300 }, () => ({ city: 'T' })) });
    const parameter = {
      resourceType: 'SearchParameter',
      url: 'https://dhp.example.uz/SearchParameter/steep',
      name: 'Steep',
      status: 'active',
      description: 'Looks at all addresses for each address',
      code: 'steep',
      base: ['Patient'],
      type: 'string',
      expression: 'Patient.address.where(%resource.address.city.where($this.length() > 0).exists()).city',
    } satisfies Body;
    const quick = { ...parameter, url: `${parameter.url}-not`, code: 'quick', expression: 'Patient.address.city' };
    await put(store, 'steep', parameter);
    await put(store, 'quick', quick);
    await store.reindex();
    assert.deepEqual((await store.indexState()).gaps?.parameters, [['Patient.steep', 1]]);
    const fresh = await open(little);
    assert.deepEqual(await problems(fresh, 'steep=t', 'Patient'), [['incomplete', 1]]);
    assert.deepEqual(await search(fresh, 'quick=t', 'Patient'), ['many']);
    await put(store, 'steep', { ...parameter, expression: 'Patient.address.city' });
    await store.reindex();
    assert.equal((await store.indexState()).gaps, undefined);
    assert.deepEqual(await search(await open(little), 'steep=t', 'Patient'), ['many']);
  });
});

describe('a write whose index values cost more than its budget', () => {
  it('is refused with the parameter that spent it, also where it shared a statement and is tried again alone', async () => {
    const store = await open(much);
    const written = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => {
        const budget = n % 3 === 0 ? undefined : new Budget({ work: 100_000 }, 'resource');
        const id = `refused-${n}`;
        return store.update({ ...newVersion({ ...observation(6_000), id }), id, ...unconditional, budget });
      }),
    );
    for (const [n, result] of written.entries()) {
      assert.equal(result.status, n % 3 === 0 ? 'fulfilled' : 'rejected', String(n));
      if (result.status === 'fulfilled') continue;
      assert.ok(result.reason instanceof BudgetSpent, String(result.reason));
      assert.match(result.reason.place, /^the search parameter comp\S+ of Observation$/);
    }
  });
});
