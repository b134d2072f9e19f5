import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { typeNumber } from '@dhp/fhir-model';
import { SearchFault } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { conditionOf, understandSearch } from '@dhp/search-index';
import { connect } from '@dhp/postgres';
import { until } from '@dhp/postgres/testing';
import { SearchParametersChanged, type FhirStore } from '../src/index.ts';
import type { Change, Following } from '../src/change-feed.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';

const underTest = await storeUnderTest('own_parameters');
const { url, sql } = underTest.database;

const height = {
  resourceType: 'SearchParameter',
  url: 'https://dhp.example.uz/SearchParameter/birth-place',
  name: 'BirthPlace',
  status: 'active',
  description: 'Where somebody was born',
  code: 'birth-place',
  base: ['Patient'],
  type: 'string',
  expression: "Patient.extension('urn:birth-place').value.ofType(string)",
} satisfies Body;

function patient(place: string, members: Record<string, unknown> = {}): ReturnType<typeof newVersion> {
  return newVersion({
    resourceType: 'Patient',
    ...members,
    extension: [{ url: 'urn:birth-place', valueString: place }],
  });
}

async function put(store: FhirStore, id: string, body: Body): Promise<void> {
  await store.update({ ...newVersion({ ...body, id }), id, ...unconditional });
}

async function search(store: FhirStore, query: string, type = 'Patient'): Promise<string[]> {
  const own = await store.searchParameters();
  const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false, own };
  const { query: parsed } = understandSearch({ type }, [...new URLSearchParams(query)], options);
  const { matches } = await store.search({ query: parsed, access: () => true, count: 1000 });
  return matches.map(({ id }) => id);
}

/** Percent, undefined if it can be searched by; fails if the parameter does not exist. */
function unready(own: OwnParameters, code = 'birth-place'): number | undefined {
  const found = own.parametersOf('Patient').get(code);
  assert.ok(found, `there is no ${code}`);
  return found.unready;
}

