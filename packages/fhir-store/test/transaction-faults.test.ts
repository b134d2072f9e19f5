import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, describe, it } from 'node:test';
import { connect, ensureDatabase, migrate, startEmbedded } from '@dhp/postgres';
import { lastingPort, until } from '@dhp/postgres/testing';
import {
  migrations,
  openStore,
  StoreUnavailable,
  type FhirStore,
  type StoredVersion,
  type TransactionWrite,
} from '../src/index.ts';
import { guarded } from '../src/store-unavailable.ts';
import { inTransaction } from '../src/commit-order/lock-token.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';
import { assertStored, assertWhole } from './wholeness.ts';

const underTest = await storeUnderTest('transaction_faults');

function put(id: string, members: Record<string, unknown> = {}): TransactionWrite {
  return { kind: 'update', id, ...patient(members), ...unconditional };
}

/** The ways in which the store runs a transaction: shared with others, alone because it is large, and with locks. */
const ways: Record<string, (store: FhirStore, writes: TransactionWrite[]) => ReturnType<FhirStore['transaction']>> = {
  small: (store, writes) => store.transaction(writes),
  large: (store, writes) =>
    store.transaction([...writes, ...Array.from({ length: 300 }, (_, n) => put(`large-${writes[0]!.id}-${n}`))]),
  locked: (store, writes) => store.transaction(() => Promise.resolve(writes), { locks: [writes[0]!.id] }),
};

