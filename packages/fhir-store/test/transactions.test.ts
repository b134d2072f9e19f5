import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { uuidv7 } from '@dhp/fhir-model';
import { until } from '@dhp/postgres/testing';
import { OverlappingWrites } from '../src/writes/overlapping-writes.ts';
import type { FhirStore, TransactionWrite, WriteOutcome } from '../src/index.ts';
import type { TransactionOutcome } from '../src/transaction.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('transactions');
const counted = await storeUnderTest('transactions_counted');

function put(id: string, members: Record<string, unknown> = {}): TransactionWrite {
  return { kind: 'update', id, ...patient(members), ...unconditional };
}

function post(id = uuidv7(), members: Record<string, unknown> = {}): TransactionWrite {
  return { kind: 'create', id, ...patient(members) };
}

function outcomesOf(outcome: TransactionOutcome): WriteOutcome[] {
  if (outcome.kind === 'refused') assert.fail(JSON.stringify(outcome));
  return outcome.outcomes;
}

const kinds = (outcome: TransactionOutcome): string[] => outcomesOf(outcome).map(({ kind }) => kind);

describe('a transaction', () => {
  let store: FhirStore;
  before(async () => (store = await underTest.open()));

  it('stores creates, updates and deletes as one, with outcomes in the order given', async () => {
    await store.transaction([put('a'), put('b'), put('c'), put('d', { gender: 'male' })]);
    await store.delete({ type: 'Patient', id: 'c' });
    const created = uuidv7();
    const outcome = await store.transaction([
      { kind: 'delete', type: 'Patient', id: 'b' },
      post(created),
      put('a', { gender: 'female' }),
      put('c', { gender: 'female' }),
      put('d', { gender: 'male' }),
      put('e'),
      { kind: 'delete', type: 'Patient', id: 'never' },
    ]);
    const expected = ['deleted', 'created', 'updated', 'created', 'unchanged', 'created', 'not-found'];
    assert.deepEqual(kinds(outcome), expected);
    const versions = outcomesOf(outcome).flatMap((each) => ('version' in each ? each.version : []));
    assert.deepEqual(
      versions.map(({ id, versionId }) => `${id}/${versionId}`),
      ['b/2', `${created}/1`, 'a/2', 'c/3', 'd/1', 'e/1'],
    );
    for (const version of versions) {
      assert.deepEqual({ ...(await store.read('Patient', version.id)) }, { ...version, content: version.content });
    }
    const again = await store.transaction([{ kind: 'delete', type: 'Patient', id: 'b' }]);
    assert.deepEqual(kinds(again), ['already-deleted']);
    const rows = await underTest.database.sql`
      select count(distinct txid)::int as n from fhir.resource where id in ('a', 'b', 'c', 'e', ${created})`;
    assert.equal(rows[0]!['n'], 1);
  });

  it('stores nothing when one write may not be, and names each of those', async () => {
    await store.transaction([put('locked'), put('gone')]);
    await store.delete({ type: 'Patient', id: 'gone' });
    const fresh = uuidv7();
    const outcome = await store.transaction([
      post(fresh),
      { ...put('locked', { gender: 'male' }), ifMatch: [7] } as TransactionWrite,
      put('other'),
      { ...put('gone'), createAllowed: false } as TransactionWrite,
      { kind: 'delete', type: 'Patient', id: 'nobody', ifMatch: [1] },
      { ...put('a', { gender: 'other' }), requireMatch: true } as TransactionWrite,
    ]);
    assert.deepEqual(outcome, {
      kind: 'refused',
      failures: [
        { index: 1, outcome: { kind: 'version-mismatch', current: 1 } },
        { index: 3, outcome: { kind: 'not-found' } },
        { index: 4, outcome: { kind: 'not-found' } },
        { index: 5, outcome: { kind: 'match-required', current: 2 } },
      ],
    });
    for (const id of [fresh, 'other', 'nobody']) assert.equal(await store.read('Patient', id), undefined);
    assert.equal((await store.read('Patient', 'locked'))?.versionId, 1);
  });

  it('refuses a create under an id that exists, and stores nothing', async () => {
    const outcome = await store.transaction([post('first-of-all'), post('a')]);
    assert.deepEqual(outcome, {
      kind: 'refused',
      failures: [{ index: 1, outcome: { kind: 'version-mismatch', current: 2 } }],
    });
    assert.equal(await store.read('Patient', 'first-of-all'), undefined);
    const held = await store.transaction(() => Promise.resolve([post('first-of-all'), post('a')]));
    assert.deepEqual(held, outcome);
  });

  it('names both writes of one resource', async () => {
    const overlap = store.transaction([put('x'), put('y'), { kind: 'delete', type: 'Patient', id: 'x' }]);
    await assert.rejects(overlap, (error) => {
      assert.ok(error instanceof OverlappingWrites);
      assert.deepEqual(error.indexes, [0, 2]);
      return true;
    });
    assert.equal(await store.read('Patient', 'y'), undefined);
  });

  it('has nothing to do for no writes', async () => {
    assert.deepEqual(await store.transaction([]), { kind: 'committed', outcomes: [] });
  });

  it('moves a resource to another patient, its history too', async () => {
    const flag = (id: string, subject: string): TransactionWrite => ({
      kind: 'update',
      id,
      ...newVersion({ resourceType: 'Flag', subject: { reference: `Patient/${subject}` } }),
      ...unconditional,
    });
    await store.transaction([flag('moving', 'p1'), flag('staying', 'p1')]);
    await store.transaction([flag('moving', 'p22'), flag('staying', 'p1'), put('beside')]);
    const outcome = await store.transaction([flag('staying', 'p333'), flag('moving', 'p333'), put('beside')]);
    assert.deepEqual(kinds(outcome), ['updated', 'updated', 'unchanged']);
    const { versions } = await store.history('Flag', 'moving', { count: 5 });
    assert.deepEqual(
      versions.map(({ versionId }) => versionId),
      [3, 2, 1],
    );
    const shards = await underTest.database.sql`
      select shard from fhir.identity where ty = (select ty from fhir.resource where id = 'moving') union
      select shard from fhir.resource where id in ('moving', 'staying') union
      select h.shard from fhir.history h join fhir.resource r using (rid) where r.id in ('moving', 'staying')`;
    assert.equal(shards.length, 1);
  });
});

