import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectOptions, type Sql } from '../src/index.ts';
import { DatabaseUrlError, parseDatabaseUrl } from '../src/address.ts';
import { isConnectionError, isOutcomeUnknown } from '../src/driver/errors.ts';
import { inspectPoolers } from '../src/pooler.ts';
import {
  startPgBouncer,
  testDatabase,
  testServer,
  withoutPgBouncer,
  type PgBouncer,
  type TestDatabase,
} from '../src/testing.ts';

describe('the URL of a pooler', () => {
  it('stands in a parameter beside the address of the server', () => {
    const { host, pooler, parameters } = parseDatabaseUrl(
      'postgres://db/dhp?pooler=a:6433,[::1],/run/pg:6432&geqo=off',
    );
    assert.deepEqual(pooler, [
      { host: 'a', port: 6433 },
      { host: '::1', port: 6432 },
      { host: '/run/pg', port: 6432 },
    ]);
    assert.deepEqual([host, parameters], ['db', { geqo: 'off' }]);
  });

  for (const [url, message] of [
    ['postgres://db/dhp?pooler=:6432', /without a host/],
    ['postgres://db/dhp?pooler=a:x', /not a number/],
    ['postgres://db/dhp?pooler=a&options=-c%20geqo%3Doff', /has options/],
  ] as const)
    it(`is refused: ${url}`, () => {
      assert.throws(
        () => parseDatabaseUrl(url),
        (error) => error instanceof DatabaseUrlError && message.test(error.message),
      );
    });
});

