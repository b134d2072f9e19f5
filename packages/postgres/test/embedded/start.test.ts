import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmbedded } from '../../src/index.ts';
import { settings, temporaryDirectory, untilNoServer, withSql } from './fixture.ts';

describe('startEmbedded', { timeout: 120_000 }, () => {
  it('makes a cluster, and finds its data and its port again at the next start', async (test) => {
    const directory = await temporaryDirectory(test);
    const steps: string[] = [];
    const first = await startEmbedded({ directory, settings, onProgress: (step) => steps.push(step) });
    assert.equal(first.owned, true);
    assert.notEqual(first.port, 5432);
    await withSql(first.url, async (sql) => {
      await sql`create table kept (value text)`;
      await sql`insert into kept values ('Шифохона')`;
    });
    await first.stop();
    await first.exited;
    await untilNoServer(directory, 0);

    const second = await startEmbedded({ directory, settings, onProgress: (step) => steps.push(step) });
    assert.equal(second.port, first.port);
    const rows = await withSql(second.url, (sql) => sql`select value from kept`);
    assert.deepEqual([...rows], [{ value: 'Шифохона' }]);
    await second.stop();
    assert.deepEqual(steps, ['initialising the database', 'starting the database', 'starting the database']);
  });

  it('is durable, closed to others, and keeps statements out of its log', async (test) => {
    const directory = await temporaryDirectory(test);
    const lines: string[] = [];
    const server = await startEmbedded({ directory, settings, log: (line) => lines.push(line) });
    try {
      const [row] = await withSql(
        server.url,
        (sql) => sql`
          select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
            current_setting('listen_addresses') as addresses, current_setting('server_encoding') as encoding,
            current_setting('password_encryption') as password, lower('ЎЗБЕК') as lower`,
      );
      assert.deepEqual(row, {
        fsync: 'on',
        commit: 'on',
        addresses: '127.0.0.1',
        encoding: 'UTF8',
        password: 'scram-sha-256',
        lower: 'ўзбек',
      });
      for (const name of ['password', 'owner.json', 'postgres.log']) {
        assert.equal((await stat(join(directory, name))).mode & 0o077, 0, name);
      }
      assert.equal((await stat(directory)).mode & 0o077, 0);
      const wrong = new URL(server.url);
      wrong.password = 'wrong';
      await assert.rejects(
        withSql(wrong.href, (sql) => sql`select 1`),
        /password authentication failed/,
      );
      await assert.rejects(
        withSql(server.url, (sql) => sql`select ${'secret of a patient'}::int`),
        /invalid input syntax/,
      );
    } finally {
      await server.stop();
    }
    assert.ok(lines.some((line) => line.includes('ready to accept connections')));
    assert.ok(!(await readFile(join(directory, 'postgres.log'), 'utf8')).includes('secret of a patient'));
  });

  it('runs two clusters at once in two folders', async (test) => {
    const servers = await Promise.all(
      [1, 2].map(async () => startEmbedded({ directory: await temporaryDirectory(test), settings })),
    );
    assert.notEqual(servers[0]?.port, servers[1]?.port);
    await Promise.all(servers.map((server) => withSql(server.url, (sql) => sql`create table mine (id int)`)));
    await Promise.all(servers.map((server) => server.stop()));
  });

  it('takes another port when its last one is taken, and stops at a given one that is', async (test) => {
    const directory = await temporaryDirectory(test);
    const taker = createServer();
    await new Promise<void>((resolve) => taker.listen(0, '127.0.0.1', resolve));
    test.after(() => taker.close());
    const address = taker.address();
    assert.ok(typeof address === 'object' && address !== null);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(join(directory, 'port'), String(address.port));
    const server = await startEmbedded({ directory, settings });
    assert.notEqual(server.port, address.port);
    await server.stop();
    await assert.rejects(
      startEmbedded({ directory, settings, port: address.port }),
      new Error(`Port ${address.port} on 127.0.0.1 is taken`),
    );
  });

  it('works where the path of a socket would be too long', async (test) => {
    const directory = join(await temporaryDirectory(test), 'у'.repeat(60));
    const server = await startEmbedded({ directory, settings });
    assert.equal(new URL(server.url).searchParams.get('host'), null);
    const rows = await withSql(server.url, (sql) => sql`select 1 as answer`);
    assert.deepEqual([...rows], [{ answer: 1 }]);
    await server.stop();
  });

  it('says why it does not start', async (test) => {
    const directory = await temporaryDirectory(test);
    await assert.rejects(
      startEmbedded({ directory, settings: { shared_buffers: 'much' } }),
      /PostgreSQL did not start:[^]*shared_buffers/,
    );
    await writeFile(join(directory, 'data', 'PG_VERSION'), '15\n');
    await assert.rejects(
      startEmbedded({ directory, settings }),
      /made by PostgreSQL 15; this program brings PostgreSQL 18/,
    );
  });
});
