/** Commits that a real synchronous standby does not confirm, or confirms late. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { commitsOf, connect, createDurableCheck, databaseUrl, type Sql } from '../src/index.ts';
import { areCommitsBlocked, isOutcomeUnknown } from '../src/driver/errors.ts';
import {
  startPair,
  startPgBouncer,
  withoutPgBouncer,
  type PgBouncer,
  type PostgresPair,
  until,
} from '../src/testing.ts';

describe('commits', { timeout: 300_000 }, () => {
  let pair: PostgresPair;
  let pooler: PgBouncer | undefined;
  before(async () => {
    pair = await startPair();
    const admin = connect(pair.primary, { max: 1 });
    // Behind a pooler the waits of all sessions of a role in a database are ended, including those of direct connections.
    for (const way of ['direct', 'pooled']) {
      await admin.unsafe(`create database ${way}`);
      const sql = connect(databaseUrl(pair.primary, way), { max: 1 });
      await sql`create table kept (value text)`;
      await sql.end();
    }
    await admin.end();
    if (withoutPgBouncer === false) pooler = await startPgBouncer(pair.primary);
    await pair.synchronous(true);
  });
  after(async () => {
    await pooler?.close();
    await pair.close();
  });
  beforeEach(() => pair.slowStandby(0));

  /** Directly, and through PgBouncer if it is installed, at the same time. */
  async function onEachWay(work: (sql: Sql, way: string) => Promise<void>): Promise<void> {
    const at = (way: string): string => databaseUrl(pair.primary, way);
    const urls = { direct: at('direct'), ...(pooler && { pooled: pooler.through(at('pooled')) }) };
    const pools = Object.entries(urls).map(([way, url]): [Sql, string] => [
      connect(url, { max: 12, statementTimeout: 60_000, reads: 2 }),
      way,
    ]);
    try {
      await Promise.all(pools.map(([sql, way]) => work(sql, way)));
    } finally {
      pair.slowStandby(0);
      await Promise.all(pools.map(([sql]) => sql.end({ timeout: 15 })));
    }
  }

  /** Commits that take three seconds, begun at many moments, while the server is asked about other connections all the time. */
  async function slowCommits(sql: Sql, way: string): Promise<void> {
    pair.slowStandby(1_500);
    const long = Array.from({ length: 3 }, async (_, n) => {
      await delay(n * 700);
      await sql.begin((open) => open`select pg_sleep(8)`);
    });
    const writes = Array.from({ length: 10 }, async (_, n) => {
      await delay(n * 550);
      const begin = performance.now();
      await sql`insert into kept values (${`${way} slow ${String(n)}`})`;
      return performance.now() - begin;
    });
    const took = await Promise.all(writes);
    await Promise.all(long);
    assert.ok(
      took.every((one) => one > 2_000),
      'the standby is slow',
    );
    assert.equal(sql.areCommitsBlocked(), false);
  }
  it('that a slow standby confirms late are neither cut short nor refused', (t) => {
    if (withoutPgBouncer !== false) t.diagnostic(`only directly: ${withoutPgBouncer}`);
    return onEachWay(slowCommits);
  });

  async function refused(sql: Sql, way: string): Promise<void> {
    const commits = createDurableCheck(sql);
    const first = sql`insert into kept values (${`${way} unknown`})`;
    await assert.rejects(first, isOutcomeUnknown);
    await until('commits are blocked', () => sql.areCommitsBlocked());
    const writes = [
      () => sql`insert into kept values (${`${way} refused`})`,
      () => sql`update kept set value = ${`${way} refused`} where value = ${`${way} unknown`}`,
      () => sql`delete from kept where value = ${`${way} unknown`}`,
      () => sql`with gone as (delete from kept returning value) select count(*) from gone`,
      () => sql`select value from kept for update`,
      () => sql.begin((open) => open`insert into kept values (${`${way} refused`})`),
    ];
    // More than there are connections: none waits for one.
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => writes.map((write) => write())).flat());
    for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && areCommitsBlocked(outcome.reason));
    const mine = await sql`select value from kept where value = any(${[`${way} unknown`, `${way} refused`]})`;
    assert.deepEqual([...mine], [{ value: `${way} unknown` }]);
    assert.equal(await commits(), 'blocked');
  }

  it('are refused at once while the standby is known to be away, until it is back', async () => {
    await pair.killStandby();
    let away = 0;
    const isBack = Promise.withResolvers<undefined>();
    await onEachWay(async (sql, way) => {
      await refused(sql, way);
      away += 1;
      if (away === (pooler === undefined ? 1 : 2)) {
        // It is back, and slow: code that assumed its absence would keep refusing.
        pair.slowStandby(900);
        await pair.startStandby();
        isBack.resolve(undefined);
      }
      await isBack.promise;
      await until('commits go on', () => !sql.areCommitsBlocked());
      const writes = Array.from({ length: 8 }, async (_, n) => {
        await delay(n * 600);
        await sql`insert into kept values (${`${way} again`})`;
        assert.equal(sql.areCommitsBlocked(), false);
      });
      await Promise.all(writes);
      const commits = createDurableCheck(sql);
      pair.slowStandby(0);
      await until('commits are confirmed', async () => (await commits()) === 'confirmed');
      const stored = await sql`select value from kept where value like ${`${way}%`} and value not like '%slow%'`;
      assert.deepEqual(stored.map(({ value }) => value as string).sort(), [
        ...Array.from({ length: 8 }, () => `${way} again`),
        `${way} unknown`,
      ]);
    });
  });

  it('are refused by all pools that share what they know, and nobody is left waiting at the server', async () => {
    const url = databaseUrl(pair.primary, 'direct');
    const commits = commitsOf(url);
    const open = (settings = {}): Sql => connect(url, { max: 2, commits, applicationName: 'sharing', settings });
    const [one, two, unwaited] = [open(), open(), open({ synchronous_commit: 'off' })];
    await pair.killStandby();
    await refused(one, 'shared');
    await assert.rejects(two`insert into kept values ('shared refused')`, areCommitsBlocked);
    await unwaited`insert into kept values ('unwaited')`;
    await Promise.all([one, two, unwaited].map((sql) => sql.end()));
    const admin = connect(url, { max: 1 });
    await until(
      'nobody waits for the standby',
      async () => (await admin`select 1 from pg_stat_activity where wait_event = 'SyncRep'`).length === 0,
    );
    await pair.startStandby();
    await admin`insert into kept values ('confirmed')`;
    await admin.end();
  });
});
