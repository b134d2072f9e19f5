import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, describe, it } from 'node:test';
import { connect, ensureDatabase, migrate, startEmbedded } from '@dhp/postgres';
import { lastingPort, until } from '@dhp/postgres/testing';
import { migrations, openStore, StoreUnavailable, type FhirStore, type StoredVersion } from '../src/index.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';
import { assertStored, assertWhole } from './wholeness.ts';

const underTest = await storeUnderTest('faults');

/** Writes until stopped; notes which writes were acknowledged and how the others failed. */
function load(
  store: FhirStore,
  writers: number,
): { stop(): Promise<{ acknowledged: StoredVersion[]; errors: unknown[] }>; some: Promise<void> } {
  const acknowledged: StoredVersion[] = [];
  const errors: unknown[] = [];
  const some = Promise.withResolvers<undefined>();
  let writing = true;
  const done = Array.from({ length: writers }, async (_, n) => {
    for (let k = 0; writing; k += 1) {
      const update = { ...patient({ multipleBirthInteger: k }), id: `loaded-${n}`, ...unconditional };
      try {
        const outcome = await (k % 2 === 0 ? store.update(update) : store.create(patient()));
        assert.ok('version' in outcome);
        acknowledged.push(outcome.version);
      } catch (error) {
        errors.push(error);
        await new Promise((resolve) => setTimeout(resolve, 5)); // a caller that tries again at once would only spin
      }
      if (acknowledged.length > 50) some.resolve(undefined);
    }
  });
  return {
    some: some.promise,
    async stop() {
      writing = false;
      await Promise.all(done);
      return { acknowledged, errors };
    },
  };
}

describe('a commit that fails', () => {
  let store: FhirStore;
  before(async () => {
    store = await underTest.open();
    // Deferred: every statement succeeds, and the transaction fails at its very end.
    await underTest.database.sql.unsafe(`
      create function poison() returns trigger language plpgsql as $$
      begin raise exception 'no commit for this one'; end $$;
      create constraint trigger poison after insert or update on fhir.resource deferrable initially deferred
      for each row when (new.content like '%poison%') execute function poison()`);
  });

  it('acknowledges and stores nothing of the write, and everything of its neighbours', async () => {
    await store.update({ ...patient(), id: 'victim', ...unconditional });
    const bodies = Array.from({ length: 40 }, (_, n) => ({ language: n % 10 === 3 ? 'poison' : 'uz', n }));
    const creates = await Promise.allSettled(bodies.map((body) => store.create(patient(body))));
    const updates = await Promise.allSettled(
      bodies.map((body) => store.update({ ...patient(body), id: `put-${body.n}`, ...unconditional })),
    );
    for (const results of [creates, updates]) {
      for (const [n, result] of results.entries()) {
        assert.equal(result.status, n % 10 === 3 ? 'rejected' : 'fulfilled');
        if (result.status === 'rejected') assert.match(String(result.reason), /no commit for this one/);
      }
    }
    const versions = creates.flatMap((result) =>
      result.status === 'fulfilled' && 'version' in result.value ? [result.value.version] : [],
    );
    await assertStored(store, versions);
    await assert.rejects(
      store.update({ ...patient({ language: 'poison' }), id: 'victim', ...unconditional }),
      /no commit for this one/,
    );
    const victim = await store.read('Patient', 'victim');
    assert.equal(victim?.versionId, 1);
    assert.equal((await store.history('Patient', 'victim', { count: 5 })).total, 1);
    for (const { n } of bodies) {
      assert.equal((await store.read('Patient', `put-${n}`)) === undefined, n % 10 === 3);
    }
    const [{ count }] = (await underTest.database.sql`
      select count(*)::int as count from fhir.resource where content like '%poison%'`) as unknown as [
      { count: number },
    ];
    assert.equal(count, 0);
    await assertWhole(underTest.database.url);
  });

  it('fails a resource that moves to another shard just the same', async () => {
    const moved = (id: string, language: string): ReturnType<typeof patient> => ({
      ...patient({ resourceType: 'Flag', subject: { reference: `Patient/${id}` }, language }),
      type: 'Flag',
    });
    await store.update({ ...moved('a', 'uz'), id: 'flag', ...unconditional });
    await assert.rejects(store.update({ ...moved('b', 'poison'), id: 'flag', ...unconditional }), /no commit/);
    assert.equal((await store.read('Flag', 'flag'))?.versionId, 1);
    assert.equal((await store.update({ ...moved('b', 'ru'), id: 'flag', ...unconditional })).kind, 'updated');
    await assertWhole(underTest.database.url);
  });
});