describe('a transaction whose commit fails', () => {
  let store: FhirStore;
  before(async () => {
    store = await underTest.open();
    // Deferred: every statement succeeds, and the transaction fails at its very end.
    await underTest.database.sql.unsafe(`
      create function poison() returns trigger language plpgsql as $$
      begin
        if new.content like '%"poison"%' then raise exception 'no commit for this one'; end if;
        if new.content like '%"deadly"%' then perform pg_terminate_backend(pg_backend_pid()); end if;
        return new;
      end $$;
      create constraint trigger poison after insert or update on fhir.resource deferrable initially deferred
      for each row execute function poison()`);
  });

  for (const [way, run] of Object.entries(ways)) {
    it(`stores nothing of it and all of its neighbours: ${way}`, async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 12 }, (_, n) =>
          run(store, [put(`${way}-a-${n}`), put(`${way}-b-${n}`, { language: n % 4 === 1 ? 'poison' : 'uz' })]),
        ),
      );
      for (const [n, result] of results.entries()) {
        const fails = n % 4 === 1;
        assert.equal(result.status, fails ? 'rejected' : 'fulfilled');
        if (result.status === 'rejected') assert.match(String(result.reason), /no commit for this one/);
        for (const id of [`${way}-a-${n}`, `${way}-b-${n}`]) {
          assert.equal((await store.read('Patient', id)) === undefined, fails, id);
        }
      }
      const victim = [put(`${way}-a-0`, { language: 'ru' }), put(`${way}-b-0`, { language: 'poison' })];
      await assert.rejects(run(store, victim), /no commit for this one/);
      assert.equal((await store.read('Patient', `${way}-a-0`))?.versionId, 1);
      await assertWhole(underTest.database.url);
    });

    it(`is no success when its session ends while it commits: ${way}`, async () => {
      const writes = [put(`${way}-c`), put(`${way}-d`, { language: 'deadly' })];
      await assert.rejects(run(store, writes), StoreUnavailable);
      for (const id of [`${way}-c`, `${way}-d`]) assert.equal(await store.read('Patient', id), undefined);
      const outcome = await run(store, [put(`${way}-c`), put(`${way}-d`)]);
      assert.equal(outcome.kind, 'committed');
      await assertWhole(underTest.database.url);
    });
  }

  it('is no success when its session ends while it finds out what to write', async () => {
    const lost = store.transaction(
      async () => {
        await underTest.database.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'dhp fhir holding' and datname = current_database() and state <> 'idle'`;
        return [put('unheld')];
      },
      { locks: ['unheld'] },
    );
    await assert.rejects(lost, StoreUnavailable);
    assert.equal(await store.read('Patient', 'unheld'), undefined);
  });
});

describe('a transaction that holds locks', () => {
  it('does not hold them for ever when its caller does not come back', async () => {
    const store = await underTest.open({ timeouts: { lock: 5_000, statement: 200 } });
    const held = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const forgotten = store.transaction(
      async () => {
        held.resolve(undefined);
        await released.promise;
        return [put('forgotten')];
      },
      { locks: ['forgotten'] },
    );
    const failed = assert.rejects(forgotten, StoreUnavailable);
    await held.promise;
    await until('the lock is free', async () => {
      const tried = await Promise.allSettled([store.transaction([put('next')], { locks: ['forgotten'] })]);
      return tried[0].status === 'fulfilled';
    });
    released.resolve(undefined);
    await failed;
    assert.equal(await store.read('Patient', 'forgotten'), undefined);
  });

  it('waits for a name only as long as for a row', async () => {
    const store = await underTest.open({ timeouts: { lock: 100, statement: 10_000 } });
    const held = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    const first = store.transaction(
      async () => {
        held.resolve(undefined);
        await release.promise;
        return [put('patient-1')];
      },
      { locks: ['queue'] },
    );
    await held.promise;
    await assert.rejects(store.transaction([put('patient-2')], { locks: ['queue'] }), StoreUnavailable);
    release.resolve(undefined);
    assert.equal((await first).kind, 'committed');
    assert.equal(await store.read('Patient', 'patient-2'), undefined);
  });
});

describe('a transaction of several statements', () => {
  it('never trusts the answer to its commit', async () => {
    const sql = connect(underTest.database.ownerUrl, { max: 1 });
    await sql`create table counted (n int)`;
    const insert = (session: Parameters<Parameters<typeof inTransaction>[1]>[0]): Promise<unknown> =>
      session`insert into counted values (1)`;
    await assert.rejects(
      inTransaction(sql, async (session) => {
        await insert(session);
        await session`select 1 / 0`.catch(() => undefined);
      }),
    );
    await assert.rejects(
      guarded(() =>
        inTransaction(sql, async (session) => {
          await insert(session);
          await session.unsafe('rollback');
        }),
      ),
      StoreUnavailable,
    );
    const [none] = await sql`select count(*)::int as n from counted`;
    assert.equal(none!['n'], 0);
    assert.equal(await inTransaction(sql, async (session) => (await insert(session), 7)), 7);
    const [one] = await sql`select count(*)::int as n from counted`;
    assert.equal(one!['n'], 1);
    await sql.end();
  });
});

/** Pairs that receive the same number in each transaction, until stopped. */
function load(
  store: FhirStore,
  writers: number,
): { stop(): Promise<{ acknowledged: StoredVersion[]; errors: unknown[] }>; some: Promise<void> } {
  const acknowledged: StoredVersion[] = [];
  const errors: unknown[] = [];
  const some = Promise.withResolvers<undefined>();
  const runs = Object.values(ways);
  let writing = true;
  const done = Array.from({ length: writers }, async (_, n) => {
    for (let k = 0; writing; k += 1) {
      const pair = ['left', 'right'].map((side) => put(`${side}-${n % 4}`, { multipleBirthInteger: 1000 * n + k }));
      try {
        const outcome = await runs[k % 9 === 0 ? 1 : k % 3 === 0 ? 2 : 0]!(store, n % 2 === 0 ? pair : pair.reverse());
        assert.ok(outcome.kind === 'committed');
        for (const each of outcome.outcomes) if ('version' in each) acknowledged.push(each.version);
      } catch (error) {
        errors.push(error);
        await new Promise((resolve) => setTimeout(resolve, 5)); // a caller that tries again at once would only spin
      }
      if (acknowledged.length > 200) some.resolve(undefined);
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

async function assertPairs(store: FhirStore): Promise<void> {
  for (let n = 0; n < 4; n += 1) {
    const [left, right] = await Promise.all(
      ['left', 'right'].map(
        async (side) => (await store.history('Patient', `${side}-${n}`, { count: 100_000 })).versions,
      ),
    );
    assert.equal(left!.length, right!.length);
    const valueOf = ({ content }: StoredVersion): unknown =>
      (JSON.parse(content.toString()) as Record<string, unknown>)['multipleBirthInteger'];
    assert.deepEqual(left!.map(valueOf), right!.map(valueOf));
  }
}

describe('transactions on a database that goes away', () => {
  it('fail cleanly when connections are cut, and leave no half', async () => {
    const store = await underTest.open();
    const running = load(store, 8);
    await running.some;
    for (let cut = 0; cut < 5; cut += 1) {
      await underTest.database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'dhp fhir%' and datname = current_database()`;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(
      'transactions are taken again',
      async () => (await Promise.allSettled([store.transaction([put('back')])]))[0].status === 'fulfilled',
    );
    const { acknowledged, errors } = await running.stop();
    assert.ok(errors.length > 0);
    for (const error of errors) assert.ok(error instanceof StoreUnavailable, String(error));
    await assertStored(store, acknowledged);
    await assertPairs(store);
    await assertWhole(underTest.database.url);
  });

  describe('for a while', () => {
    const closers: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      while (closers.length > 0) await closers.pop()!();
    });

    it('work again by themselves when it is back, and leave no half', async () => {
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
      const running = load(store, 8);
      await running.some;
      await first.stop();
      for (const run of Object.values(ways)) await assert.rejects(run(store, [put('nowhere')]), StoreUnavailable);
      const second = await startEmbedded({ directory, settings, port: first.port });
      closers.splice(1, 0, () => second.stop());
      const works = async (): Promise<boolean> =>
        (await Promise.allSettled(Object.values(ways).map((run) => run(store, [put('back')])))).every(
          ({ status }) => status === 'fulfilled',
        );
      await until('it works again', works);
      const { acknowledged, errors } = await running.stop();
      for (const error of errors) assert.ok(error instanceof StoreUnavailable, String(error));
      await assertStored(store, acknowledged);
      await assertPairs(store);
      await assertWhole(url);
    });
  });
});
