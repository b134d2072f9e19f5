import assert from 'node:assert/strict';
import { ownParameters } from '@dhp/fhir-search/parameters';
import { before, describe, it } from 'node:test';
import { createDatabaseMemory } from '@dhp/postgres';
import type { FhirStore, ReadPermission } from '../src/index.ts';
import { createFailedPlans } from '../src/search/failed-plans.ts';
import { openSearch } from '../src/search/open-search.ts';
import { SearchTimeout } from '../src/index.ts';
import { usualCostLimits } from '@dhp/search-index/search';
import { storeUnderTest } from './database.ts';
import { everyone, parsed, put, search, type Resource } from './search-world.ts';

/** No own parameters. */
const parameters = { known: () => ownParameters(0, []) };

const underTest = await storeUnderTest('search_limits');
const amount = 400;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  const resources = Array.from({ length: amount }, (_, n): Resource => ({
    resourceType: 'Observation',
    id: `o${n}`,
    status: n % 4 === 0 ? 'amended' : 'final',
    code: { coding: [{ system: 'urn:codes', code: 'a' }] },
    subject: { reference: `Patient/p${n % 10}` },
    effectiveDateTime: '2024-01-01',
  }));
  await put(store, ...resources);
});

describe('totals', () => {
  it('are counted when asked for, and not otherwise', async () => {
    assert.equal((await search(store, 'Observation', 'code=a', { count: 5 })).total, undefined);
    for (const total of ['accurate', 'estimate'] as const) {
      const all = await search(store, 'Observation', 'code=a', { count: 5, total });
      assert.deepEqual(all.total, { value: amount, accurate: true });
      const some = await search(store, 'Observation', 'status=amended', { count: 0, total });
      assert.deepEqual([some.total, some.matches], [{ value: amount / 4, accurate: true }, []]);
    }
  });

  it('count a resource once that has a code more than once', async () => {
    const coding = { system: 'urn:twice', code: 't' };
    const twice = Array.from({ length: 5 }, (_, n): Resource => ({
      resourceType: 'Observation',
      id: `twice-${n}`,
      code: { coding: [coding, coding, { ...coding, system: 'urn:other' }] },
      effectiveDateTime: `2023-0${n + 1}-03`,
    }));
    const [long] = twice;
    const period = { start: '2023-01-01', end: '2023-12-31' };
    await put(store, ...twice, { ...long!, id: 'long', effectiveDateTime: undefined, effectivePeriod: period });
    for (const [query, value] of [
      ['code=t', 6],
      ['code=urn:twice|t', 6],
      ['code=urn:twice|t&date=ge2023-03', 4],
      ['code=urn:twice|t&date=lt2023-03', 3],
      ['code=urn:twice|t&date=2023-02', 1],
      ['code=urn:twice|t&date=2023', 6],
    ] as const) {
      for (const total of ['accurate', 'estimate'] as const) {
        const page = await search(store, 'Observation', query, { count: 10, total });
        assert.deepEqual([page.total, page.matches.length], [{ value, accurate: true }, value], query);
      }
    }
  });

  it('are estimated where more would have to be looked at than may be', async () => {
    const devices = Array.from({ length: 60 }, (_, n): Resource => ({
      resourceType: 'Device',
      id: `d${n}`,
      ...(n % 3 === 0 && { identifier: [{ system: 'urn:serial', value: `${n}` }] }),
    }));
    await put(store, ...devices);
    const totalWithin = async (lookedAt: number | undefined, query: string) => {
      const costLimits = { ...usualCostLimits, ...(lookedAt !== undefined && { lookedAt }) };
      const searches = openSearch(
        underTest.database.url,
        { ownBases: [], parameters, reading: (work) => work(), costLimits },
        { search: 20_000, total: 20_000 },
      );
      const asked = parsed('Device', query).query;
      const each = await Promise.all(
        (['accurate', 'estimate'] as const).map((total) =>
          searches.search({ query: asked, access: everyone, count: 0, total }),
        ),
      );
      const { statements } = await searches.explain({ query: asked, access: everyone, count: 0, total: 'accurate' });
      await searches.close();
      return { totals: each.map(({ total }) => total), text: statements.map(({ sql: text }) => text).join('\n') };
    };
    for (const [query, value] of [
      ['identifier:missing=true', 40],
      ['identifier:missing=false', 20],
    ] as const) {
      const exact = { value, accurate: true };
      for (const lookedAt of [undefined, 60])
        assert.deepEqual((await totalWithin(lookedAt, query)).totals, [exact, exact], query);
      // 31 of them are read, and the total number is known.
      for (const total of (await totalWithin(30, query)).totals) {
        assert.equal(total!.accurate, false);
        assert.ok(Math.abs(total!.value - value) <= 3, `${query}: ${total!.value}`);
      }
    }
    // An index leads to all of a type, which is counted to its end.
    const all = await totalWithin(30, '');
    assert.deepEqual(all.totals, [
      { value: 60, accurate: true },
      { value: 60, accurate: true },
    ]);
  });

  it('are the same on every page', async () => {
    const first = await search(store, 'Observation', 'code=a', { count: 50, total: 'accurate' });
    const second = await search(store, 'Observation', 'code=a', { count: 50, total: 'accurate', cursor: first.next! });
    assert.deepEqual(second.total, first.total);
  });

  it('are estimated where counting takes too long', async () => {
    // A lock on the postings holds the count up; the sample reads the search rows alone.
    const searches = openSearch(
      underTest.database.url,
      { ownBases: [], parameters, reading: (work) => work() },
      { search: 20_000, total: 300 },
    );
    const { query } = parsed('Observation', 'code=a');
    await underTest.database.sql`analyze fhir.search`;
    const release = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const blocker = underTest.database.sql.begin(async (transaction) => {
      await transaction`lock table fhir.tok in access exclusive mode`;
      locked.resolve(undefined);
      await release.promise;
    });
    await locked.promise;
    const { sort } = parsed('Observation', '_sort=status').query;
    const answer = searches.search({ query: { ...query, sort }, access: everyone, count: 5, total: 'accurate' });
    const { total, matches } = await answer.finally(() => release.resolve(undefined));
    await blocker;
    assert.equal(matches.length, 5);
    assert.equal(total!.accurate, false);
    assert.ok(total!.value > amount / 2 && total!.value < amount * 2, `${total!.value}`);
    // The lock is released: cancelled plans are remembered, by query and caller.
    const counted = async (code: string, access: ReadPermission = everyone): Promise<boolean> => {
      const asked = parsed('Observation', `code=${code}`).query;
      return (await searches.search({ query: asked, access, count: 5, total: 'accurate' })).total!.accurate;
    };
    assert.equal(await counted('a'), false, 'the same');
    assert.equal(await counted('a|b'), true, 'another search');
    assert.equal(await counted('a', () => ({ op: 'id', any: ['nobody'] })), true, 'for a caller with other rules');
    assert.equal(await counted('a'), false, 'the same again');
    await searches.close();
  });

  it('are counted again after a while, if they took too long', () => {
    let now = 0;
    const known = createFailedPlans(createDatabaseMemory(), () => now);
    assert.ok(known.isEmpty());
    known.add('count', 60_000);
    known.add('plan');
    assert.ok(!known.isEmpty());
    now = 59_999;
    assert.ok(known.has('count') && known.has('plan'));
    now = 60_001;
    assert.ok(!known.has('count') && known.has('plan'));
  });
});

