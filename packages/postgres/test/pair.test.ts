import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '@dhp/postgres';
import { startPair } from '@dhp/postgres/testing';

test('a pair replicates, waits for its standby when synchronous, and loses what the standby has not received', async (t) => {
  const pair = await startPair();
  t.after(() => pair.close());
  const on = async <T>(url: string, work: (sql: ReturnType<typeof connect>) => Promise<T>): Promise<T> => {
    const sql = connect(url, { max: 1 });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  const numbers = (url: string): Promise<number[]> =>
    on(url, async (sql) => (await sql<{ n: number }[]>`select n from kept order by n`).map(({ n }) => n));

  await on(pair.primary, (sql) => sql`create table kept as select 1 as n`);
  await pair.caughtUp();
  assert.deepEqual(await numbers(pair.standby), [1]);

  await pair.synchronous(true);
  await on(pair.primary, (sql) => sql`insert into kept values (2)`);
  await pair.killStandby();
  // The time-out of a statement does not end this wait: it is over before the commit.
  const waiting = assert.rejects(
    on(pair.primary, (sql) => sql`insert into kept values (3)`),
    /not confirmed by the synchronous standby/,
  );
  const cancelled = await on(pair.primary, async (sql) => {
    for (;;) {
      const rows = await sql`
        select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert%'`;
      if (rows.length > 0) return rows.length;
    }
  });
  assert.equal(cancelled, 1);
  await waiting;
  await pair.startStandby();
  await pair.synchronous(false);
  await pair.caughtUp();
  assert.deepEqual(await numbers(pair.standby), [1, 2, 3]);

  await pair.killStandby();
  await on(pair.primary, (sql) => sql`insert into kept values (4)`);
  await pair.killPrimary();
  await assert.rejects(numbers(pair.primary));
  await pair.startStandby();
  await pair.promote();
  assert.deepEqual(await numbers(pair.standby), [1, 2, 3], 'what the standby never received is lost');
  await on(pair.standby, (sql) => sql`insert into kept values (5)`);
});
