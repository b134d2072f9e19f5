import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connect, type ConnectOptions, type Sql } from '../src/index.ts';
import { isConnectionError, isOutcomeUnknown } from '../src/driver/errors.ts';
import { createFrames, message, readFields, readRow } from '../src/driver/messages.ts';
import { decoderOf } from '../src/driver/values.ts';
import {
  startPgBouncer,
  testDatabase,
  testServer,
  withoutPgBouncer,
  type PgBouncer,
  type TestDatabase,
} from '../src/testing.ts';

/** Statements of one user must never mix with those of another, whatever fails on their connection. */
describe('statements that share a connection', { timeout: 120_000 }, () => statementsStayApart('direct'));

describe('statements that share a session of PgBouncer', { timeout: 120_000, skip: withoutPgBouncer }, () =>
  statementsStayApart('pooled'),
);

function statementsStayApart(way: 'direct' | 'pooled'): void {
  let database: TestDatabase;
  let pooler: PgBouncer | undefined;
  let url: string;
  const skip = way === 'pooled' ? 'only with a session of the server' : false;
  before(async () => {
    database = await testDatabase({ name: 'adversary' });
    pooler = way === 'pooled' ? await startPgBouncer(await testServer(), { default_pool_size: '1' }) : undefined;
    url = pooler?.through(database.url) ?? database.url;
  });
  after(async () => {
    await pooler?.close();
    await database.drop();
  });

  async function withPool(options: ConnectOptions, work: (sql: Sql) => Promise<void>): Promise<void> {
    const sql = connect(url, { max: 1, ...options });
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  it('stay outside a transaction that was queued behind a parameter that cannot be sent', async () => {
    await withPool({ maxPipeline: 1 }, async (sql) => {
      await sql`create table queued (value text)`;
      const busy = sql`select pg_sleep(0.1)`.execute();
      const bad = assert.rejects(sql`select ${undefined as never}`.execute(), TypeError);
      const entered = Promise.withResolvers<undefined>();
      const goOn = Promise.withResolvers<undefined>();
      const failed = sql.begin(async () => {
        entered.resolve(undefined);
        await goOn.promise;
        throw new Error('rolled back');
      });
      const rejected = assert.rejects(failed, /rolled back/);
      await Promise.all([busy, bad, entered.promise]);
      const kept = sql`insert into queued values ('kept')`.execute();
      setTimeout(() => goOn.resolve(undefined), 50);
      await Promise.all([rejected, kept]);
      assert.equal((await sql`select 1 from queued`).length, 1);
    });
  });

  it('stay outside a transaction when they are sent once more', { skip }, async () => {
    await withPool({}, async (sql) => {
      await sql`create table again (value text)`;
      const insert = (value: string) => sql`insert into again values (${value}) returning *`;
      await insert('first');
      await sql.unsafe('deallocate all');
      const second = insert('second').execute();
      const failed = sql.begin(async (transaction) => {
        await transaction.unsafe('select pg_sleep(0.1)');
        throw new Error('rolled back');
      });
      await Promise.all([second, assert.rejects(failed, /rolled back/)]);
      const rows = await sql`select value from again order by value`;
      assert.deepEqual(
        rows.map(({ value }) => value as string),
        ['first', 'second'],
      );
    });
  });

  it('are sent once more only when nothing of them was carried out', async () => {
    await withPool({}, async (sql) => {
      await sql`create sequence runs`;
      await sql.unsafe(`
        create function stale() returns bigint language plpgsql as $$
        declare run bigint := nextval('runs');
        begin execute 'execute gone'; return run; end $$`);
      await assert.rejects(async () => sql`select stale()`, { code: '26000', routine: 'FetchPreparedStatement' });
      assert.deepEqual([...(await sql`select last_value::int as runs from runs`.values())], [[1]]);
    });
  });

  it('are prepared once after a DISCARD, however many of them were on their way', { skip }, async () => {
    await withPool({}, async (sql) => {
      const one = (): Promise<unknown> => sql`select 'discarded' as value`;
      await one();
      await sql.unsafe('discard all');
      await Promise.all(Array.from({ length: 20 }, one));
      const rows = await sql`select 1 from pg_prepared_statements where statement like '%''discarded''%'`;
      assert.ok(rows.length <= 2, `${String(rows.length)} are kept`);
    });
  });

  it('never go on in a transaction that was left open', async () => {
    await withPool({}, async (sql) => {
      await sql`create table left_open (value text)`;
      await assert.rejects(async () => sql.unsafe('begin'), /left one open; use sql.begin/);
      await sql`insert into left_open values ('one')`;
      for (const isAwaited of way === 'direct' ? [true, false] : []) {
        const reserved = await sql.reserve();
        const begun = reserved.unsafe('begin').execute();
        if (isAwaited) await begun;
        reserved.release();
        await sql`insert into left_open values ('two')`.catch((error: unknown) =>
          assert.ok(isConnectionError(error), String(error)),
        );
        await begun.catch(() => undefined);
      }
      const rows = await database.sql`select count(*)::int as n from left_open`;
      assert.deepEqual([...rows], [{ n: way === 'direct' ? 3 : 1 }]);
    });
  });

  it('that failed without being awaited are why a commit fails', async () => {
    await withPool({}, async (sql) => {
      const work = sql.begin((transaction) => {
        void transaction`select 1 / 0`.execute();
        return Promise.resolve();
      });
      await assert.rejects(work, { code: '22012' });
    });
  });

  it('are refused before they are sent where the protocol would read them otherwise', async () => {
    await withPool({}, async (sql) => {
      const many = Array.from({ length: 65_537 }, () => 1);
      const list = `select ${many.map((_, at) => `$${String(at + 1)}::int`).join('+')}`;
      const bad: [name: string, () => unknown][] = [
        ['a text with parameters inside another', () => sql`select ${1}::int, ${sql.unsafe('$1::int', [2])}`],
        ['more parameters than 16 bits count', () => sql.unsafe(list, many)],
        ['NUL in a name', () => sql`select 1 as ${sql('a\0b')}`],
        ['NUL in a text', () => sql.unsafe('select 1\0')],
        ['JSON of nothing', () => sql`select ${sql.json(undefined)}::jsonb is null`],
      ];
      for (const [name, run] of bad) await assert.rejects(async () => run(), TypeError, name);
    });
  });

  it('read dates of all years as UTC, and bytes whatever the role prefers', async () => {
    await withPool({ settings: { TimeZone: 'Asia/Tashkent' } }, async (sql) => {
      const instants = [
        '0001-01-01T00:00:00Z',
        '0000-06-01T12:00:00Z',
        '-000043-03-15T00:00:00Z',
        '+012345-01-02T03:04:05.006Z',
        '1890-01-01T00:00:00Z',
        '2024-02-29T23:59:59.999Z',
      ];
      for (const instant of instants) {
        const date = new Date(instant);
        const [row] = await sql`select ${date} as one, ${[date]} as several, ${date} at time zone 'UTC' as local`;
        assert.deepEqual([row!['one'], row!['several'], row!['local']], [date, [date], date], instant);
      }
      const [row] = await sql`select 'infinity'::timestamptz as never, '10000-01-01'::date as day`;
      assert.deepEqual([String(row!['never']), row!['day']], ['Invalid Date', new Date('+010000-01-01T00:00:00Z')]);
    });
    const address = new URL(url);
    address.searchParams.set('bytea_output', 'escape');
    const sql = connect(address.href, { max: 1 });
    const [row] = await sql`select ${Buffer.from([0, 92, 255])} as bytes`.finally(() => sql.end());
    assert.deepEqual(row!['bytes'], Buffer.from([0, 92, 255]));
  });
}

describe('a server that breaks the protocol', { timeout: 120_000 }, () => {
  /** A server that answers each chunk of a client in turn; it ends the connection at null, and after the last answer with `ends`. */
  async function withServer(
    answers: readonly (Buffer | null | { ends: Buffer })[],
    query: string,
    work: (sql: Sql) => Promise<void>,
  ) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      let next = 0;
      socket
        .on('error', () => undefined)
        .on('data', () => {
          const answer = answers[next];
          next += 1;
          if (answer === null) socket.end();
          else if (answer !== undefined && 'ends' in answer) socket.end(answer.ends);
          else if (answer !== undefined) socket.write(answer);
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sql = connect(`postgres://nobody:secret@127.0.0.1:${String(port)}/none${query}`, {
      max: 1,
      connectTimeout: 1,
    });
    try {
      await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  function frame(type: string, body: string | Buffer): Buffer {
    const bytes = Buffer.from(body as string, 'latin1');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length + 4);
    return Buffer.concat([Buffer.from(type), length, bytes]);
  }
  const welcome = Buffer.concat([frame('R', '\0\0\0\0'), frame('K', '\0\0\0\x01\0\0\0\x02'), frame('Z', 'I')]);
  const fatal = frame('E', 'SFATAL\0VFATAL\0C57P01\0Mthe end\0\0');

  it('and ends a connection before TLS is agreed on leaves nobody waiting', async () => {
    for (const mode of ['prefer', 'require'])
      await withServer([null], `?sslmode=${mode}`, async (sql) => {
        await assert.rejects(async () => sql`select 1`, { code: 'CONNECTION_CLOSED' });
        await assert.rejects(async () => sql`select 1`, { code: 'CONNECTION_CLOSED' });
      });
  });

  const ends: [code: string, text: string, isUnknown: boolean][] = [
    ['57P01', 'terminating connection due to administrator command', true],
    ['25P03', 'terminating connection due to idle-in-transaction timeout', false],
    ['57P05', 'terminating connection due to idle-session timeout', false],
    ['08P01', 'query_wait_timeout', false],
    ['08P01', 'server conn crashed?', true],
  ];
  for (const [code, text, isUnknown] of ends)
    it(`and ends a session with "${text}" tells whether a statement may have been carried out`, async () => {
      const end = frame('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
      await withServer([welcome, { ends: end }], '', async (sql) => {
        const failure = await sql`insert into somewhere values (1)`.then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.deepEqual([isConnectionError(failure), isOutcomeUnknown(failure)], [true, isUnknown]);
      });
    });

  it('is no server that knows the password, when its signature is wrong', async () => {
    const sasl = Buffer.concat([Buffer.from([0, 0, 0, 10]), Buffer.from('SCRAM-SHA-256\0\0')]);
    await withServer([frame('R', sasl), frame('R', '\0\0\0\x0br=x,s=c2FsdA==,i=4096')], '', async (sql) => {
      await assert.rejects(async () => sql`select 1`, isConnectionError);
    });
  });

  const answers: [name: string, answer: Buffer][] = [
    ['a fatal error and then readiness', Buffer.concat([fatal, frame('Z', 'I')])],
    ['a length below its own', Buffer.from('Z\0\0\0\x01')],
    ['a length above all', Buffer.from('D\x7f\xff\xff\xff', 'latin1')],
    [
      'a row that is longer than its message',
      Buffer.concat([
        frame('T', '\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0\0'),
        frame('D', '\0\x01\0\0\0\x09a'),
        frame('Z', 'I'),
      ]),
    ],
    ['a row of no columns that are known', Buffer.concat([frame('D', '\0\x01\0\0\0\x01a'), frame('Z', 'I')])],
    ['readiness inside a transaction', frame('Z', 'T')],
    ['a copy', frame('G', '\0\0\0')],
  ];
  for (const [name, answer] of answers)
    it(`and answers ${name} loses the connection`, async () => {
      await withServer([welcome, answer], '', async (sql) => {
        const all = [sql`select 1`, sql`select 2`].map((query) => assert.rejects(query, isConnectionError));
        await Promise.all(all);
      });
    });

  it('is not read beyond the end of a message', () => {
    const longest = Buffer.from('\x01'.repeat(40));
    assert.throws(() => readFields(longest, 5, 40), RangeError);
    assert.throws(() => readRow(Buffer.from('\0\x01\0\0\0\x03abcd', 'latin1'), 0, 7), RangeError);
    assert.throws(() => decoderOf(1007)(Buffer.from('{1,2')), RangeError);
    assert.throws(() => decoderOf(1009)(Buffer.from('{"1')), RangeError);
    const types: number[] = [];
    const frames = createFrames((type) => types.push(type));
    for (const byte of Buffer.concat([welcome, welcome])) frames(Buffer.from([byte]));
    assert.deepEqual(types, [0x52, 0x4b, message.ready, 0x52, 0x4b, message.ready]);
  });
});