describe('a search that takes too long', () => {
  it('is given up with an error of its own', async () => {
    const searches = openSearch(
      underTest.database.url,
      { ownBases: [], parameters, reading: (work) => work() },
      { search: 200, total: 200 },
    );
    const { query } = parsed('Observation', 'code=a');
    const release = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const blocker = underTest.database.sql.begin(async (transaction) => {
      await transaction`lock table fhir.search in access exclusive mode`;
      await transaction`lock table fhir.tok in access exclusive mode`;
      locked.resolve(undefined);
      await release.promise;
    });
    await locked.promise;
    await assert.rejects(searches.search({ query, access: everyone, count: 5 }), SearchTimeout);
    release.resolve(undefined);
    await blocker;
    assert.equal(
      (await searches.search({ query, access: everyone, count: 5 })).matches.length,
      5,
      'then it works again',
    );
    await searches.close();
  });
});

describe('explain', () => {
  it('tells every statement, its plan and its time', async () => {
    const query = parsed('Observation', 'code=a&subject:Patient.gender=male&_include=Observation:subject').query;
    const { statements } = await store.explain({ query, access: everyone, count: 5, total: 'accurate' });
    assert.ok(statements.length >= 1);
    for (const { what, sql, plan, analysis, milliseconds } of statements) {
      assert.ok(what.length > 0 && sql.includes('select') && milliseconds >= 0);
      assert.match(JSON.stringify(plan), /"Node Type"/);
      assert.match(JSON.stringify(analysis), /"Actual Rows"/);
      assert.ok(!sql.includes("'a'"), 'values are bound, never in the text');
    }
  });
});
