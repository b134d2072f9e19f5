import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectOptions, type Sql } from '../src/index.ts';
import { isConnectionError, isOutcomeUnknown } from '../src/driver/errors.ts';
import { startWire, testDatabase, testServer, type TestDatabase, type Wire } from '../src/testing.ts';

/** Statements while the host, or the connection, is gone without notice. */
describe('a silent database', { timeout: 120_000 }, () => {
  let database: TestDatabase;
  let wire: Wire;
  before(async () => {
    wire = await startWire(await testServer());
    database = await testDatabase({ name: 'silence' });
    await database.sql`create table kept (value text)`;
  });
  after(async () => {
    await database.drop();
    await wire.close();
  });
  afterEach(() => wire.restore());

  async function withPool(options: ConnectOptions, work: (sql: Sql) => Promise<void>): Promise<void> {
    const sql = connect(wire.through(database.url), options);
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  const codeOf = (work: PromiseLike<unknown>): Promise<string> =>
    Promise.resolve(work).then(
      () => 'done',
      (error: unknown) => (isConnectionError(error) ? (error as { code: string }).code : String(error)),
    );
  const seconds = async (work: Promise<unknown>): Promise<number> => {
    const begin = performance.now();
    await work;
    return (performance.now() - begin) / 1000;
  };

  it('that is away rejects statements, transactions and who waits for a connection within 12 seconds', async () => {
    await withPool({ max: 2 }, async (sql) => {
      await Promise.all([sql`select 1`, sql`select 2`]);
      let codes: string[] = [];
      wire.blackhole();
      const taken = await seconds(
        Promise.all([
          codeOf(sql`insert into kept values ('a')`),
          codeOf(sql`select 1`),
          codeOf(sql.begin((transaction) => transaction`insert into kept values ('b')`)),
          codeOf(sql.begin((transaction) => transaction`insert into kept values ('c')`)),
          codeOf(sql.begin((transaction) => transaction`insert into kept values ('d')`)),
          codeOf(sql.reserve()),
        ]).then((all) => (codes = all)),
      );
      assert.ok(taken < 12, `it took ${String(taken)} s`);
      assert.ok(
        codes.every((code) => code === 'HOST_SILENT' || code === 'CONNECT_TIMEOUT'),
        codes.join(' '),
      );
      assert.equal(await codeOf(sql`select 1`), 'CONNECT_TIMEOUT');
      await wire.restore();
      assert.equal(await codeOf(sql`select 1`), 'done');
    });
  });

  it('whose open connections are dead is reached by new ones', async () => {
    await withPool({ max: 2 }, async (sql) => {
      await Promise.all([sql`select pg_sleep(0.2)`, sql`select pg_sleep(0.2)`]);
      assert.ok(wire.connections >= 2);
      wire.blackhole('open');
      const one = codeOf(sql`select 1`);
      const taken = await seconds(one);
      assert.equal(await one, 'HOST_SILENT');
      assert.ok(taken < 8, `it took ${String(taken)} s`);
      assert.ok(sql.silence() < 8000);
      assert.equal(await codeOf(sql`select 1`), 'done');
      assert.equal(sql.silence(), 0);
    });
  });

  it('leaves a statement alone that runs for long', async () => {
    await withPool({ max: 1 }, async (sql) => {
      assert.equal(await codeOf(sql`select pg_sleep(6)`), 'done');
    });
  });

  it('past the limit of a statement is given up, with an error that says so', async () => {
    await withPool({ max: 1, statementTimeout: 1000 }, async (sql) => {
      await sql`select 1`;
      // The server does not count it: only the client can.
      const endless = sql.begin(async (transaction) => {
        await transaction`set local statement_timeout = 0`;
        await transaction`select pg_sleep(60)`;
      });
      await assert.rejects(endless, /did not answer within 6000 ms, the limit of a statement and 5000 ms more/);
    });
  });

  it('may have committed what was sent, and has not committed what was not', async () => {
    const failed = async (work: PromiseLike<unknown>): Promise<unknown> =>
      Promise.resolve(work).then(
        () => assert.fail('it succeeded'),
        (error: unknown) => error,
      );
    await withPool({ max: 1 }, async (sql) => {
      await sql`select 1`;
      const statement = failed(sql`insert into kept select 'statement' from pg_sleep(0.3)`);
      await delay(100);
      await wire.cut();
      assert.equal(isOutcomeUnknown(await statement), true);
      assert.equal(isOutcomeUnknown(await failed(sql`insert into kept values ('not sent')`)), false);
      await wire.restore();
      const before = failed(
        sql.begin(async (transaction) => {
          await transaction`insert into kept values ('before the commit')`;
          await wire.cut();
          await delay(200);
        }),
      );
      const lost = await before;
      assert.deepEqual([isConnectionError(lost), isOutcomeUnknown(lost)], [true, false]);
      await wire.restore();
      const during = failed(
        sql.begin(async (transaction) => {
          await transaction`create temporary table slow (value text)`;
          await transaction`create function pg_temp.wait() returns trigger language plpgsql as 'begin perform pg_sleep(1); return null; end'`;
          await transaction`create constraint trigger wait after insert on slow deferrable initially deferred
            for each row execute function pg_temp.wait()`;
          await transaction`insert into slow values ('at the commit')`;
          setTimeout(() => void wire.cut(), 200);
        }),
      );
      assert.equal(isOutcomeUnknown(await during), true);
    });
    assert.equal((await database.sql`select 1 from kept where value = 'before the commit'`).length, 0);
  });
});