describe('a row that somebody else holds', () => {
  it('fails the write that needs it, in time, and not those that share its batch', async () => {
    const store = await underTest.open({ timeouts: { lock: 100, statement: 10_000 } });
    for (const id of ['held', 'free-1', 'free-2']) await store.update({ ...patient(), id, ...unconditional });
    const holder = connect(underTest.database.url, { max: 1 });
    const release = Promise.withResolvers<undefined>();
    const holding = Promise.withResolvers<undefined>();
    const held = holder.begin(async (transaction) => {
      await transaction`select from fhir.resource where id = 'held' for update`;
      holding.resolve(undefined);
      await release.promise;
    });
    await holding.promise;
    const write = (id: string): ReturnType<FhirStore['update']> =>
      store.update({ ...patient({ language: 'ru' }), id, ...unconditional });
    const [blocked, ...free] = await Promise.allSettled(['held', 'free-1', 'free-2', 'new-1'].map(write));
    assert.ok(blocked?.status === 'rejected' && blocked.reason instanceof StoreUnavailable);
    assert.equal(blocked.reason.reason, 'timeout');
    assert.deepEqual(
      free.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled'],
    );
    assert.equal((await store.read('Patient', 'held'))?.versionId, 1, 'readers do not wait for writers');
    release.resolve(undefined);
    await held;
    await holder.end();
    assert.equal((await write('held')).kind, 'updated');
  });
});

describe('a database that goes away', () => {
  it('fails cleanly when connections are cut, again and again, and loses nothing acknowledged', async () => {
    const store = await underTest.open();
    const running = load(store, 16);
    await running.some;
    for (let cut = 0; cut < 5; cut += 1) {
      await underTest.database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'dhp fhir%' and datname = current_database()`;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(
      'writes are taken again',
      async () => (await Promise.allSettled([store.create(patient())]))[0].status === 'fulfilled',
    );
    const { acknowledged, errors } = await running.stop();
    assert.ok(errors.length > 0);
    for (const error of errors) assert.ok(error instanceof StoreUnavailable, String(error));
    await assertStored(store, acknowledged);
    await assertWhole(underTest.database.url);
  });

  describe('for a while', () => {
    const closers: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      while (closers.length > 0) await closers.pop()!();
    });

    it('works again by itself when it is back', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'dhp-test-store-'));
      closers.push(() => rm(directory, { recursive: true, force: true }));
      const settings = { shared_buffers: '32MB' };
      const first = await startEmbedded({ directory, settings, port: await lastingPort() });
      closers.push(() => first.stop());
      const url = await ensureDatabase(first.url, 'restarted');
      const sql = connect(url, { max: 1 });
      await migrate(sql, migrations);
      await sql.end();
      const store = await openStore({ url, timeZone: 'UTC' });
      closers.push(() => store.close());
      const running = load(store, 16);
      await running.some;
      await first.stop();
      await assert.rejects(store.read('Patient', 'loaded-0'), StoreUnavailable);
      await assert.rejects(store.create(patient()), StoreUnavailable);
      await assert.rejects(store.history('Patient', 'loaded-0', { count: 1 }), StoreUnavailable);
      await assert.rejects(openStore({ url, timeZone: 'UTC' }), StoreUnavailable);
      const second = await startEmbedded({ directory, settings, port: first.port });
      closers.splice(1, 0, () => second.stop());
      await until(
        'writes are taken again',
        async () => (await Promise.allSettled([store.create(patient())]))[0].status === 'fulfilled',
      );
      await until(
        'reads are answered again',
        async () => (await Promise.allSettled([store.read('Patient', 'loaded-0')]))[0].status === 'fulfilled',
      );
      const { acknowledged, errors } = await running.stop();
      for (const error of errors) assert.ok(error instanceof StoreUnavailable, String(error));
      await assertStored(store, acknowledged);
      await assertWhole(url);
    });
  });
});
