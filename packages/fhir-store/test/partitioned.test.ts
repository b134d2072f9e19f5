import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import type { Change } from '../src/change-feed.ts';
import { earlierDefinition, newVersion, patient, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';
import { collectStatements } from './plans/collect.ts';
import { explainStatements } from './plans/of-file.ts';
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

  it('does so too where rows are locked first, one shard after another, as on several nodes', async () => {
    const spread = await Promise.all(
      [1, 2].map(() => openStore({ url: database.ownerUrl, timeZone: 'Asia/Tashkent', isSpread: true })),
    );
    try {
      const names = Array.from({ length: 6 }, (_, n) => `spread-${n}`);
      const observation = (n: number) =>
        newVersion({
          resourceType: 'Observation',
          subject: { reference: `Patient/p${n % 4}` },
          note: [{ text: String(n) }],
        });
      const one = (id: string, n: number) =>
        spread[n % 2]!.update({ ...observation(n), id, ...unconditional }).then(({ kind }) => kind);
      const together = (n: number) =>
        spread[n % 2]!.transaction(
          (n % 3 === 0 ? [...names].reverse() : names).map((id, at) =>
            n % 5 === 4 && at === 0
              ? { kind: 'delete' as const, type: 'Observation', id }
              : { kind: 'update' as const, id, ...observation(n + at), ...unconditional },
          ),
        );
      await Promise.all(names.map(one));
      const outcomes = await Promise.all(
        Array.from({ length: 24 }, (_, n) => (n % 2 === 0 ? together(n) : one(names[n % 6]!, n))),
      );
      for (const outcome of outcomes)
        assert.ok(
          typeof outcome === 'string' ? /created|updated|unchanged/.test(outcome) : outcome.kind === 'committed',
        );
      // Of several writers who have seen the same version, one replaces it.
      const [name] = names as [string];
      const at = (await spread[0]!.read('Observation', name))!.versionId;
      const racing = await Promise.all(
        [0, 1, 2, 3].map((n) =>
          spread[n % 2]!.update({ ...observation(100 + n), id: name, ...unconditional, ifMatch: [at] }),
        ),
      );
      assert.deepEqual(racing.map(({ kind }) => kind).sort(), [
        'updated',
        ...Array<string>(3).fill('version-mismatch'),
      ]);
      for (const id of names) {
        const { versions, total } = await spread[0]!.history('Observation', id, { count: 100 });
        assert.deepEqual(
          versions.map(({ versionId }) => versionId),
          Array.from({ length: total! }, (_, n) => total! - n),
        );
      }
      await assertIndexWhole(database.url);
    } finally {
      await Promise.all(spread.map((store) => store.close()));
    }
  });

  it('tells histories and the feed, asked node by node, as in one statement', async () => {
    const [one] = stores as [FhirStore, FhirStore];
    const spread = await openStore({ url: database.ownerUrl, timeZone: 'Asia/Tashkent', isSpread: true });
    try {
      const told = async (store: FhirStore, asked: Parameters<FhirStore['historyOf']>[0]) => {
        const found: string[] = [];
        for (let cursor: string | undefined, pages = 0; pages < 50; pages += 1) {
          const page = await store.historyOf({ ...asked, ...(cursor !== undefined && { cursor }) });
          found.push(...page.versions.map(({ type, id, versionId, isNew }) => `${type}/${id}/${versionId} ${isNew}`));
          if (page.next === undefined) return found;
          cursor = page.next;
        }
        return assert.fail('it has no end');
      };
      const all = await told(one, { count: 1_000 });
      assert.ok(all.length > 500);
      const { versions } = await one.historyOf({ count: 1_000 });
      const middle = versions[300]!.lastUpdated;
      const only = [
        { type: 'Observation', id: 'moving' },
        { type: 'Observation', id: 'together-3', versionId: 4 },
      ];
      for (const asked of [
        { count: 97 },
        { count: 40, type: 'Observation' },
        { count: 40, type: 'Observation', order: 'oldest-first' },
        { count: 60, since: middle },
        { count: 60, at: [middle] },
        { count: 3, only },
        { count: 3, type: 'Procedure' },
      ] as const)
        assert.deepEqual(await told(spread, asked), await told(one, asked), JSON.stringify(asked));
      for (const at of [undefined, [middle]] as const)
        assert.deepEqual(
          await spread.history('Observation', 'moving', { count: 4, ...(at && { at }) }),
          await one.history('Observation', 'moving', { count: 4, ...(at && { at }) }),
        );

      // All of it is committed; the feed of one server ends at the oldest open transaction of any database.
      const following = async (store: FhirStore) => {
        const found: string[] = [];
        for (let since: string | undefined, end = Date.now() + 20_000; Date.now() < end && found.length < all.length;) {
          const page = await store.changes({ limit: 61, ...(since !== undefined && { since }) });
          found.push(...page.map(({ type, id, versionId, position }) => `${type}/${id}/${versionId} ${position}`));
          since = page.at(-1)?.position ?? since;
        }
        return found;
      };
      const followed = await following(spread);
      assert.equal(followed.length, all.length);
      assert.deepEqual(followed, await following(one));
      const cut = await spread.feedPage({ behind: undefined, types: ['Observation'], limit: 50, bytes: 1_000 });
      assert.deepEqual(
        cut?.changes,
        (await one.feedPage({ behind: undefined, types: ['Observation'], limit: 50, bytes: 1_000 }))?.changes,
      );
      assert.ok(cut!.hasMore && cut!.changes.length < 50);
      assert.deepEqual(
        await Promise.all(['moving', 'none', 'together-1'].map((id) => spread.read('Observation', id))),
        await Promise.all(['moving', 'none', 'together-1'].map((id) => one.read('Observation', id))),
      );
    } finally {
      await spread.close();
    }
  });

  it('indexes anew where rows are locked first, one shard after another, beside who writes', async () => {
    const spread = await openStore({ url: database.ownerUrl, timeZone: 'Asia/Tashkent', isSpread: true });
    try {
      await database.sql`update fhir.index_state set version = ${earlierDefinition}, complete = false`;
      await database.sql`
        update fhir.search set version = ${earlierDefinition}, keys = case when rid % 3 = 0 then keys || '{1,2}' else keys end`;
      await database.sql`delete from fhir.tok where rid % 5 = 0`;
      await database.sql`delete from fhir.search where rid % 7 = 0`;
      const changed = Array.from({ length: 10 }, (_, n) => {
        const body = newVersion({ resourceType: 'Observation', subject: { reference: `Patient/p${n % 3}` }, again: n });
        return spread.update({ ...body, id: `together-${n}`, ...unconditional });
      });
      const [done] = await Promise.all([spread.reindex(), ...changed]);
      assert.ok(done > 100, `${done} were made anew`);
      assert.equal((await spread.indexState()).complete, true);
      await assertIndexWhole(database.url);
    } finally {
      await spread.close();
    }
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

  it('fails a file whose stores send a statement that asks all of them', async () => {
    const explain = explainStatements();
    const reads = connect(database.ownerUrl, { max: 1, applicationName: 'dhp fhir reads' });
    try {
      await reads`select ver from fhir.resource where rid = ${1}::bigint`;
    } finally {
      await reads.end();
    }
    await assert.rejects(explain(), /dhp fhir reads: resource, declared 0 times/);
  });
});
