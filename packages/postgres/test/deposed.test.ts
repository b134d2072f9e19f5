/** A primary that was given up and does not know it: its standby was promoted, and it continues as before. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../src/index.ts';
import { areCommitsBlocked, isOutcomeUnknown } from '../src/driver/errors.ts';
import { listen } from '../src/listen.ts';
import { startPair, type PostgresPair } from '../src/testing.ts';

describe('a primary that was given up', { timeout: 120_000 }, () => {
  let pair: PostgresPair;
  let url: string;
  const pools: Sql[] = [];
  before(async () => {
    pair = await startPair();
    const { username, password } = new URL(pair.primary);
    const hosts = [pair.primary, pair.standby].map((one) => new URL(one).host).join(',');
    url = `postgres://${username}:${password}@${hosts}/postgres?sslmode=disable`;
    await pair.synchronous(true);
  });
  after(async () => {
    await Promise.all(pools.map((sql) => sql.end({ timeout: 1 })));
    await pair.close();
  });

  function open(options: Parameters<typeof connect>[1]): Sql {
    const sql = connect(url, options);
    pools.push(sql);
    return sql;
  }

  const portOf = async (sql: Sql): Promise<string> => {
    const [row] = await sql<{ port: number }[]>`select inet_server_port() as port`;
    return String(row!.port);
  };

  it('is left by all connections as soon as a commit has waited there, and is not gone back to', async () => {
    const [first, second] = [pair.primary, pair.standby].map((one) => new URL(one).port);
    const [writing, reading] = [open({ max: 3 }), open({ max: 2, readOnly: true })];
    let heard = 0;
    const listener = listen(url, { channels: ['news'], applicationName: 'test', heard: () => (heard += 1) });
    await writing`create table kept (value text)`;
    assert.deepEqual([await portOf(writing), await portOf(reading)], [first, first]);

    await pair.promote();
    // It is still there, and accepts reads; only a commit detects it.
    assert.equal(await portOf(reading), first);
    const begin = performance.now();
    await assert.rejects(
      writing`insert into kept values ('waited in vain')`,
      (error) => isOutcomeUnknown(error) || areCommitsBlocked(error),
    );
    for (;;) {
      const isTaken = await writing`insert into kept values ('after')`.then(
        () => true,
        () => false,
      );
      if (isTaken) break;
      assert.ok(performance.now() - begin < 30_000, 'the later primary is not found');
      await delay(50);
    }
    assert.deepEqual([await portOf(writing), await portOf(reading)], [second, second]);
    assert.deepEqual([...(await reading`select value from kept`)], [{ value: 'after' }]);
    for (const before = heard; heard === before;) {
      await writing`notify news`;
      await delay(50);
      assert.ok(performance.now() - begin < 60_000, 'the listener hears the later primary');
    }
    listener.close();

    // The one that was given up is the first of the list.
    assert.equal(await portOf(open({ max: 1 })), second);
    await pair.killStandby();
    await assert.rejects(portOf(open({ max: 1 })), { code: /WRONG_SESSION_KIND|ECONNREFUSED/ });
  });
});
