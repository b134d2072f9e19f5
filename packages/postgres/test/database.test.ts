import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, databaseUrl, ensureDatabase } from '../src/index.ts';
import { isConnectionError } from '../src/driver/errors.ts';
import { testDatabase, testServer, type TestDatabase } from '../src/testing.ts';

describe('connect', () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase({ name: 'connect' });
  });
  after(() => database.drop());

  it('opens sessions in UTC with its name', async () => {
    const sql = connect(database.url, { applicationName: 'a test', settings: { work_mem: '3MB' } });
    try {
      const [row] = await sql`
        select current_setting('TimeZone') as zone, current_setting('application_name') as name,
          current_setting('work_mem') as memory, timestamptz '2026-11-25 05:40:12.345+05' as instant`;
      assert.deepEqual(row, {
        zone: 'UTC',
        name: 'a test',
        memory: '3MB',
        instant: new Date('2026-11-25T00:40:12.345Z'),
      });
    } finally {
      await sql.end();
    }
  });

  it('sets what is off or 0, too', async () => {
    const off = { max_parallel_workers_per_gather: 0, enable_sort: false };
    const sql = connect(database.url, { max: 1, settings: off });
    const shown = await sql`select current_setting('max_parallel_workers_per_gather') as workers,
      current_setting('enable_sort') as sort`;
    assert.deepEqual([...shown], [{ workers: '0', sort: 'off' }]);
    await sql.end();
  });

  it('sends a time as a Date or as a text, which may be infinite', async () => {
    const sql = connect(database.url, { max: 1 });
    const asked = (value: Date | string) => sql<{ at: string }[]>`select (${value}::timestamptz)::text as at`;
    assert.equal((await asked(new Date('2024-02-29T12:00:00.250Z')))[0]!.at, '2024-02-29 12:00:00.25+00');
    assert.equal((await asked('-infinity'))[0]!.at, '-infinity');
    assert.equal((await asked('0044-03-15T00:00:00.000Z BC'))[0]!.at, '0044-03-15 00:00:00+00 BC');
    await sql.end();
  });

  it('prepares a statement once a connection', async () => {
    const sql = connect(database.url, { max: 1 });
    try {
      for (const id of [1, 2, 3]) await sql`select ${id}::int as id`;
      const rows =
        await sql`select count(*)::int as n from pg_prepared_statements where statement = 'select $1::int as id'`;
      assert.equal(rows[0]?.['n'], 1);
    } finally {
      await sql.end();
    }
  });

  it('reaches the server by TCP and by the directory of its socket', async () => {
    const url = new URL(database.url);
    const socketDirectory = url.searchParams.get('host');
    url.searchParams.delete('host');
    const channels: unknown[] = [];
    for (const address of socketDirectory === null ? [url.href] : [url.href, database.url]) {
      const sql = connect(address, { max: 1 });
      const [row] = await sql`select inet_server_addr() is null as by_socket`;
      channels.push(row?.['by_socket']);
      await sql.end();
    }
    assert.deepEqual(channels, socketDirectory === null ? [false] : [false, true]);
  });

  it('refuses an address that is none of PostgreSQL', () => {
    assert.throws(() => connect('mysql://localhost/x'), /postgres:\/\//);
  });

  it('tells a broken connection from a bad statement', async () => {
    const absent = connect('postgres://nobody@127.0.0.1:1/x', { max: 1 });
    await assert.rejects(absent`select 1`, isConnectionError);
    await absent.end();
    await assert.rejects(database.sql`select nonsense`, (error) => !isConnectionError(error));
    const doomed = connect(database.url, { max: 1 });
    await assert.rejects(doomed`select pg_terminate_backend(pg_backend_pid())`, isConnectionError);
    assert.deepEqual([...(await doomed`select 1 as answer`)], [{ answer: 1 }], 'the pool connects again');
    await doomed.end();
  });
});