describe('a transaction of thousands of entries', () => {
  const name = new URL(counted.database.url).pathname.slice(1);

  /** Transactions of the server, of connections that have ended: until then it does not count them all. Asked from elsewhere. */
  async function ended(): Promise<number> {
    const { sql } = underTest.database;
    await until('its connections are closed', async () => {
      const open =
        await sql`select from pg_stat_activity where application_name like 'dhp fhir %' and datname = ${name}`;
      return open.length === 0;
    });
    const [row] = await sql`select xact_commit::int as n from pg_stat_database where datname = ${name}`;
    return Number(row!['n']);
  }

  /** The number of transactions of the server, and the seconds that they took. */
  async function statements(writes: TransactionWrite[]): Promise<{ count: number; seconds: number }> {
    const before = await ended();
    const began = performance.now();
    const store = await counted.open();
    assert.equal(kinds(await store.transaction(writes)).length, writes.length);
    await store.close();
    const count = (await ended()) - before;
    return { count, seconds: (performance.now() - began) / 1000 };
  }

  it('takes as many statements as a few', async () => {
    // Transactions of autovacuum would be counted as well.
    for (const table of ['identity', 'resource', 'history', 'search', 'tok', 'num', 'str', 'date', 'word']) {
      await counted.database.sql`alter table ${counted.database.sql(`fhir.${table}`)} set (autovacuum_enabled = off)`;
    }
    const writes = (n: number): TransactionWrite[] =>
      Array.from({ length: n }, (_, k) => (k % 2 === 0 ? post() : put(`many-${k}`, { n })));
    await statements(writes(10));
    const { count: few } = await statements(writes(100));
    // Each opens its connections, as many as it can use, with a statement each; the rest is the server's background work, less than once a
    // second.
    const isAsFew = ({ count, seconds }: Awaited<ReturnType<typeof statements>>): void =>
      assert.ok(count <= 2 * few + seconds, `${few} and ${count} transactions of the server in ${seconds} s`);
    assert.ok(few > 5);
    isAsFew(await statements(writes(6000)));
    const deletions = Array.from(
      { length: 3000 },
      (_, k) => ({ kind: 'delete', type: 'Patient', id: `many-${2 * k + 1}` }) as const,
    );
    isAsFew(await statements(deletions));
  });
});

