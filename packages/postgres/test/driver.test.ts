import assert from 'node:assert/strict';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectOptions, type Session, type Sql } from '../src/index.ts';
import { isConnectionError, isOutcomeUnknown } from '../src/driver/errors.ts';
import {
  startPgBouncer,
  testDatabase,
  testServer,
  withoutPgBouncer,
  type PgBouncer,
  type TestDatabase,
} from '../src/testing.ts';

/** The driver when statements and connections fail. */
describe('the driver', { timeout: 120_000 }, () => driverHolds('direct'));

/** With fewer sessions of the server than there are connections. */
describe('the driver through PgBouncer', { timeout: 120_000, skip: withoutPgBouncer }, () => driverHolds('pooled'));

function driverHolds(way: 'direct' | 'pooled'): void {
  let database: TestDatabase;
  let pooler: PgBouncer | undefined;
  let url: string;
  /** There is no state of a server session behind a pooler. */
  const skip = way === 'pooled' ? 'only with a session of the server' : false;
  before(async () => {
    database = await testDatabase({ name: 'driver', connect: { applicationName: 'owner' } });
    pooler = way === 'pooled' ? await startPgBouncer(await testServer(), { default_pool_size: '2' }) : undefined;
    url = pooler?.through(database.url) ?? database.url;
  });
  after(async () => {
    await pooler?.close();
    await database.drop();
  });

  async function withPool(options: ConnectOptions, work: (sql: Sql) => Promise<void>): Promise<void> {
    const sql = connect(url, { applicationName: 'victim', ...options });
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  it('has columns in the binary form of their types where it is asked for, beside the same statement as text', () =>
    withPool({ max: 1 }, async (sql) => {
      const ask = (text: string) =>
        sql`select ${text}::text as t, 258::int8 as n, '\\x00ff'::bytea as b, null::text as o`;
      for (const text of ['a', 'x'.repeat(2 * 1024 * 1024), 'b']) {
        const [binary] = await ask(text).binary();
        assert.deepEqual(binary, [
          Buffer.from(text),
          Buffer.from([0, 0, 0, 0, 0, 0, 1, 2]),
          Buffer.from([0, 255]),
          null,
        ]);
        const [row] = await ask(text);
        assert.deepEqual(row, { t: text, n: '258', b: Buffer.from([0, 255]), o: null });
      }
    }));

  const terminate = async (pid?: number): Promise<void> => {
    await database.sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where application_name in ('victim', 'dhp') and datname = current_database() and pid = coalesce(${pid ?? null}::int, pid)`;
  };

  const pidOf = async (sql: Session): Promise<number> => {
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    return row!.pid;
  };

  it('gives whole results after a statement that failed in the middle of its rows', async () => {
    const sql = connect(url, { max: 1 });
    const fail = (): Promise<unknown> => sql`select 1 / (5 - i) from generate_series(1, 10) i`.catch(() => 'failed');
    try {
      assert.equal(await fail(), 'failed');
      assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
      const [failed, piped] = await Promise.all([fail(), sql`select 2 as answer`]);
      assert.deepEqual([failed, [...piped]], ['failed', [{ answer: 2 }]]);
      await fail();
      assert.deepEqual([...(await sql`select 3 as answer`.values())], [[3]]);
      await fail();
      const several = await sql.unsafe<{ answer: number }[][]>('select 4 as answer; select 5 as answer');
      assert.deepEqual(
        several.map((rows) => [...rows]),
        [[{ answer: 4 }], [{ answer: 5 }]],
      );
    } finally {
      await sql.end();
    }
  });

  it('fails only the statement whose parameter cannot be serialised', async () => {
    await withPool({ max: 1 }, async (sql) => {
      const byDate = (date: Date): Promise<readonly unknown[]> =>
        sql`select ${date}::timestamptz is not null as answer`;
      await byDate(new Date()); // prepares it: the next one is serialised when it is sent
      for (const bad of [() => byDate(new Date(NaN)), () => byDate(undefined as unknown as Date)]) {
        const results = await Promise.allSettled([
          sql`select pg_sleep(0.05), 'mine' as answer`,
          bad(),
          sql`select 'after' as answer`,
        ]);
        assert.deepEqual(
          results.map((result) =>
            result.status === 'fulfilled' ? (result.value[0] as { answer: string }).answer : '',
          ),
          ['mine', '', 'after'],
        );
      }
    });
  });

  it('begins a transaction of its own while the pipeline is full', async () => {
    await database.sql`create table transactions (value text)`;
    const pipelines = [1, 2, 3, 4].map((maxPipeline) => ({ maxPipeline, briefPipeline: 0 }));
    for (const { maxPipeline, briefPipeline } of [...pipelines, { maxPipeline: 1, briefPipeline: 3 }]) {
      await database.sql`truncate transactions`;
      await withPool({ max: 1, maxPipeline, briefPipeline }, async (sql) => {
        await sql`select 1`;
        const isTransaction = (index: number): boolean => index % (maxPipeline + 1) === maxPipeline;
        const work = Array.from(
          { length: 20 },
          (_, index) =>
            isTransaction(index)
              ? sql.begin(async (transaction) => {
                  await transaction`insert into transactions values ('rolled back')`;
                  throw new Error('no');
                })
              : sql`insert into transactions values ('kept')`.execute(), // now, not when awaited
        );
        const results = await Promise.allSettled(work);
        assert.deepEqual(
          results.map((result) => (result.status === 'rejected' ? (result.reason as Error).message : 'done')),
          results.map((_, index) => (isTransaction(index) ? 'no' : 'done')),
        );
        const rows = await database.sql`select value, count(*)::int as n from transactions group by value`;
        assert.deepEqual([...rows], [{ value: 'kept', n: results.filter((_, index) => !isTransaction(index)).length }]);
      });
    }
  });

  it('ends a transaction whose connection was lost: nothing of it runs on the next session', async () => {
    await withPool({ max: 1 }, async (sql) => {
      await sql`create table lost (value text)`;
      const errors: unknown[] = [];
      const lost = sql.begin(async (transaction) => {
        await terminate(await pidOf(transaction));
        for (let attempt = 0; attempt < 5; attempt++) {
          await transaction`insert into lost values ('of the lost transaction')`.catch((error: unknown) =>
            errors.push(error),
          );
          await delay(20);
        }
      });
      const next = sql.begin(async (transaction) => {
        await transaction`insert into lost values ('of the next one')`;
        await delay(150);
        await transaction`insert into lost values ('of the next one')`;
      });
      await assert.rejects(lost, isConnectionError);
      await next;
      await delay(100);
      assert.ok(errors.length > 0 && errors.every(isConnectionError));
      const rows = await database.sql`select value, count(*)::int as n from lost group by value`;
      assert.deepEqual([...rows], [{ value: 'of the next one', n: 2 }]);
    });
  });

  it('settles what waits in a transaction when the connection is lost', async () => {
    await withPool({ max: 1 }, async (sql) => {
      const lost = sql.begin(async (transaction) => {
        const pid = await pidOf(transaction);
        const sleeping = transaction`select pg_sleep(10)`;
        const waiting = Array.from({ length: 300 }, () => transaction`select 1`);
        await nextTurn();
        const all = Promise.allSettled([sleeping, ...waiting]);
        await terminate(pid);
        return all;
      });
      await assert.rejects(lost, isConnectionError);
      assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
    });
  });

  it('settles what waits in a reservation when the connection is lost', { skip }, async () => {
    await withPool({ max: 1 }, async (sql) => {
      const reserved = await sql.reserve();
      const pid = await pidOf(reserved);
      const waiting = Promise.allSettled([
        reserved`select pg_sleep(10)`,
        ...Array.from({ length: 300 }, () => reserved`select 1`),
      ]);
      await nextTurn();
      await terminate(pid);
      assert.ok((await waiting).every((result) => result.status === 'rejected' && isConnectionError(result.reason)));
      await assert.rejects(async () => reserved`select 1`, isConnectionError);
      reserved.release();
      assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
    });
  });

  it('starts afresh after a lost connection: no old error, no wait, no hanging end', async () => {
    const sql = connect(url, { max: 1, applicationName: 'victim' });
    for (let round = 0; round < 5; round++) {
      await assert.rejects(async () => sql`select pg_terminate_backend(pg_backend_pid())`, isConnectionError);
      assert.deepEqual([...(await sql`select 1 as answer`)], [{ answer: 1 }]);
    }
    await assert.rejects(async () => sql`select pg_terminate_backend(pg_backend_pid())`, isConnectionError);
    const begin = Date.now();
    await sql.end({ timeout: 10 });
    assert.ok(Date.now() - begin < 5000);
  });

  it('bears the loss of a session that is still starting', { skip }, async (test) => {
    const address = new URL(database.url);
    const upstream = Number(address.port);
    let losses = 2;
    const proxy = createServer((client) => {
      const server = createConnection(upstream, '127.0.0.1');
      client.on('data', (data) => {
        if (data.includes('application_name') && losses-- > 0) {
          // As when an administrator ends the session.
          client.end(fatal('57P01', 'terminating connection'));
        } else server.write(data);
      });
      server.on('data', (data) => client.write(data)).on('error', () => client.destroy());
      client.on('close', () => server.destroy()).on('error', () => server.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    test.after(() => proxy.close());
    address.searchParams.delete('host');
    address.port = String((proxy.address() as AddressInfo).port);
    const sql = connect(address.href, { max: 1, connectTimeout: 5 });
    await assert.rejects(async () => sql`select 1 as answer`, isConnectionError);
    await assert.rejects(async () => sql`select 2 as answer`, isConnectionError);
    assert.deepEqual([...(await sql`select ${[1, 2]}::int[] as answer`)], [{ answer: [1, 2] }]);
    await sql.end();
  });

  it('refuses a copy, and goes on with the next session', async () => {
    await withPool({ max: 1 }, async (sql) => {
      await sql`create table copied (value text)`;
      await assert.rejects(async () => sql`copy copied from stdin`, /COPY .* is not supported/);
      await assert.rejects(async () => sql.unsafe('copy copied to stdout'), /COPY .* is not supported/);
      assert.deepEqual([...(await sql`select count(*)::int as n from copied`)], [{ n: 0 }]);
    });
  });

  it('under load, with its sessions ended again and again: every statement settles, with its own answer', async () => {
    await withPool({ max: 4, connectTimeout: 5 }, async (sql) => {
      let stop = false;
      let answered = 0;
      const failures: unknown[] = [];
      const client = async (number: number): Promise<void> => {
        for (let round = 0; !stop; round++) {
          const value = `${number} ${round} ${'x'.repeat(number % 3 === 0 ? 1500 : 1)}`;
          const [row] = await sql`select ${value} as value`.catch((error: unknown) => {
            failures.push(error);
            return [{ value }];
          });
          assert.equal(row?.['value'], value);
          answered += 1;
          if (number % 2 === 0) await nextTurn();
        }
      };
      const clients = Array.from({ length: 40 }, (_, number) => client(number));
      for (let round = 0; round < 12; round++) {
        await terminate();
        await delay(25);
      }
      stop = true;
      await Promise.all(clients);
      assert.ok(failures.length > 0, 'sessions were ended while statements ran');
      assert.deepEqual(
        failures.filter((error) => !isConnectionError(error)),
        [],
      );
      assert.ok(answered > failures.length);
      const after = await Promise.all(Array.from({ length: 200 }, (_, number) => sql`select ${number}::int as number`));
      assert.deepEqual(
        after.map(([row]) => row?.['number'] as number),
        Array.from({ length: 200 }, (_, number) => number),
      );
    });
  });

  it('ends a transaction whose work hangs, with an error that says so, and uses the connection again', async () => {
    await withPool({ max: 1, settings: { idle_in_transaction_session_timeout: 300 } }, async (sql) => {
      await sql`create table if not exists hanging (value text)`;
      const begin = performance.now();
      const hanging = sql.begin(async (transaction) => {
        await transaction`insert into hanging values ('left open')`;
        await new Promise(() => undefined);
      });
      const next = sql`select 1 as answer`;
      const failure = await hanging.then(
        () => undefined,
        (error: unknown) => error,
      );
      // PgBouncer does not report the cause.
      assert.match(String(failure), way === 'pooled' ? /server conn crashed/ : /idle-in-transaction timeout/);
      assert.deepEqual([isConnectionError(failure), isOutcomeUnknown(failure)], [true, false]);
      assert.deepEqual([...(await next)], [{ answer: 1 }], 'who waits gets another connection');
      assert.ok(performance.now() - begin < 10_000);
      assert.deepEqual([...(await sql`select value from hanging`)], []);
    });
  });

  for (const settings of [{}, { client_min_messages: 'error' }]) {
    it(`fails a transaction that had ended before its commit, although the server answers that with success ${JSON.stringify(settings)}`, async () => {
      await withPool({ max: 1, settings }, async (sql) => {
        const ended = sql.begin((transaction) => transaction.unsafe('rollback'));
        await assert.rejects(ended, (error) => isConnectionError(error) && isOutcomeUnknown(error));
        assert.deepEqual([...(await sql.begin((transaction) => transaction`select 1 as one`))], [{ one: 1 }]);
      });
    });
  }

  it('sets what a transaction begins with, for no longer than it lasts', async () => {
    await withPool({ max: 1 }, async (sql) => {
      const read = async (session: Session): Promise<unknown> =>
        (await session`select current_setting('test.claim', true) as claim`)[0]!['claim'];
      assert.equal(await sql.begin({ local: { 'test.claim': 'a-1.b_2' } }, read), 'a-1.b_2');
      assert.ok(['', null].includes((await read(sql)) as string | null));
      for (const local of [{ 'test.claim': "x'" }, { 'test.claim; commit': 'x' }, { 'test.claim': '' }])
        await assert.rejects(async () => sql.begin({ local }, read), TypeError);
    });
  });

  it('prepares anew what a transaction was refused after a change of a table', async () => {
    await withPool({ max: 1 }, async (sql) => {
      await sql`create table wider (one int)`;
      const read = () => sql.begin((transaction) => transaction`select * from wider`);
      await read();
      await database.sql`alter table wider add two int`;
      await assert.rejects(read(), { code: '0A000' });
      await read();
    });
  });

  it('sends a statement once more whose error says that nothing was carried out, but no part of a transaction', async () => {
    await database.sql.unsafe(`
      create sequence tries;
      create function refused(times int) returns bigint language plpgsql as $$
      begin
        if nextval('tries') <= times then raise exception 'refused' using errcode = 'CIINF'; end if;
        return currval('tries');
      end $$`);
    const anew = (): Promise<unknown> => database.sql`select setval('tries', 1, false)`;
    await withPool({ max: 1, repeats: ({ code }) => code === 'CIINF' }, async (sql) => {
      assert.deepEqual([...(await sql`select refused(1)::int as n`)], [{ n: 2 }]);
      await anew();
      await assert.rejects(sql`select refused(9)`, { code: 'CIINF' });
      assert.deepEqual([...(await sql`select refused(2)::int as n`)], [{ n: 3 }], 'it was sent twice, and not more');
      await anew();
      await assert.rejects(
        sql.begin((session) => session`select refused(1)`),
        { code: 'CIINF' },
      );
      await assert.rejects(sql`select 1 / 0`, { code: '22012' });
    });
    await anew();
    await withPool({ max: 1 }, (sql) => assert.rejects(sql`select refused(1)`, { code: 'CIINF' }));
  });

  for (const code of ['40P01', '40001'])
    it(`sends a statement three times more that has met another one (${code}), but no part of a transaction`, async () => {
      await database.sql.unsafe(`
        create sequence met_${code};
        create function meets_${code}(times int) returns bigint language plpgsql as $$
        begin
          if nextval('met_${code}') <= times then raise exception 'met' using errcode = '${code}'; end if;
          return currval('met_${code}');
        end $$`);
      const anew = (): Promise<unknown> => database.sql.unsafe(`select setval('met_${code}', 1, false)`);
      const meet = (times: number) => `select meets_${code}(${String(times)})::int as n`;
      for (const repeats of [undefined, ({ code: other }: { code: string }) => other === 'CIINF']) {
        await anew();
        await withPool({ max: 1, ...(repeats && { repeats }) }, async (sql) => {
          const send = (times: number) => sql.unsafe(meet(times), [], { prepare: true });
          assert.deepEqual([...(await send(3))], [{ n: 4 }]);
          await anew();
          await assert.rejects(send(99), { code });
          assert.deepEqual([...(await send(4))], [{ n: 5 }], 'it was sent four times, and not more');
          await anew();
          await assert.rejects(
            sql.begin((session) => session.unsafe(meet(1), [], { prepare: true })),
            { code },
          );
          // The first of several may have ended its own transaction.
          await anew();
          await assert.rejects(sql.unsafe(`select nextval('met_${code}'); ${meet(2)}`), { code });
          assert.deepEqual([...(await send(0))], [{ n: 3 }]);
        });
      }
      // Nothing continues after the end of a pool.
      await anew();
      await withPool({ max: 1 }, async (sql) => {
        const sent = assert.rejects(sql.unsafe(meet(99), [], { prepare: true }), { code });
        await delay(5);
        await sql.end();
        await sent;
      });
    });

  it('keeps prepared statements up to a length of text, those that were used last', { skip }, async () => {
    await withPool({ max: 1 }, async (sql) => {
      const often = () => sql`select 'often' as value`;
      const kept = () => sql<{ name: string; length: number }[]>`
        select name, length(statement) as length from pg_prepared_statements order by name`;
      const nameOf = async (text: string) =>
        (await sql`select name from pg_prepared_statements where statement = ${text}`).map((row) => row['name']);
      await often();
      const [name] = await nameOf("select 'often' as value");
      assert.ok(name !== undefined);
      for (let number = 0; number < 40; number += 1) {
        const text = `select ${String(number)} as number -- ${'x'.repeat(100_000)}`;
        assert.deepEqual([...(await sql.unsafe(text, [], { prepare: true }))], [{ number }]);
        await often();
      }
      const all = await kept();
      const length = all.reduce((sum, one) => sum + one.length, 0);
      assert.ok(length > 1_000_000 && length <= 2_000_000, String(length));
      assert.deepEqual(await nameOf("select 'often' as value"), [name]);
      const long = `select 1 as number -- ${'x'.repeat(300_000)}`;
      for (let round = 0; round < 2; round += 1)
        assert.deepEqual([...(await sql.unsafe(long, [], { prepare: true }))], [{ number: 1 }]);
      assert.ok((await kept()).every((one) => one.length < 200_000));
    });
  });

  it('closes connections that are idle for long, but for the last one', { skip }, async () => {
    await withPool({ max: 4, idleTimeout: 0.2 }, async (sql) => {
      await Promise.all(
        Array.from({ length: 4 }, () => sql.begin((transaction) => transaction`select pg_sleep(0.05)`)),
      );
      const count = async (): Promise<number> => {
        const [row] = await database.sql<{ n: number }[]>`
          select count(*)::int as n from pg_stat_activity where application_name = 'victim' and datname = current_database()`;
        return row!.n;
      };
      assert.equal(await count(), 4);
      for (const deadline = Date.now() + 10_000; (await count()) > 1 && Date.now() < deadline;) await delay(20);
      await delay(300);
      assert.equal(await count(), 1);
    });
  });

  it('goes on with the connections that there are where the server takes no more', { skip }, async () => {
    const role = `few_${String(process.pid)}`;
    await database.sql.unsafe(`create role ${role} login password 'few' connection limit 1`);
    const few = new URL(url);
    few.username = role;
    few.password = 'few';
    const sql = connect(few.href, { max: 4 });
    try {
      // They are sent before there is any connection, and while there is one.
      for (let round = 0; round < 3; round += 1) {
        const all = [
          ...Array.from({ length: 10 }, (_, number) => sql`select ${number}::int as number`),
          ...Array.from({ length: 4 }, (_, number) =>
            sql.begin((transaction) => transaction`select ${10 + number}::int as number from pg_sleep(0.02)`),
          ),
        ];
        const numbers = (await Promise.all(all)).map(([row]) => row!['number'] as number);
        assert.deepEqual(
          numbers,
          Array.from({ length: 14 }, (_, number) => number),
        );
      }
      const other = connect(few.href, { max: 2 });
      await assert.rejects(async () => other`select 1`, { code: '53300' });
      await other.end();
    } finally {
      await sql.end();
      await database.sql.unsafe(`drop role ${role}`);
    }
  });

  it('gets the last place of a server that refuses all who ask for it at once', { skip }, async () => {
    const through = new URL(url);
    const upstream = Number(through.port);
    const asking: Socket[] = [];
    let refused = 0;
    // PostgreSQL counts sessions that are being admitted: of two that ask at the same moment for one place, it may refuse both.
    const server = createServer((client) => {
      client.on('error', () => undefined);
      if (refused >= 4) {
        client.pipe(createConnection(upstream, '127.0.0.1').on('error', () => client.destroy())).pipe(client);
        return;
      }
      client.once('data', () => {
        asking.push(client);
        if (asking.length < 4) return;
        refused += asking.length;
        for (const one of asking) one.end(fatal('53300', 'too many connections'));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    through.searchParams.delete('host');
    through.port = String((server.address() as AddressInfo).port);
    const sql = connect(through.href, { max: 4 });
    try {
      const numbers = await Promise.all(
        Array.from({ length: 6 }, async (_, number) => (await sql`select ${number}::int as number`)[0]!['number']),
      );
      assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
      assert.equal(refused, 4);
    } finally {
      await sql.end();
      server.close();
    }
  });
}

/** The error with which PostgreSQL ends a session, as the message on the wire. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}