/** Two sessions of the server for many connections, so that each statement may run on another one than the one before. */
describe('behind PgBouncer in transaction mode', { skip: withoutPgBouncer, timeout: 120_000 }, () => {
  let database: TestDatabase;
  let pooler: PgBouncer;
  before(async () => {
    pooler = await startPgBouncer(await testServer(), { default_pool_size: '2' });
    database = await testDatabase({ name: 'pooler', connect: { applicationName: 'owner' } });
    await database.sql`create table kept (value text)`;
  });
  after(async () => {
    await pooler.close();
    await database.drop();
  });

  async function withPool(options: ConnectOptions, work: (sql: Sql) => Promise<void>, to = pooler): Promise<void> {
    const sql = connect(to.through(database.url), options);
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  const settings = {
    work_mem: '3MB',
    enable_sort: false,
    lock_timeout: 1234,
    plan_cache_mode: 'force_generic_plan',
    synchronous_commit: 'off',
  };
  const expected = {
    work_mem: '3MB',
    enable_sort: 'off',
    lock_timeout: '1234ms',
    plan_cache_mode: 'force_generic_plan',
    synchronous_commit: 'off',
    statement_timeout: '7s',
    idle_in_transaction_session_timeout: '1min',
    TimeZone: 'UTC',
    IntervalStyle: 'iso_8601',
    bytea_output: 'hex',
  };
  const show = Object.keys(expected)
    .map((name) => `current_setting('${name}') as "${name}"`)
    .join(', ');

  it('gives each kind of statement its settings, and leaves none on a session', async () => {
    await withPool({ max: 8, settings, statementTimeout: 7000 }, async (sql) => {
      const rounds = Array.from({ length: 40 }, async (_, number) => {
        const kinds = [
          sql.unsafe(`select ${show}`, [], { prepare: true }),
          sql.unsafe(`select ${show}, $1::int as number`, [number]),
          sql.unsafe(`select ${show}`),
          sql.begin((transaction) => transaction.unsafe(`select ${show}`)),
          sql.begin('isolation level repeatable read read only', (transaction) =>
            transaction.unsafe(`select ${show}`, [], { prepare: true }),
          ),
        ];
        for (const rows of await Promise.all(kinds)) {
          const { number: _number, ...shown } = rows[0]!;
          assert.deepEqual(shown, expected);
        }
        // Failed statements and transactions leave nothing either.
        await assert.rejects(async () => sql`select 1 / 0`);
        await assert.rejects(sql.begin((transaction) => transaction`select 1 / 0`));
      });
      await Promise.all(rounds);
    });
    await withPool({ max: 8 }, async (sql) => {
      const leftovers = await Promise.all(
        Array.from({ length: 40 }, () =>
          sql.unsafe(`set local idle_in_transaction_session_timeout to default; set local bytea_output to default;
            set local IntervalStyle to default; set local client_min_messages to default; select name, setting from pg_settings
            where source = 'session' and name not in ('application_name', 'TimeZone', 'DateStyle', 'client_encoding')`),
        ),
      );
      for (const results of leftovers) assert.deepEqual([...(results.at(-1) as unknown as unknown[])], []);
    });
  });

  it('shares the plans of equal settings alone', async () => {
    const statement = (sql: Sql) => sql`select count(*)::int as n from kept where value = ${'x'}`;
    for (const enable_sort of [true, false])
      await withPool({ max: 4, settings: { enable_sort } }, async (sql) => {
        await Promise.all(Array.from({ length: 20 }, () => statement(sql)));
      });
    await withPool({ max: 1 }, async (sql) => {
      const [row] = await sql`
        select count(*)::int as n from pg_prepared_statements where statement like 'select count(*)::int as n from kept%'`;
      assert.equal(row!['n'], 2);
    });
  });

  it('ends a statement at its limit, also in a transaction, and where it is the first on its connection', async () => {
    await withPool({ max: 3, statementTimeout: 300 }, async (sql) => {
      const sleeping = [
        () => sql`select pg_sleep(20)`,
        () => sql.unsafe('select pg_sleep(20)'),
        () => sql.begin((transaction) => transaction`select pg_sleep(20)`),
      ];
      for (const sleep of sleeping) await assert.rejects(async () => sleep(), { code: '57014' });
    });
  });

  it('keeps no connection waiting behind another one that is busy all the time', async () => {
    await withPool({ max: 2, maxPipeline: 20 }, async (busy) => {
      let isOver = false;
      let answered = 0;
      const clients = Array.from({ length: 60 }, async () => {
        while (!isOver) {
          await busy`select pg_sleep(0.002)`; // answered one by one, so that some are always in flight
          answered += 1;
        }
      });
      await withPool({ max: 2 }, async (other) => {
        for (let round = 0; round < 20; round += 1) {
          const begin = performance.now();
          await other`select 2`;
          assert.ok(performance.now() - begin < 5000);
        }
      });
      isOver = true;
      await Promise.all(clients);
      assert.ok(answered > 20);
    });
  });

  it('prepares a statement anew when a table has changed, on all sessions of the server', async () => {
    await database.sql`create table changing (one int)`;
    await withPool({ max: 6 }, async (sql) => {
      const read = () => Promise.all(Array.from({ length: 30 }, () => sql`select * from changing`));
      const readInTransaction = () => sql.begin((transaction) => transaction`select * from changing`);
      await read();
      for (const column of ['two', 'three', 'four']) {
        await database.sql.unsafe(`alter table changing add ${column} int`);
        // A statement that is sent again may encounter another change, but not endlessly.
        if (column === 'three') await readInTransaction().catch(() => undefined);
        await read();
        await readInTransaction();
      }
    });
  });

  it('has no session to reserve, but with the address of the server', async () => {
    await withPool({}, async (sql) => {
      await assert.rejects(sql.reserve(), /cannot be reserved/);
    });
    await withPool({ direct: true }, async (sql) => {
      const reserved = await sql.reserve();
      await reserved`select pg_advisory_lock(42)`;
      const [row] =
        await reserved`select count(*)::int as n from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()`;
      assert.equal(row!['n'], 1);
      reserved.release();
    });
  });

  it('says of a statement that got no session in time that nothing was carried out', async () => {
    const small = await startPgBouncer(await testServer(), { default_pool_size: '1', query_wait_timeout: '1' });
    try {
      await withPool(
        { max: 2 },
        async (sql) => {
          const held = sql.begin((transaction) => transaction`select pg_sleep(4)`);
          await delay(200);
          const failure = await sql`insert into kept values ('never')`.then(
            () => undefined,
            (error: unknown) => error,
          );
          assert.match(String(failure), /query_wait_timeout/);
          assert.deepEqual([isConnectionError(failure), isOutcomeUnknown(failure)], [true, false]);
          await held;
        },
        small,
      );
    } finally {
      await small.close();
    }
    assert.equal((await database.sql`select 1 from kept where value = 'never'`).length, 0);
  });

  it('leaves a statement alone that runs or waits for long, and gives up what a stopped pooler holds', async () => {
    await withPool({ max: 3 }, async (sql) => {
      // Two sessions: the third statement waits in the pooler.
      await Promise.all([1, 2, 3].map(() => sql.begin((transaction) => transaction`select pg_sleep(5)`)));
    });
    await withPool({ max: 1, connectTimeout: 2 }, async (sql) => {
      await sql`select 1`;
      const sleeping = sql`select pg_sleep(60)`.execute();
      await delay(100);
      await pooler.kill();
      await assert.rejects(async () => sleeping, isConnectionError);
      await assert.rejects(async () => sql`select 1`, isConnectionError);
      await pooler.start();
      assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
    });
  });

  it('is tried before it is used', async () => {
    const server = await testServer();
    const url = (to: PgBouncer): string => to.through(database.url);
    const reports = await inspectPoolers(url(pooler));
    assert.deepEqual(reports, [{ pooler: `127.0.0.1:${String(pooler.port)}`, limits: { clients: 500, sessions: 2 } }]);
    const faults: [settings: Record<string, string>, fault: RegExp][] = [
      [{ max_prepared_statements: '0' }, /keeps no prepared statements.*PgBouncer 1\.21/],
      [{ pool_mode: 'statement' }, /cannot be used: .*transaction/],
      [{ max_client_conn: '0' }, /cannot be used: /],
    ];
    for (const [given, fault] of faults) {
      const other = await startPgBouncer(server, given);
      try {
        for (let round = 0; round < 2; round += 1)
          assert.match((await inspectPoolers(url(other)))[0]?.fault ?? '', fault);
      } finally {
        await other.close();
      }
    }
    const elsewhere = await startPgBouncer(server, {}, 'postgres');
    try {
      assert.match((await inspectPoolers(url(elsewhere)))[0]?.fault ?? '', /leads to another server or database/);
      await elsewhere.kill();
      assert.match((await inspectPoolers(url(elsewhere)))[0]?.fault ?? '', /cannot be used: .*ECONNREFUSED/);
    } finally {
      await elsewhere.close();
    }
  });
});
