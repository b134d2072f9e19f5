import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect, startEmbedded, type EmbeddedPostgres, type Sql } from '../src/index.ts';

/** Several hosts in one URL, one of which accepts writes. */
describe('several hosts', { timeout: 120_000 }, () => {
  let servers: EmbeddedPostgres[];
  const admins: Sql[] = [];
  before(async () => {
    const settings = { shared_buffers: '16MB', fsync: 'off', io_method: 'sync' };
    servers = await Promise.all(
      [1, 2].map(() =>
        startEmbedded({ directory: mkdtempSync(join(tmpdir(), 'dhp-test-hosts-')), temporary: true, settings }),
      ),
    );
    for (const { url } of servers) {
      const admin = connect(url, { max: 1 });
      await admin.unsafe("create role taker login password 'taker'");
      admins.push(admin);
    }
  });
  after(async () => {
    await Promise.all(admins.map((admin) => admin.end()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  /** Makes a server refuse writes, like one that became a standby; its sessions end. */
  async function setReadOnly(at: number, value: 'on' | 'off'): Promise<void> {
    await admins[at]!.unsafe(`alter role taker set default_transaction_read_only = ${value}`);
    await admins[at]!`select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'taker'`;
  }

  /** The client notices the end of a session a moment after the server has ended it: a statement in between fails. */
  async function noticed(sql: Sql): Promise<void> {
    await sql`select 1`.catch((error: unknown) => {
      assert.match(String((error as { code?: unknown }).code), /CONNECTION_CLOSED|WRONG_SESSION_KIND|ECONNREFUSED/);
    });
  }

  it('lead to the one that takes writes, and to the other one after a change', async () => {
    const [first, second] = servers.map(({ port }) => `127.0.0.1:${String(port)}`);
    const portOf = async (sql: Sql): Promise<number> => {
      const [row] = await sql<{ port: number }[]>`select inet_server_port() as port`;
      return row!.port;
    };
    await setReadOnly(0, 'on');
    // Nobody listens on port 1.
    const sql = connect(`postgres://taker:taker@127.0.0.1:1,${first!},${second!}/postgres`, { max: 1 });
    const other = connect(`postgres://taker:taker@${first!},${second!}/postgres?target_session_attrs=read-only`, {
      max: 1,
    });
    try {
      assert.equal(await portOf(sql), servers[1]!.port);
      assert.equal(await portOf(other), servers[0]!.port);
      await setReadOnly(0, 'off');
      await setReadOnly(1, 'on');
      await noticed(sql);
      assert.equal(await portOf(sql), servers[0]!.port);
      await setReadOnly(0, 'on');
      await noticed(sql);
      await assert.rejects(portOf(sql), { code: /WRONG_SESSION_KIND|ECONNREFUSED/ });
    } finally {
      await Promise.all([sql.end(), other.end()]);
    }
  });
});