describe('search parameters of an environment', () => {
  let one: FhirStore;
  let other: FhirStore;
  before(async () => {
    one = await underTest.open();
    other = await underTest.open();
    await one.bulkInsert(
      (async function* () {
        for (let n = 0; n < 2200; n += 1) yield { ...patient(`Place ${n % 10}`), id: `p${n}` };
      })(),
    );
  });

  it('are refused until everything is indexed by them, and then find it; a stopped run is gone on with', async () => {
    await put(one, 'birth-place', height);
    assert.equal(unready(await one.searchParameters()), 0);
    await assert.rejects(search(one, 'birth-place=place 3'), (error: unknown) => {
      assert.ok(error instanceof SearchFault);
      assert.deepEqual(
        error.problems.map(({ kind, done }) => [kind, done]),
        [['not-ready', 0]],
      );
      return true;
    });
    const stop = new AbortController();
    const first = await one.reindex({ signal: stop.signal, onProgress: ({ done }) => done > 0 && stop.abort() });
    assert.ok(first >= 900 && first <= 1000, `one page: ${first}`);
    const [state] = await sql<{ next: string; complete: boolean }[]>`
      select next_rid as next, complete from fhir.own_parameter`;
    assert.ok(Number(state!.next) > 0 && !state!.complete);
    await assert.rejects(search(one, 'birth-place=place 3'), /not-ready/);
    const rest = await other.reindex();
    assert.equal(first + rest, 2200);
    await until('the parameter is ready', async () => unready(await one.searchParameters()) === undefined);
    assert.equal((await search(one, 'birth-place=place 3')).length, 220);
    assert.equal((await search(other, 'birth-place:missing=true')).length, 0);
    assert.equal((await search(other, 'birth-place:exact=Place 4&_sort=-birth-place')).length, 220);
    assert.equal(await one.reindex(), 0);
  });

  it('of which a server has not heard yet give no false answer: what was understood by those of before is refused', async () => {
    const understood = (from: FhirStore, text = 'birth-place=termez') => {
      const own = from.knownSearchParameters();
      const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false, own };
      const { query } = understandSearch({ type: 'Patient' }, [...new URLSearchParams(text)], options);
      return { query, access: () => true, count: 10 } as const;
    };
    const changes: Record<string, (store: FhirStore) => Promise<unknown>> = {
      'another expression': (store) => put(store, 'birth-place', { ...height, expression: 'Patient.name.family' }),
      'its end': (store) => put(store, 'birth-place', { ...height, status: 'retired' }),
      'its deletion': (store) => store.delete({ type: 'SearchParameter', id: 'birth-place' }),
    };
    for (const [name, change] of Object.entries(changes)) {
      await put(other, 'birth-place', height);
      await other.reindex();
      // It may not know the parameter yet: then it learns of it within a second.
      await until('the parameter is ready', async () => {
        const found = (await one.searchParameters()).parametersOf('Patient').get('birth-place');
        return found !== undefined && found.unready === undefined;
      });
      const before = understood(one);
      assert.deepEqual((await one.search(before)).matches, [], name);
      await change(other);
      // The earlier definition has no value of this one, so a search by it would find nothing.
      await put(other, `new-${name}`.replaceAll(' ', '-'), { ...patient('Termez').resource, resourceType: 'Patient' });
      await assert.rejects(one.search(before), SearchParametersChanged, name);
      const [{ where } = assert.fail()] = before.query.branches;
      await assert.rejects(one.find('Patient', where, 1, undefined, before.query.follows), SearchParametersChanged);
      await assert.rejects(one.explain(before), SearchParametersChanged);
      // From now on this server knows it.
      await assert.rejects(search(one, 'birth-place=termez'), SearchFault, name);
      await other.delete({ type: 'Patient', id: `new-${name}`.replaceAll(' ', '-') });
    }
    await put(other, 'birth-place', height);
    await other.reindex();
    await until('one is ready', async () => (await one.searchParameters()).ready === 1);
  });

  it('are in the rows of what is written next, by whatever server', async () => {
    await put(other, 'late', { ...patient('Termez').resource, resourceType: 'Patient' });
    assert.deepEqual(await search(one, 'birth-place=termez'), ['late']);
    await put(one, 'late', { ...patient('Nukus').resource, resourceType: 'Patient' });
    assert.deepEqual(await search(other, 'birth-place=termez'), []);
    assert.deepEqual(await search(other, 'birth-place=nukus'), ['late']);
  });

  it('begin anew with another definition, and end with the status, or with the resource', async () => {
    await put(one, 'birth-place', { ...height, description: 'Told better' });
    assert.equal(unready(await one.searchParameters()), undefined);
    const named = { ...height, expression: 'Patient.name.family' };
    await put(one, 'birth-place', named);
    assert.equal(unready(await one.searchParameters()), 0);
    await one.reindex();
    // The previous one was ready, too: it hears of the other definition within a second.
    await until('both nodes know it', async () => {
      const [here, there] = [await one.searchParameters(), await other.searchParameters()];
      return here.generation === there.generation && unready(there) === undefined;
    });
    assert.deepEqual(await search(other, 'birth-place=nukus'), []);
    await put(one, 'birth-place', { ...named, status: 'retired' });
    await assert.rejects(search(one, 'birth-place=nukus'), /unknown-parameter/);
    await put(one, 'birth-place', height);
    await one.delete({ type: 'SearchParameter', id: 'birth-place' });
    await assert.rejects(search(one, 'birth-place=nukus'), /unknown-parameter/);
    await put(one, 'birth-place', height);
    assert.equal(unready(await one.searchParameters()), 0);
    await one.reindex();
    assert.deepEqual(await search(one, 'birth-place=nukus'), ['late']);
  });

  it('wait for who began to write before them: nothing is missing when they are ready', async () => {
    const stores = [one, other];
    let writing = true;
    const written: string[] = [];
    const writers = Array.from({ length: 6 }, async (_, w) => {
      for (let n = 0; writing; n += 1) {
        const id = `w${w}-${n}`;
        await put(stores[(w + n) % 2]!, id, {
          ...patient(`City ${w}`, { birthDate: '1990-01-01' }).resource,
          resourceType: 'Patient',
        });
        written.push(id);
      }
    });
    const born = { ...height, url: 'urn:born-on', code: 'born-on', type: 'date', expression: 'Patient.birthDate' };
    await put(one, 'born-on', born);
    await other.reindex();
    writing = false;
    await Promise.all(writers);
    await until('the parameter is ready', async () => unready(await one.searchParameters(), 'born-on') === undefined);
    assert.ok(written.length > 20);
    const own = await one.searchParameters();
    const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false, own };
    const found = await one.find('Patient', conditionOf('Patient', [['born-on', '1990-01-01']], options), 100_000);
    assert.deepEqual(new Set(found.map(({ id }) => id)), new Set(written));
  });

  it('are not missed by a statement that began before them and ends behind them', async () => {
    const holder = connect(url, { max: 1 });
    const code = { ...height, url: 'urn:sex', code: 'sex', type: 'token', expression: 'Patient.gender' };
    let released: () => void = () => undefined;
    const release = new Promise<void>((resolve) => (released = resolve));
    let locked: () => void = () => undefined;
    const isLocked = new Promise<void>((resolve) => (locked = resolve));
    const holding = holder
      .begin(async (transaction) => {
        await transaction`
          insert into fhir.identity (ty, id, rid, shard) values (${typeNumber('Patient')!}, 'held', 999999999, 0)`;
        locked();
        await release;
        throw new Error('the name is free again');
      })
      .catch(() => undefined);
    await isLocked;
    const waits = async (): Promise<boolean> =>
      (
        await sql`
          select from pg_locks join pg_stat_activity using (pid)
          where not granted and locktype in ('transactionid', 'tuple') and datname = current_database()`
      ).length > 0;
    // It has its snapshot, with the previous parameters, and waits for the name.
    const writing = put(other, 'held', { ...patient('Held', { gender: 'female' }).resource, resourceType: 'Patient' });
    await until('it waits', waits);
    await put(one, 'sex', code);
    let isDone = false;
    const reindexed = one.reindex().then(() => (isDone = true));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.equal(isDone, false, 'it waits for the statement that knows nothing of it');
    released();
    await Promise.all([holding, writing, reindexed]);
    await until('the parameter is ready', async () => unready(await one.searchParameters(), 'sex') === undefined);
    assert.deepEqual(await search(one, 'sex=female'), ['held']);
    await holder.end();
  });

  it('take references, chains and includes', async () => {
    const guardian = {
      ...height,
      url: 'urn:guardian',
      code: 'guardian',
      type: 'reference',
      target: ['Patient'],
      expression: "Patient.extension('urn:guardian').value.ofType(Reference)",
    };
    await put(one, 'guardian', guardian);
    const extension = [{ url: 'urn:guardian', valueReference: { reference: 'Patient/late' } }];
    await put(other, 'child', { resourceType: 'Patient', extension });
    await one.reindex();
    assert.deepEqual(await search(one, 'guardian=late'), ['child']);
    assert.deepEqual(await search(one, 'guardian:Patient.birth-place=nukus'), ['child']);
    assert.deepEqual(await search(one, '_has:Patient:guardian:_id=child'), ['late']);
    const own = await one.searchParameters();
    const options = { timeZone: 'UTC', now: new Date(), ownBases: [], lenient: false, own };
    for (const [query, included] of [
      ['_id=child&_include=Patient:guardian', 'late'],
      ['_id=late&_revinclude=Patient:guardian', 'child'],
    ] as const) {
      const { query: parsed } = understandSearch({ type: 'Patient' }, [...new URLSearchParams(query)], options);
      const page = await one.search({ query: parsed, access: () => true, count: 10 });
      assert.deepEqual(
        page.included.map(({ id }) => id),
        [included],
        query,
      );
    }
  });

  it('are known to a server that opens later, and to transactions and bulk loads', async () => {
    const third = await underTest.open();
    assert.equal(unready(await third.searchParameters()), undefined);
    const born = { ...patient('Fergana').resource, resourceType: 'Patient' };
    await third.transaction([{ kind: 'create', id: 'in-transaction', ...newVersion(born) }]);
    await third.bulkInsert((async function* () { yield { ...newVersion(born), id: 'in-bulk' }; })()); // prettier-ignore
    assert.deepEqual((await search(other, 'birth-place=fergana')).sort(), ['in-bulk', 'in-transaction']);
    // A parameter that comes in a transaction with others is registered, too.
    const code = {
      ...height,
      url: 'urn:x-lang',
      code: 'x-lang',
      type: 'token',
      expression: 'Patient.communication.language',
    };
    await third.transaction([{ kind: 'create', id: 'x-lang', ...newVersion(code) }]);
    assert.equal(unready(await third.searchParameters(), 'x-lang'), 0);
    await third.reindex();
  });
});