describe('transactions on two servers', () => {
  let stores: FhirStore[];
  before(async () => (stores = [await underTest.open(), await underTest.open()]));

  async function deadlocks(): Promise<number> {
    const [row] = await underTest.database.sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    return Number(row!['deadlocks']);
  }

  it('never deadlock on the same ids in another order, with single writes between', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `crossed-${n}`);
    for (let round = 0; round < 6; round += 1) {
      const orders = [ids, [...ids].reverse(), [...ids].sort(() => Math.random() - 0.5), ids.slice(10, 30)];
      const transactions = orders.map((order, n) =>
        stores[n % 2]!.transaction(order.map((id) => put(id, { round, n, k: 'x'.repeat(n) }))),
      );
      const singles = ids
        .slice(0, 20)
        .map((id, n) => stores[n % 2]!.update({ ...patient({ round, single: n }), id, ...unconditional }));
      for (const outcome of await Promise.all(transactions)) outcomesOf(outcome);
      await Promise.all(singles);
    }
    assert.equal(await deadlocks(), 0);
    for (const [n, id] of ids.entries()) {
      const each = 3 + (n >= 10 && n < 30 ? 1 : 0) + (n < 20 ? 1 : 0);
      const { versions, total } = await stores[0]!.history('Patient', id, { count: 100 });
      assert.equal(total, 6 * each, id);
      assert.deepEqual(
        versions.map(({ versionId }) => versionId),
        Array.from({ length: total }, (_, k) => total - k),
      );
    }
  });

  it('keep what belongs together together', async () => {
    const pair = ['left', 'right'];
    await stores[0]!.transaction(pair.map((id) => put(id, { multipleBirthInteger: -1 })));
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => {
        const order = n % 3 === 0 ? [...pair].reverse() : pair;
        return stores[n % 2]!.transaction(order.map((id) => put(id, { multipleBirthInteger: n })));
      }),
    );
    const [left, right] = await Promise.all(
      pair.map(async (id) => (await stores[0]!.history('Patient', id, { count: 100 })).versions),
    );
    assert.equal(left!.length, 61);
    const valueOf = (text: Buffer): unknown =>
      (JSON.parse(text.toString()) as Record<string, unknown>)['multipleBirthInteger'];
    for (const [n, version] of left!.entries()) assert.equal(valueOf(version.content), valueOf(right![n]!.content));
  });

  it('let one of many with the same If-Match win, whole', async () => {
    const ids = ['won-1', 'won-2', 'won-3'];
    await stores[0]!.transaction(ids.map((id) => put(id)));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stores[n % 2]!.transaction([
          ...ids.map((id) => ({ ...put(id, { n }), ifMatch: [1] }) as TransactionWrite),
          put(`only-${n}`),
        ]),
      ),
    );
    const winners = outcomes.flatMap(({ kind }, n) => (kind === 'committed' ? n : []));
    assert.equal(winners.length, 1);
    for (let n = 0; n < 20; n += 1) {
      assert.equal((await stores[0]!.read('Patient', `only-${n}`)) !== undefined, n === winners[0]);
    }
    for (const id of ids) assert.equal((await stores[1]!.read('Patient', id))?.versionId, 2);
  });

  it('get through although single writes change one of their resources all the time', async () => {
    await stores[0]!.transaction([put('busy')]);
    const stop = new AbortController();
    const hammers = Array.from({ length: 4 }, async (_, n) => {
      let k = 0;
      for (; !stop.signal.aborted; k += 1) {
        await stores[1]!.update({ ...patient({ n, k }), id: 'busy', ...unconditional });
      }
      return k;
    });
    for (let round = 0; round < 3; round += 1) {
      const crowd = Array.from({ length: 400 }, (_, n) => put(`crowd-${n}`, { round }));
      outcomesOf(await stores[0]!.transaction([...crowd, put('busy', { round })]));
    }
    stop.abort();
    const singles = (await Promise.all(hammers)).reduce((sum, n) => sum + n, 0);
    const { total } = await stores[0]!.history('Patient', 'busy', { count: 1 });
    assert.equal(total, 1 + singles + 3);
    assert.equal(await deadlocks(), 0);
  });

  it('hold named locks while they find out what to write', async () => {
    let found: string | undefined;
    let inside = 0;
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        stores[n % 2]!.transaction(
          async () => {
            inside += 1;
            assert.equal(inside, 1, 'nobody else holds the lock');
            await stores[n % 2]!.read('Patient', 'nothing');
            const writes = found === undefined ? [post((found = uuidv7()))] : [];
            inside -= 1;
            return writes;
          },
          { locks: n % 3 === 0 ? ['one', 'two'] : ['two', 'one', 'two'] },
        ),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcomesOf(outcome).length === 1).length, 1);
    assert.equal((await stores[0]!.read('Patient', found!))?.versionId, 1);
    await assert.rejects(
      stores[0]!.transaction(() => Promise.reject(new Error('changed my mind')), { locks: ['one'] }),
      /changed my mind/,
    );
    outcomesOf(await stores[1]!.transaction([post()], { locks: ['one'] }));
  });
});
