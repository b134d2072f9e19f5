import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import type { Change } from '../src/change-feed.ts';
import { newVersion, patient, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';
import { collectStatements } from './plans/collect.ts';
import { undeclared } from './plans/undeclared.ts';
import { names, search } from './search-world.ts';

// Before a pool is opened.
const collected = collectStatements();

describe('the same statements on partitioned tables', () => {
  let database: TestDatabase;
  let stores: FhirStore[] = [];
  before(async () => {
    database = await testDatabase({ name: 'partitioned', migrations: [migrations], partitions: 4 });
    stores = await Promise.all([1, 2].map(() => openStore({ url: database.url, timeZone: 'Asia/Tashkent' })));
  });
  after(async () => {
    collected.end();
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  it('writes, reads, moves, deletes, pages and follows', async () => {
    const [one, two] = stores as [FhirStore, FhirStore];
    const created = await Promise.all(Array.from({ length: 300 }, (_, n) => stores[n % 2]!.create(patient())));
    const ids = created.map((outcome) => ('version' in outcome ? outcome.version.id : ''));
    const read = await Promise.all(ids.map((id) => one.read('Patient', id)));
    assert.ok(read.every((version) => version?.versionId === 1));
    const used = await database.sql`select count(distinct tableoid)::int as parts from fhir.resource`;
    assert.equal(used[0]!['parts'], 4);

    for (let n = 0; n < 8; n += 1) {
      const body = newVersion({ resourceType: 'Observation', subject: { reference: `Patient/${ids[n % 4]!}` }, n });
      await stores[n % 2]!.update({ ...body, id: 'moving', ...unconditional });
    }
    await two.delete({ type: 'Observation', id: 'moving' });
    const { versions, total } = await one.history('Observation', 'moving', { count: 20 });
    assert.equal(total, 9);
    assert.deepEqual(
      versions.map(({ versionId, deleted }) => `${versionId}${deleted ? ' deleted' : ''}`),
      ['9 deleted', '8', '7', '6', '5', '4', '3', '2', '1'],
    );
    assert.equal((await one.vread('Observation', 'moving', 3))?.versionId, 3);

    const seen: Change[] = [];
    // The order of commits waits for the open transactions of the whole server, those of other tests too.
    for (const end = Date.now() + 20_000; seen.length < 309 && Date.now() < end;) {
      const since: string | undefined = seen.at(-1)?.position;
      seen.push(...(await two.changes({ limit: 50, ...(since === undefined ? {} : { since }) })));
    }
    assert.equal(seen.length, 309);
    assert.equal(new Set(seen.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`)).size, 309);

    const all = [];
    for (let cursor: string | undefined; ;) {
      const page = await one.historyOf({ count: 50, ...(cursor === undefined ? {} : { cursor }) });
      all.push(...page.versions);
      if (page.next === undefined) break;
      cursor = page.next;
    }
    assert.equal(all.length, 309);
    assert.equal(new Set(all.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`)).size, 309);
    await assertIndexWhole(database.url);
  });

  it('stores transactions, in which resources move, from two servers', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `together-${n}`);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        stores[n % 2]!.transaction(
          (n % 3 === 0 ? [...names].reverse() : names).map((id) => ({
            kind: 'update',
            id,
            ...newVersion({ resourceType: 'Observation', subject: { reference: `Patient/p${n % 5}` }, n }),
            ...unconditional,
          })),
        ),
      ),
    );
    assert.ok(outcomes.every(({ kind }) => kind === 'committed'));
    for (const id of names) {
      const { versions, total } = await stores[0]!.history('Observation', id, { count: 20 });
      assert.equal(total, 12);
      assert.deepEqual(
        versions.map(({ versionId }) => versionId),
        Array.from({ length: 12 }, (_, n) => 12 - n),
      );
    }
    await assertIndexWhole(database.url);
  });

  it('searches with and without a patient', async () => {
    const [store] = stores as [FhirStore, FhirStore];
    const p = { resourceType: 'Patient', id: 'found', name: [{ family: 'Karimova' }] };
    await store.update({ ...newVersion(p), id: p.id, ...unconditional });
    const o = {
      ...{ resourceType: 'Observation', id: 'of-found', status: 'final', subject: { reference: 'Patient/found' } },
      ...{ code: { coding: [{ code: '8480-6' }] }, valueQuantity: { value: 120, unit: 'mmHg' } },
    };
    for (const value of [120, 121, 122]) {
      const body = newVersion({
        ...o,
        valueQuantity: { value, unit: 'mmHg' },
        effectiveDateTime: `2026-01-01T10:00:${String(value - 100)}Z`,
      });
      await store.update({ ...body, id: o.id, ...unconditional });
    }
    for (const query of [
      'patient=found',
      'patient=found&code=8480-6',
      'code=8480-6',
      'value-quantity=122',
      '_id=of-found',
    ])
      assert.deepEqual(names(await search(store, 'Observation', query)), ['Observation/of-found'], query);
    assert.deepEqual(names(await search(store, 'Patient', 'family=Karimova')), ['Patient/found']);
    assert.equal((await search(store, 'Patient', 'name=karimova', { total: 'accurate' })).total?.value, 1);
  });

  it('asks all partitions by no statement that is not declared to', async () => {
    const { faults, bound, fanOuts } = await undeclared(database, collected.texts);
    assert.deepEqual(faults, []);
    assert.ok(bound >= 10 && fanOuts >= 10, JSON.stringify({ bound, fanOuts }));
  });

  it('tells a statement that asks all of them, and one that asks for a value of each row found', async () => {
    const told = async (text: string) =>
      (await undeclared(database, new Map([[text, new Set(['dhp fhir reads'])]]))).faults.length;
    assert.equal(await told('select ver from fhir.resource where rid = $1'), 1);
    assert.equal(await told('select ver from fhir.resource where rid = $1 and shard = $2'), 0);
    assert.equal(
      await told(
        'select r.ver from fhir.identity d join fhir.resource r on r.rid = d.rid where d.ty = $1 and d.id = $2',
      ),
      1,
    );
    assert.equal(await told('delete from fhir.history where rid = $1 and shard > $2'), 1);
  });
});