describe('following stored resources', () => {
  const following: Following[] = [];
  after(() => Promise.all(following.map((one) => one.stop())));

  it('hands over what there is, then what comes from any server, and again what could not be taken', async () => {
    const [one, other] = [await underTest.open(), await underTest.open()];
    await put(one, 'l1', { resourceType: 'Library', status: 'draft' });
    await put(one, 'l1', { resourceType: 'Library', status: 'active' });
    const seen: string[] = [];
    const errors: unknown[] = [];
    let refusals = 1;
    const follower = one.follow(
      ['Library', 'Measure'],
      async (changes: readonly Change[]) => {
        if (refusals-- > 0) throw new Error('not now');
        for (const { type, id, versionId, deleted } of changes)
          seen.push(`${type}/${id}/${versionId}${deleted ? ' deleted' : ''}`);
      },
      { every: 20, onError: (error) => errors.push(error) },
    );
    following.push(follower);
    await follower.caughtUp;
    assert.deepEqual(seen, ['Library/l1/2']);
    assert.equal(errors.length, 1);
    await put(other, 'm1', { resourceType: 'Measure', status: 'active' });
    await other.create(newVersion({ resourceType: 'Patient' }));
    await other.delete({ type: 'Library', id: 'l1' });
    await until('all three are seen', () => Promise.resolve(seen.length === 3));
    assert.deepEqual(seen.slice(1), ['Measure/m1/1', 'Library/l1/3 deleted']);
    await follower.stop();
    await put(other, 'm2', { resourceType: 'Measure', status: 'active' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(seen.length, 3);
  });
});
