import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { indexVersion } from '@dhp/search-index/rows';
import { testDatabase, until } from '@dhp/postgres/testing';
import { IndexNotReady, migrations, openStore, type FhirStore } from '../src/index.ts';
import type { IndexState } from '../src/indexing/index-progress.ts';
import { earlierDefinition, newVersion, patient, storeUnderTest, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';

const underTest = await storeUnderTest('reindex');
const { url, sql } = underTest.database;

/** The state after a program without this index. */
async function withoutIndex(): Promise<void> {
  await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
}

function observation(n: number): ReturnType<typeof newVersion> {
  return newVersion({
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'urn:codes', code: `c${n % 7}`, display: `Code ${n % 7}` }] },
    subject: { reference: `Patient/p${n % 50}` },
    effectiveDateTime: '2026-01-01',
    valueQuantity: { value: n, unit: 'kg' },
  });
}

describe('indexing anew', () => {
  let stores: [FhirStore, FhirStore];
  before(async () => {
    stores = [await underTest.open(), await underTest.open()];
    await stores[0].bulkInsert(
      (async function* () {
        for (let n = 0; n < 2500; n += 1) yield { ...observation(n), id: `o${n}` };
        for (let n = 0; n < 50; n += 1) yield { ...patient({ name: [{ family: `F${n}` }] }), id: `p${n}` };
      })(),
    );
    await stores[0].delete({ type: 'Observation', id: 'o1' });
  });
  beforeEach(withoutIndex);

  it('makes the index of a database that was filled before, and tells how far it is', async () => {
    const store = await underTest.open();
    const first = await store.indexState();
    assert.equal(first.complete, false);
    assert.equal(first.done, 0);
    assert.ok(first.total >= 2550);
    await assert.rejects(store.referrers('Patient', 'p1', 5), IndexNotReady);
    const deletion = [{ kind: 'delete', type: 'Patient', id: 'p1' }] as const;
    await assert.rejects(store.transaction(deletion, { integrity: true }), IndexNotReady);
    const states: IndexState[] = [];
    assert.equal(await store.reindex({ onProgress: (state) => states.push(state) }), 2549);
    assert.equal((await store.indexState()).complete, true);
    assert.ok(states.length > 3);
    assert.ok(states.slice(0, -1).every(({ complete }) => !complete));
    assert.equal(states.at(-1)!.complete, true);
    assert.equal(states.at(-1)!.done, states.at(-1)!.total);
    await assertIndexWhole(url);
    assert.equal(await store.reindex(), 0);
  });

  it('goes on where it was stopped', async () => {
    const stop = new AbortController();
    const done = await stores[0].reindex({ signal: stop.signal, onProgress: () => stop.abort() });
    assert.equal(done, 999); // one page, with the deletion
    const state = await (await underTest.open()).indexState();
    assert.ok(state.done > 0 && !state.complete);
    assert.equal(await stores[1].reindex(), 1550);
    await assertIndexWhole(url);
  });

  it('is done by two servers together, while others write what they like', async () => {
    let writing = true;
    const delays: number[] = [];
    const writers = Array.from({ length: 6 }, async (_, w) => {
      for (let n = w; writing; n += 6) {
        const store = stores[n % 2]!;
        const id = `o${(n * 37) % 2500}`;
        const began = performance.now();
        if (n % 5 === 0) await store.delete({ type: 'Observation', id });
        else if (n % 7 === 0) await store.transaction([{ kind: 'update', ...observation(n), id, ...unconditional }]);
        else await store.update({ ...observation(n), id, ...unconditional });
        delays.push(performance.now() - began);
      }
    });
    const progress: IndexState[] = [];
    const options = { stretch: 200, onProgress: (state: IndexState) => progress.push(state) };
    const counts = await Promise.all([stores[0].reindex(options), stores[1].reindex(options)]);
    writing = false;
    await Promise.all(writers);
    assert.ok(Math.min(...counts) > 200, `both have worked: ${counts.join()}`);
    assert.ok(counts[0] + counts[1] < 3500, `hardly anything is done twice: ${counts.join()}`);
    assert.ok(delays.length > 50);
    await assertIndexWhole(url);
  });

  it('finds what a server without the index has written behind it', async () => {
    const stop = new AbortController();
    await stores[0].reindex({
      signal: stop.signal,
      onProgress: ({ done }) => (done > 2000 ? stop.abort() : undefined),
    });
    // Resources of the first page, stored as by such a server: a new one, one that comes back, and a deleted one.
    await sql`delete from fhir.search where rid in (select rid from fhir.identity where id in ('o10', 'o11'))`;
    for (const table of ['tok', 'num', 'date', 'str']) {
      await sql`delete from ${sql(`fhir.${table}`)} where rid in (select rid from fhir.identity where id in ('o10', 'o11'))`;
    }
    await sql`
      update fhir.resource set deleted = true, content = '', ver = ver + 1 where rid in (select rid from fhir.identity where id = 'o12')`;
    assert.ok((await stores[0].reindex()) > 400);
    await assertIndexWhole(url);
  });

  for (const [state, indexed] of [
    ['has rows of an older index', true],
    ['has no rows', false],
  ] as const) {
    const id = `moment-${indexed}`;
    const deletion = { type: 'Observation', id };
    const changes: Record<string, (store: FhirStore) => Promise<unknown>> = {
      'an update': (store) => store.update({ ...observation(51), id, ...unconditional }), // of the same patient
      'a move to another shard': (store) => store.update({ ...observation(2), id, ...unconditional }),
      'a transaction that moves it': (store) =>
        store.transaction([{ kind: 'update', ...observation(2), id, ...unconditional }]),
      'a deletion': (store) => store.delete(deletion),
      'a transaction that deletes it': (store) => store.transaction([{ kind: 'delete', ...deletion }]),
    };
    for (const [name, change] of Object.entries(changes)) {
      it(`and ${name} at the same moment leave one index, when the resource ${state}`, async () => {
        await stores[0].reindex();
        await stores[0].delete(deletion);
        const before = await stores[0].update({ ...observation(1), id, ...unconditional });
        const [row] = await sql<{ rid: string }[]>`select rid from fhir.identity where id = ${id}`;
        const { rid } = row!;
        if (!indexed) {
          for (const table of ['search', 'tok', 'num', 'date', 'str']) {
            await sql`delete from ${sql(`fhir.${table}`)} where rid = ${rid}`;
          }
        }
        const { changed } = await sql.begin(async (transaction) => {
          await transaction`select from fhir.resource where rid = ${rid} for update`;
          const changed = change(stores[1]);
          await until('a session waits for a lock', async () => {
            const waiting =
              await sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
            return waiting.length > 0;
          });
          // The row that reindexing stores of a version that is replaced a moment later, with a posting.
          await transaction`
            insert into fhir.search as s (rid, shard, ty, version, own, keys, tn) select rid, shard, ty, 0, 1, '{5}', 1
            from fhir.resource where rid = ${rid}
            on conflict (rid, shard) do update set keys = '{5}' || s.keys, tn = s.tn + 1, ts = 0`;
          await transaction`
            insert into fhir.tok (key, dt, rid, shard, sys, long) select 5, dt, rid, shard, 6, false
            from fhir.search where rid = ${rid}`;
          return { changed };
        });
        await changed;
        const after = await stores[0].read('Observation', id);
        assert.ok(before.kind === 'created' || before.kind === 'updated');
        assert.equal(after?.versionId, before.version.versionId + 1);
        await assertIndexWhole(url);
      });
    }
  }

  it('takes away the postings of rows that a server of a version before has stored beside it', async () => {
    await stores[0].reindex();
    const resource = {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 's', code: 'c' }] },
      valueQuantity: { value: 5, unit: 'x' },
    };
    await stores[0].update({ ...newVersion(resource), id: 'of-before', ...unconditional });
    // Its columns as such a server fills them: the codes apart with their systems, both ends of every number, and no null for false.
    await sql`
      with r as (select rid from fhir.identity where id = 'of-before'), n as (
        update fhir.num set hi = lo from r where num.rid = r.rid
      ), t as (
        update fhir.tok set long = false from r where tok.rid = r.rid
      )
      update fhir.search s
      set version = ${earlierDefinition}, long = false, has = 0, tk = s.keys[1:s.tn], tn = null, ts = null,
          tsys = array(select t.sys from unnest(s.keys[1:s.tn]) with ordinality as k (key, n)
                       join fhir.tok t on t.rid = s.rid and t.key = k.key order by k.n),
          nk = s.nk[1:s.np] || 7::bigint, nlo = s.nlo[1:s.np] || 8::float8, nhi = s.nlo[1:s.np] || 8::float8, np = null
      from r where s.rid = r.rid`;
    await sql`
      insert into fhir.num (key, lo, hi, rid, shard) select 7, 8, 8, rid, shard from fhir.identity where id = 'of-before'`;
    await sql`update fhir.index_state set version = ${earlierDefinition}`;
    const store = await underTest.open();
    assert.equal(await store.reindex(), 1);
    await assertIndexWhole(url);
  });

  it('follows a new definition of the index, and leaves that of a newer program alone', async () => {
    await stores[0].reindex();
    await sql`update fhir.index_state set version = ${earlierDefinition}`;
    await sql`update fhir.search set version = ${earlierDefinition}, keys = keys || '{1,2}' where rid % 3 = 0`;
    const store = await underTest.open();
    assert.equal((await store.indexState()).complete, false);
    assert.ok((await store.reindex()) > 500);
    await assertIndexWhole(url);
    await sql`update fhir.index_state set version = ${indexVersion + 1}`;
    await assert.rejects(store.reindex(), /newer program/);
    assert.equal((await store.indexState()).complete, false);
    await withoutIndex();
    await store.reindex();
  });
});

describe('the index of a database without resources', () => {
  it('is complete', async () => {
    const database = await testDatabase({ name: 'empty', migrations: [migrations] });
    const store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
    try {
      assert.deepEqual(await store.indexState(), { version: indexVersion, complete: true, done: 0, total: 0 });
      assert.equal(await store.reindex(), 0);
      await store.create(patient());
      assert.equal(await store.reindex(), 0);
    } finally {
      await store.close();
      await database.drop();
    }
  });
});