describe('ensureDatabase', () => {
  it('creates a database once, also when several processes ask together', async () => {
    const server = await testServer();
    const name = `ensure_${process.pid}`;
    const urls = await Promise.all([1, 2, 3, 4].map(() => ensureDatabase(server, name)));
    assert.deepEqual(new Set(urls), new Set([databaseUrl(server, name)]));
    const sql = connect(urls[0]!, { max: 1 });
    const [row] = await sql`
      select current_database() as name, pg_encoding_to_char(encoding) as encoding, datcollate as collate,
        upper('ўзбек') as upper from pg_database where datname = current_database()`;
    await sql.end();
    assert.deepEqual(row, { name, encoding: 'UTF8', collate: 'C', upper: 'ЎЗБЕК' });
    const admin = connect(server, { max: 1 });
    await admin.unsafe(`drop database ${name}`);
    await admin.end();
  });

  it('says what to do when the role may not create databases', async () => {
    const server = await testServer();
    const admin = connect(server, { max: 1 });
    const role = `limited_${process.pid}`;
    await admin.unsafe(`create role ${role} login password 'limited'`);
    // A platform on this server has revoked the right from everybody.
    await admin.unsafe(`grant connect on database postgres to ${role}`);
    const url = new URL(server);
    url.username = role;
    url.password = 'limited';
    try {
      await assert.rejects(ensureDatabase(url.href, 'not_allowed'), /may not create it.*createdb .*not_allowed/);
    } finally {
      await admin.unsafe(`revoke connect on database postgres from ${role}`);
      await admin.unsafe(`drop role ${role}`);
      await admin.end();
    }
  });

  it('refuses names with quotes', () => {
    assert.throws(() => databaseUrl('postgres://localhost/postgres', 'a"; drop'), TypeError);
  });
});

describe('testDatabase', () => {
  it('gives each caller a database of its own from one template', async () => {
    const migrations = [{ directory: new URL('./migrations/', import.meta.url), schema: 'sample' }];
    const [first, second] = await Promise.all([
      testDatabase({ name: 'copy', migrations }),
      testDatabase({ name: 'copy', migrations }),
    ]);
    await first.sql`insert into sample.note values ('only here')`;
    assert.deepEqual([...(await second.sql`select * from sample.note`)], []);
    // Others on the same server may create templates meanwhile.
    const drafts = await first.sql`
      select d.datname from pg_database d join pg_database t on d.datname = t.datname || '_new' where t.datname like 'dhp_template_%'`;
    assert.equal(drafts.length, 0);
    await first.drop();
    const remaining =
      await second.sql`select 1 from pg_database where datname = ${new URL(first.url).pathname.slice(1)}`;
    assert.equal(remaining.length, 0);
    await second.drop();
  });
});

describe('the keys of passwords that tests keep', () => {
  let database: TestDatabase;
  const role = `kept_${String(process.pid)}`;
  before(async () => {
    database = await testDatabase({ name: 'keys' });
  });
  after(async () => {
    await database.sql.unsafe(`drop role if exists ${role}`);
    await database.drop();
  });

  /** Returns the code of the refusal; undefined if the password is right. */
  async function refusal(password: string): Promise<unknown> {
    const url = new URL(database.ownerUrl);
    url.username = role;
    url.password = password;
    const sql = connect(url.href, { max: 1 });
    try {
      await sql`select 1`;
      return undefined;
    } catch (error) {
      return (error as { code: unknown }).code;
    } finally {
      await sql.end();
    }
  }

  it('are those of one password and salt: a wrong one is refused, as is one of before', async () => {
    await database.sql.unsafe(`create role ${role} login password 'first'`);
    const asked = [await refusal('first'), await refusal('first'), await refusal('second')];
    assert.deepEqual(asked, [undefined, undefined, '28P01']);
    await database.sql.unsafe(`alter role ${role} password 'second'`);
    assert.deepEqual([await refusal('first'), await refusal('second')], ['28P01', undefined]);
  });
});
