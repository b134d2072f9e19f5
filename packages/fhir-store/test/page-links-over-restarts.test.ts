/**
 * Links to further pages, and places in the feed of changes, after PostgreSQL was started again, as it was stopped or killed (kill -9): they continue
 * if their snapshot still describes the state of the first page, and otherwise have expired. No page shows later versions. `failover.test.ts` has a
 * promotion.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { connect, ensureDatabase, migrate, startEmbedded, type EmbeddedPostgres, type Sql } from '@dhp/postgres';
import { CursorExpired } from '@dhp/search-index/search';
import { migrations, openStore, type FhirStore, type SearchPage } from '../src/index.ts';
import { newVersion, unconditional } from './database.ts';
import { names, search } from './search-world.ts';

/** The log is only written for commits that wait for it, so that a crash loses all others. */
const settings = {
  fsync: 'off',
  shared_buffers: '64MB',
  io_method: 'sync',
  jit: 'off',
  wal_writer_delay: '10s',
  autovacuum: 'off',
};
const everyone = Array.from({ length: 9 }, (_, n) => `Basic/kept-${n}`);

describe('links to pages', { concurrency: false }, () => {
  let root: string;
  let postgres: EmbeddedPostgres;
  let store: FhirStore;

  const start = async (): Promise<void> => {
    postgres = await startEmbedded({ directory: join(root, 'live'), name: 'a test', settings });
  };
  const onTcp = (): string => {
    const address = new URL(postgres.url);
    address.searchParams.delete('host');
    return address.href;
  };
  const connected = async <R>(work: (sql: Sql) => Promise<R>): Promise<R> => {
    const sql = connect(await ensureDatabase(onTcp(), 'links'), { max: 1 });
    return work(sql).finally(() => sql.end());
  };
  async function kill(): Promise<void> {
    const [pid] = (await readFile(join(root, 'live', 'data', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    await postgres.exited;
  }
  /** The address changes with the port now and then, so the store is opened again. */
  async function again(how: 'stop' | 'kill', meanwhile = async (): Promise<void> => undefined): Promise<void> {
    if (how === 'stop') await postgres.stop();
    else await kill();
    await store.close().catch(() => undefined);
    await meanwhile();
    await start();
    store = await openStore({ url: await ensureDatabase(onTcp(), 'links'), timeZone: 'Asia/Tashkent' });
  }

  const put = (id: string) =>
    store.update({ ...newVersion({ resourceType: 'Basic', code: { text: id } }), id, ...unconditional });
  const page = (cursor?: string): Promise<SearchPage> =>
    search(store, 'Basic', '_sort=_id', { count: 3, ...(cursor !== undefined && { cursor }) });
  /** All that is shown from a page on. */
  async function shownBehind(first: SearchPage): Promise<string[]> {
    const shown: string[] = [];
    for (let next = first.next; next !== undefined;) {
      const one = await page(next);
      shown.push(...names(one));
      next = one.next;
    }
    return shown;
  }
  type Place = Awaited<ReturnType<FhirStore['feedEnd']>>;
  const fed = (behind: Place | undefined) => store.feedPage({ behind, types: ['Basic'], limit: 7, bytes: 1_000_000 });
  /** Reads on from a place; undefined if the place is no longer valid. */
  async function follow(behind: Place | undefined, seen: string[]): Promise<Place | undefined> {
    for (let from = behind; ;) {
      const one = await fed(from);
      if (one === undefined) return undefined;
      seen.push(...one.changes.map(({ id, versionId }) => `${id}/${versionId}`));
      from = one.place;
      if (!one.hasMore) return from;
    }
  }
  /** Every version that there is, as the history has them. */
  async function stored(): Promise<string[]> {
    const all: string[] = [];
    for (let cursor: string | undefined, isLast = false; !isLast;) {
      const one = await store.historyOf({ type: 'Basic', count: 500, ...(cursor !== undefined && { cursor }) });
      all.push(...one.versions.map(({ id, versionId }) => `${id}/${versionId}`));
      [cursor, isLast] = [one.next, one.next === undefined];
    }
    return all;
  }
  /** Numbers of transactions that end without anybody waiting for the log. */
  const spend = (count: number): Promise<void> =>
    connected(async (sql) => {
      await sql`set synchronous_commit = off`;
      for (let n = 0; n < count; n += 1) await sql`select pg_current_xact_id()`;
    });
  /** Writes all numbers so far to the log, including those that background work took without waiting. */
  const logged = (): Promise<unknown> =>
    connected((sql) => sql`select pg_logical_emit_message(true, 'a test', 'the log up to here')`);
  const versionOf = (id: string): Promise<string> =>
    connected(
      async (sql) =>
        (
          await sql<{ txid: string }[]>`
      select r.txid::text from fhir.resource r join fhir.identity d using (rid, shard) where d.id = ${id}`
        )[0]!.txid,
    );
  const seenBy = (first: SearchPage): { readonly end: bigint } => {
    const [seen] = JSON.parse(Buffer.from(first.next!, 'base64url').toString()) as [string];
    return { end: BigInt(seen.split(':')[1]!) };
  };

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'dhp-links-'));
    await start();
    await connected((sql) => migrate(sql, migrations));
    store = await openStore({ url: await ensureDatabase(onTcp(), 'links'), timeZone: 'Asia/Tashkent' });
    for (const name of everyone) await put(name.slice('Basic/'.length));
  });
  beforeEach(async () => {
    const later = names(await search(store, 'Basic', '_sort=_id', { count: 100 })).filter(
      (name) => !everyone.includes(name),
    );
    for (const name of later) await store.delete({ type: 'Basic', id: name.slice('Basic/'.length) });
  });
  after(async () => {
    await store.close();
    await postgres.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });

  it('go on after the server was stopped and started, there and back, and once more', async () => {
    const first = await page();
    const place = await follow(undefined, []);
    assert.deepEqual(names(first), everyone.slice(0, 3));
    for (const round of [1, 2]) {
      await again('stop');
      await put(`later-${round}`);
      await put(`kept-1${round}`);
      assert.deepEqual(await shownBehind(first), everyone.slice(3), `round ${round}`);
    }
    const fresh: string[] = [];
    assert.notEqual(await follow(place, fresh), undefined);
    assert.deepEqual(fresh, ['later-1/1', 'kept-11/1', 'later-2/1', 'kept-12/1']);
    const second = await page(first.next);
    const third = await page(second.next);
    await again('stop');
    assert.deepEqual(names(await page(third.previous)), everyone.slice(3, 6));
  });

  it('go on after it was killed, where the log tells of all transactions that the page could see', async () => {
    await spend(3);
    const first = await page();
    const place = await follow(undefined, []);
    await logged();
    await again('kill');
    for (let n = 0; n < 5; n += 1) await put(`kept-${n}-later`);
    const fresh: string[] = [];
    await follow(place, fresh);
    assert.deepEqual(
      fresh.map((name) => name.split('/')[0]),
      [0, 1, 2, 3, 4].map((n) => `kept-${n}-later`),
    );
    assert.deepEqual(await shownBehind(first), everyone.slice(3));
  });

  it('have expired where the numbers of transactions were lost and are given to others', async () => {
    let first: SearchPage;
    let place: Place;
    // On a very busy machine the log may be written before the kill: then nothing is lost.
    for (let attempt = 1; ; attempt += 1) {
      await spend(200);
      first = await page();
      place = await store.feedEnd();
      await again('kill');
      await put('kept-5-later');
      if (BigInt(await versionOf('kept-5-later')) < seenBy(first).end) break;
      assert.ok(attempt < 10, 'no number is ever lost');
    }
    await assert.rejects(page(first.next), CursorExpired);
    assert.equal(await fed(place), undefined);
    await again('stop');
    await assert.rejects(page(first.next), CursorExpired, 'also after a start that loses nothing');
    await spend(400);
    await again('kill');
    await assert.rejects(page(first.next), CursorExpired, 'whatever numbers there are by then');
  });

  it('have expired where a copy of the disk of before was put back, though the history has the same name', async () => {
    const [live, copy] = [join(root, 'live'), join(root, 'copy')];
    const kept = await follow(undefined, []);
    await again('stop', () => cp(live, copy, { recursive: true }));
    await put('lost');
    const first = await page();
    const seen: string[] = [];
    const place = await follow(kept, seen);
    assert.deepEqual(seen, ['lost/1']);
    await again('stop', async () => {
      await rm(live, { recursive: true });
      await cp(copy, live, { recursive: true });
    });
    await put('kept-6-later');
    assert.ok(BigInt(await versionOf('kept-6-later')) < seenBy(first).end);
    await assert.rejects(page(first.next), CursorExpired);
    assert.equal(await fed(place), undefined, 'what it has seen is not there');
    assert.notEqual(await fed(kept), undefined, 'all that it has seen is there');
  });

  it('are none in a copy of the database beside it', async () => {
    const place = await follow(undefined, []);
    await store.close();
    const live = store;
    try {
      const sql = connect(onTcp(), { max: 1 });
      await sql`create database beside template links`.finally(() => sql.end());
      store = await openStore({ url: await ensureDatabase(onTcp(), 'beside'), timeZone: 'Asia/Tashkent' });
      assert.equal(await fed(place), undefined);
    } finally {
      if (store !== live) await store.close();
      store = await openStore({ url: await ensureDatabase(onTcp(), 'links'), timeZone: 'Asia/Tashkent' });
    }
    assert.notEqual(await fed(place), undefined);
  });

  it('show nothing of later, whenever it is killed', async () => {
    const outcomes = { on: 0, expired: 0 };
    let told: string[] = [];
    let place: Place | undefined;
    let begun = 0;
    const followed = async (): Promise<void> => {
      place = await follow(place, told);
      if (place !== undefined) return;
      begun += 1;
      told = [];
      place = await follow(undefined, told);
    };
    for (let round = 0; round < 6; round += 1) {
      if (round % 2 === 1) await spend(30);
      const first = await page();
      await followed();
      if (round % 3 === 2) await spend(30);
      await again('kill');
      await Promise.all(Array.from({ length: 40 }, (_, n) => put(`kept-${n % 9}-round-${round}-${n}`)));
      try {
        const shown = await shownBehind(first);
        outcomes.on += 1;
        assert.deepEqual(
          shown.filter((name) => everyone.includes(name)),
          everyone.filter((name) => !names(first).includes(name)),
        );
        assert.ok(!shown.some((name) => name.includes(`round-${round}`)), `round ${round}: ${shown.join()}`);
      } catch (error) {
        if (!(error instanceof CursorExpired)) throw error;
        outcomes.expired += 1;
      }
    }
    assert.ok(outcomes.on > 0, JSON.stringify(outcomes));
    await followed();
    assert.deepEqual([...told].sort(), (await stored()).sort(), 'each version once');
    assert.ok(begun < 6, 'it never went on');
  });
});
