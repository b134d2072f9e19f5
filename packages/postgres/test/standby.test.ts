import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl, createDurableCheck, startEmbedded, type EmbeddedPostgres } from '../src/index.ts';
import { isOutcomeUnknown } from '../src/driver/errors.ts';
import { startPgBouncer, withoutPgBouncer, type PgBouncer } from '../src/testing.ts';

/**
 * A configured synchronous standby that is unavailable: every commit waits for it, and PostgreSQL's own limits do not include that wait.
 */
describe('while the synchronous standby is away', { timeout: 120_000, concurrency: true }, () => {
  let server: EmbeddedPostgres;
  let pooler: PgBouncer | undefined;
  before(async () => {
    server = await startEmbedded({
      directory: mkdtempSync(join(tmpdir(), 'dhp-test-standby-')),
      temporary: true,
      settings: { shared_buffers: '16MB', fsync: 'off', io_method: 'sync' },
    });
    const admin = connect(server.url, { max: 1 });
    // Behind a pooler the waits of all sessions of a role in a database are ended, including those of direct connections.
    for (const way of ['direct', 'pooled']) {
      await admin.unsafe(`create database ${way}`);
      const sql = connect(databaseUrl(server.url, way), { max: 1 });
      await sql`create table kept (value text)`;
      await sql.end();
    }
    if (withoutPgBouncer === false) pooler = await startPgBouncer(server.url);
    await admin.unsafe(`alter system set synchronous_standby_names = 'away'`);
    await admin`select pg_reload_conf()`;
    while ((await admin`show synchronous_standby_names`)[0]?.['synchronous_standby_names'] !== 'away');
    await admin.end();
  });
  after(async () => {
    await pooler?.close();
    await server.stop();
  });

  const title =
    'writes end in bounded time with an outcome that is unknown, reads go on, and no session of the server stays';
  it(title, () => writesEnd('direct', databaseUrl(server.url, 'direct')));
  it(`through PgBouncer, ${title}`, { skip: withoutPgBouncer }, () =>
    writesEnd('pooled', pooler!.through(databaseUrl(server.url, 'pooled'))),
  );

  async function writesEnd(way: 'direct' | 'pooled', url: string): Promise<void> {
    const sql = connect(url, { max: 7, statementTimeout: 60_000, applicationName: 'bounded' });
    const begin = performance.now();
    const outcomes = Promise.allSettled([
      sql`insert into kept values (${`${way} statement`})`,
      sql.begin((transaction) => transaction`insert into kept values (${`${way} transaction`})`),
      // The server is asked about each of them at another time.
      ...[900, 1_800, 2_700, 3_600].map(async (pause) => {
        await delay(pause);
        await sql`insert into kept values (${`${way} after ${String(pause)} ms`})`;
      }),
    ]);
    assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
    const commits = createDurableCheck(sql);
    // On a busy machine the statements may still be in flight.
    const until = performance.now() + 10_000;
    while ((await commits()) !== 'blocked' && performance.now() < until) await delay(50);
    assert.equal(await commits(), 'blocked');
    let taken = Infinity;
    // Other work on the machine can spoil an attempt.
    for (let attempt = 0; attempt < 20 && taken >= 500; attempt += 1) {
      const known = performance.now();
      assert.equal(await commits(), 'blocked', 'at once: who asks is often not patient');
      taken = performance.now() - known;
    }
    assert.ok(taken < 500, `${String(taken)} ms`);
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === 'rejected' && isOutcomeUnknown(outcome.reason));
      assert.match(String(outcome.reason), /not confirmed by the synchronous standby/);
    }
    const all = (performance.now() - begin) / 1000;
    assert.ok(all < 20, `it took ${String(all)} s`);
    await sql.end({ timeout: 15 });
    const admin = connect(databaseUrl(server.url, way), { max: 1 });
    const left = await admin`select 1 from pg_stat_activity where wait_event = 'SyncRep' and datname = ${way}`;
    assert.equal(left.length, 0);
    // Here it is committed: the caller was told correctly that the outcome is unknown.
    assert.equal((await admin`select 1 from kept where value like ${`${way}%`}`).length, 6);
    await admin.end();
  }
});
