/** A lock that work of many transactions holds, on pools of several connections. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, test } from 'node:test';
import { isConnectionError } from '../src/driver/errors.ts';
import { connect, type Sql } from '../src/index.ts';
import { LockTaken, whileLocked } from '../src/advisory-lock.ts';
import { testDatabase, until, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
let one: Sql;
let other: Sql;
const name = 'locks test';

before(async () => {
  database = await testDatabase({ name: 'locks' });
  one = connect(database.ownerUrl, { max: 4 });
  other = connect(database.ownerUrl, { max: 4 });
  await one`create table public.step (of text not null, at timestamptz not null default clock_timestamp())`;
});
after(async () => {
  await Promise.all([one.end(), other.end()]);
  await database.drop();
});
beforeEach(async () => one`truncate public.step`);

/** The processes of the server that have the lock. */
const holders = async (): Promise<number[]> =>
  (
    await one<{ pid: number }[]>`
      select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())`
  ).map(({ pid }) => pid);

test('one has it at a time, whichever connections of their pools their statements take', async () => {
  let most = 0;
  let within = 0;
  const work = (sql: Sql, of: string) => async (): Promise<void> => {
    most = Math.max(most, (within += 1));
    for (let step = 0; step < 5; step += 1)
      await Promise.all(
        Array.from({ length: 4 }, () => sql.begin((session) => session`insert into step (of) values (${of})`)),
      );
    within -= 1;
  };
  const never = new AbortController().signal;
  await Promise.all([one, other, one, other].map((sql, n) => whileLocked(sql, name, work(sql, String(n)), never)));
  assert.equal(most, 1);
  const [row] = await one<{ turns: number; steps: number }[]>`
    select count(*) filter (where of is distinct from before)::int as turns, count(*)::int as steps
    from (select of, lag(of) over (order by at) as before from step) s`;
  assert.deepEqual(row, { turns: 4, steps: 80 });
  assert.deepEqual(await holders(), []);
});

test('without patience the second is refused, and the lock is free as soon as the first has ended', async () => {
  await whileLocked(one, name, async () => {
    await assert.rejects(
      whileLocked(other, name, () => Promise.reject(new Error('it has begun'))),
      LockTaken,
    );
    const waits = new AbortController();
    const waiting = whileLocked(other, name, () => Promise.reject(new Error('it has begun')), waits.signal);
    waits.abort();
    await assert.rejects(waiting, LockTaken);
  });
  assert.equal(await whileLocked(other, name, () => Promise.resolve('done')), 'done');
  await assert.rejects(
    whileLocked(other, name, () => Promise.reject(new Error('failed'))),
    /^Error: failed$/,
  );
  assert.equal(await whileLocked(one, name, () => Promise.resolve('done')), 'done');
});

test('whoever loses the session of the lock learns it, though the other connections go on; another has the lock then', async () => {
  const ended = whileLocked(one, name, async (held) => {
    const [pid, ...others] = await until('it is held', async () => {
      const found = await holders();
      return found.length > 0 && found;
    });
    assert.deepEqual(others, []);
    const lost = once(held, 'abort');
    await other`select pg_terminate_backend(${pid!}::int)`;
    await lost;
    assert.ok(isConnectionError(held.reason), String(held.reason));
    assert.deepEqual([...(await one`select 1 as answer`)], [{ answer: 1 }]);
    assert.equal(await whileLocked(other, name, () => Promise.resolve('taken')), 'taken');
    held.throwIfAborted();
  });
  await assert.rejects(ended, isConnectionError);
});

test('work that ends well after its session was lost has ended well', async () => {
  const answer = await whileLocked(one, name, async (held) => {
    const [pid] = await holders();
    const lost = once(held, 'abort');
    await other`select pg_terminate_backend(${pid!}::int)`;
    await lost;
    return 'done';
  });
  assert.equal(answer, 'done');
});
