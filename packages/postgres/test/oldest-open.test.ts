/**
 * The safe watermark counts the transactions of its own database; tested on a separate server, since prepared transactions need a setting.
 */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connect,
  ensureDatabase,
  oldestOpen,
  startEmbedded,
  type EmbeddedPostgres,
  type Session,
  type Sql,
} from '../src/index.ts';
import { urlOfLogin } from '../src/roles/index.ts';

let server: EmbeddedPostgres;
let [own, neighbour, stranger]: Sql[] = [];

before(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dhp-oldest-open-'));
  server = await startEmbedded({ directory, temporary: true, settings: { max_prepared_transactions: '4' } });
  const [ownUrl, neighbourUrl] = [
    await ensureDatabase(server.url, 'own'),
    await ensureDatabase(server.url, 'neighbour'),
  ];
  own = connect(ownUrl, { max: 4 });
  neighbour = connect(neighbourUrl, { max: 2 });
  for (const sql of [own, neighbour]) await sql`create table written (txid xid8 not null default pg_current_xact_id())`;
  await own.unsafe("create role stranger login password 'stranger'");
  stranger = connect(urlOfLogin(ownUrl, 'stranger', 'stranger'), { max: 1 });
});

after(async () => {
  for (const sql of [own, neighbour, stranger]) await sql?.end();
  await server.stop();
});

async function watermark(sql: Session = own!): Promise<bigint> {
  const [row] = await sql<{ oldest: string }[]>`
    select ${oldestOpen<ReturnType<Session>>((...piece) => sql(...piece))}::text as oldest`;
  return BigInt(row!.oldest);
}

async function write(sql: Session): Promise<bigint> {
  const [row] = await sql<{ txid: string }[]>`insert into written default values returning txid::text`;
  return BigInt(row!.txid);
}

/** Whether the watermark passes a transaction that has ended: one whose database is no longer known holds it up for a moment. */
async function passes(txid: bigint, sql?: Session): Promise<boolean> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if ((await watermark(sql)) > txid) return true;
    await delay(20);
  }
  return false;
}

/** Runs `work` while a transaction of a session has written and is open. */
async function during(sql: Sql, work: (txid: bigint) => Promise<void>): Promise<void> {
  await sql.begin(async (session) => {
    await work(await write(session));
  });
}

async function prepared(sql: Sql, name: string): Promise<bigint> {
  const session = await sql.reserve();
  try {
    await session`begin`;
    const txid = await write(session);
    await session.unsafe(`prepare transaction '${name}'`);
    return txid;
  } finally {
    session.release();
  }
}

it('what another database has open holds nothing up, also for a role without rights', async () => {
  await during(neighbour!, async (theirs) => {
    const mine = await write(own!);
    assert.ok(mine > theirs);
    assert.ok(await passes(mine));
    assert.ok(await passes(mine, stranger));
  });
});

it('what another database has prepared holds nothing up', async () => {
  const theirs = await prepared(neighbour!, 'theirs');
  const mine = await write(own!);
  assert.ok(mine > theirs);
  assert.ok(await passes(mine));
  assert.ok(await passes(mine, stranger));
  await neighbour!.unsafe("rollback prepared 'theirs'");
});

it('what this database has open or prepared holds it up until it ends', async () => {
  await during(own!, async (mine) => {
    await write(own!);
    await write(neighbour!);
    assert.ok((await watermark()) <= mine);
    assert.ok((await watermark(stranger)) <= mine);
  });
  const mine = await prepared(own!, 'mine');
  await write(own!);
  assert.ok((await watermark()) <= mine);
  assert.ok((await watermark(stranger)) <= mine);
  await own!.unsafe("commit prepared 'mine'");
  assert.ok(await passes(mine));
});

it('is not above the own transaction', async () => {
  await during(own!, async (mine) => {
    await write(own!);
    assert.ok((await watermark()) <= mine);
  });
  await own!.begin(async (session) => {
    const mine = await write(session);
    assert.ok((await watermark(session)) <= mine);
  });
});

it('below it nothing appears any more, whoever writes in both databases', async () => {
  let isWriting = true;
  const writers = [own!, own!, neighbour!].map(async (sql) => {
    while (isWriting)
      await sql.begin(async (session) => {
        await write(session);
        await write(session);
      });
  });
  const seen: { readonly oldest: bigint; readonly count: number }[] = [];
  for (let n = 0; n < 100; n += 1) {
    const [row] = await own!<{ oldest: string; count: number }[]>`
      select o.oldest::text, (select count(*)::int from written w where w.txid < o.oldest) as count
      from (select ${oldestOpen<ReturnType<Session>>((...piece) => own!(...piece))} as oldest) o`;
    seen.push({ oldest: BigInt(row!.oldest), count: row!.count });
  }
  isWriting = false;
  await Promise.all(writers);
  for (const { oldest, count } of seen) {
    const [row] = await own!<{ count: number }[]>`
      select count(*)::int as count from written w where w.txid < ${String(oldest)}::text::xid8`;
    assert.equal(row!.count, count, `below ${String(oldest)}`);
  }
});
