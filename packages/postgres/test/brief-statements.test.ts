import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../src/index.ts';
import { pools, type MeasuredPool, type PoolState } from '../src/measured.ts';
import { testDatabase, type TestDatabase } from '../src/testing.ts';

describe('statements that were brief on a connection', { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let sql: Sql;
  let state: () => PoolState;
  before(async () => {
    database = await testDatabase({ name: 'brief' });
    const opened = (message: unknown): void => {
      state = (message as MeasuredPool).state;
    };
    pools.subscribe(opened);
    sql = connect(database.url, { max: 1, maxPipeline: 1, briefPipeline: 3 });
    pools.unsubscribe(opened);
  });
  after(async () => {
    await sql.end();
    await database.drop();
  });

  const number = (n: number): Promise<unknown> => sql`select ${n}::int as n`.execute();
  const locked = (): Promise<unknown> => sql`select pg_advisory_xact_lock(${7}::int) is null as locked`.execute();
  const paused = (seconds: number): Promise<unknown> => sql`select pg_sleep(${seconds}::float8) is null`.execute();

  /**
   * Statements that wait for the connection while the first of some is held by a lock of another session.
   * @param after milliseconds that the first one has taken when the others are sent
   */
  async function waitingBehind(work: (() => Promise<unknown>)[], after = 0): Promise<number> {
    const holder = await database.sql.reserve();
    const sent: Promise<unknown>[] = [];
    try {
      await holder`select pg_advisory_lock(7)`;
      sent.push(locked());
      if (after > 0) await delay(after);
      for (const each of work) sent.push(each());
      return state().waiting;
    } finally {
      await holder`select pg_advisory_unlock(7)`;
      holder.release();
      await Promise.all(sent);
    }
  }

  /** Repeats until a busy machine has let them be brief; it fails by the time limit of the tests. */
  async function eventually(work: () => Promise<unknown>, is: () => Promise<boolean>): Promise<void> {
    do for (let times = 0; times < 20; times += 1) await work();
    while (!(await is()));
  }

  it('go behind each other, as many as are allowed', async () => {
    const both = async (): Promise<void> => {
      await number(1);
      await locked();
    };
    const [one, two] = [(): Promise<unknown> => number(1), (): Promise<unknown> => number(2)];
    await eventually(both, async () => (await waitingBehind([one, two])) === 0);
    await eventually(both, async () => (await waitingBehind([one, two, one])) === 1);
  });

  it('go behind none that has taken longer by now', async () => {
    const [one, both] = [
      (): Promise<unknown> => number(1),
      async (): Promise<void> => {
        await number(1);
        await locked();
      },
    ];
    await eventually(both, async () => (await waitingBehind([one])) === 0);
    assert.equal(await waitingBehind([one], 30), 1);
  });

  it('go behind none that is not known', async () => {
    await number(1);
    const fresh = (): Promise<unknown> => sql`select ${'fresh'}::text as fresh`.execute();
    assert.equal(await waitingBehind([fresh, () => number(1)]), 2);
  });

  it('are brief no more when one has taken long', async () => {
    const both = async (): Promise<void> => {
      await paused(0);
      await locked();
    };
    const pause = (): Promise<unknown> => paused(0);
    await eventually(both, async () => (await waitingBehind([pause])) === 0);
    await paused(0.15);
    assert.equal(await waitingBehind([pause]), 1);
  });
});
