/**
 * A client that polls a history misses nothing: neither a version that a slow commit makes visible late, nor one of a node with a wrong
 * clock.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import type { FhirStore, StoredVersion } from '../src/index.ts';
import { newVersion, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('settled_history');
/** Seconds for which a slow commit is held; 10 in the long form. */
const held = Number(process.env['DHP_TEST_HELD_COMMIT'] ?? 0.7);
/** The number of an advisory lock. */
const gate = 7_301;
/** Errors of the nodes' clocks, in milliseconds. */
const wrong = [0, -5_000, 5_000];

const nameOf = ({ type, id, versionId }: StoredVersion): string => `${type}/${id}/${versionId}`;

/** The `since` of the next question, by an answer. */
type Next = (answer: { settled: Date; versions: StoredVersion[] }) => Date | undefined;

/** Reads all pages of new versions, and then continues from the next `since`. */
class Poller {
  readonly seen = new Set<string>();
  readonly #store: FhirStore;
  readonly #next: Next;
  #since: Date | undefined = new Date(0);

  constructor(store: FhirStore, next: Next) {
    this.#store = store;
    this.#next = next;
  }

  async poll(): Promise<void> {
    const versions: StoredVersion[] = [];
    let settled: Date | undefined;
    for (let cursor: string | undefined; ;) {
      const page = await this.#store.historyOf({
        count: 7,
        ...(this.#since !== undefined && { since: this.#since }),
        ...(cursor !== undefined && { cursor }),
      });
      versions.push(...page.versions);
      settled ??= page.settled;
      assert.deepEqual(page.settled, settled, 'all pages are settled up to the same time');
      if (page.next === undefined) break;
      cursor = page.next;
    }
    for (const version of versions) this.seen.add(nameOf(version));
    this.#since = this.#next({ settled, versions }) ?? this.#since;
  }
}

/** Give or take two seconds, which the clock of a node is wrong by more than. */
const isBetween = (time: Date, begin: number, end: number): void =>
  assert.ok(time.getTime() > begin - 2_000 && time.getTime() < end + 2_000, time.toISOString());

const latest = ({ versions }: { versions: StoredVersion[] }): Date | undefined =>
  versions.length === 0 ? undefined : new Date(Math.max(...versions.map(({ lastUpdated }) => lastUpdated.getTime())));

describe('a history that is asked again and again', () => {
  let nodes: FhirStore[];
  let other: TestDatabase;
  /** Milliseconds by which the clock of the last node is shifted while it runs. */
  let set = 0;

  before(async () => {
    nodes = await Promise.all(wrong.map((by) => underTest.open({ machineClock: () => Date.now() + by })));
    nodes.push(await underTest.open({ machineClock: () => Date.now() + set }));
    other = await testDatabase({ name: 'settled_other' });
    // Deferred: the statement has ended, and the commit waits.
    await underTest.database.sql.unsafe(`
      create function hold() returns trigger language plpgsql as $$ begin perform pg_sleep(${held}); return null; end $$;
      create constraint trigger hold after insert or update on fhir.resource deferrable initially deferred
      for each row when (new.content like '%slow%') execute function hold();
      create function hold_until_free() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock_shared(${gate}); return null; end $$;
      create constraint trigger hold_until_free after insert or update on fhir.resource deferrable initially deferred
      for each row when (new.content like '%held%') execute function hold_until_free()`);
  });
  after(() => other.drop());

  /** Commits of contents with `held` wait while `work` runs, which receives a function that resolves when one waits. */
  async function holding(work: (isHeld: () => Promise<void>) => Promise<void>): Promise<void> {
    const { sql } = underTest.database;
    await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(${gate})`;
      await work(async () => {
        const waits = (): Promise<readonly unknown[]> => sql`
          select 1 from pg_locks where locktype = 'advisory' and objid = ${gate} and not granted
            and database = (select oid from pg_database where datname = current_database())`;
        while ((await waits()).length === 0) await delay(5);
      });
    });
  }

  const put = async (node: FhirStore, id: string, body: object): Promise<StoredVersion> => {
    const outcome = await node.update({ ...newVersion({ resourceType: 'Basic', ...body }), id, ...unconditional });
    assert.ok('version' in outcome);
    return outcome.version;
  };

  it('misses nothing by the time of the answer before, while commits are held', async () => {
    const pollers = nodes.slice(0, 3).map((node) => new Poller(node, ({ settled }) => settled));
    let writing = true;
    const polling = pollers.map(async (poller) => {
      while (writing) {
        await poller.poll();
        await delay(15);
      }
    });
    const stored: string[] = [];
    const slow = nodes.slice(0, 3).map(async (node, n) => {
      for (let round = 0; round < 2; round += 1) {
        await delay(60 * n);
        stored.push(nameOf(await put(node, `slow-${n}-${round}`, { language: 'slow' })));
      }
    });
    const quick = nodes.slice(0, 3).map(async (node, n) => {
      for (let round = 0; round < 40; round += 1) {
        stored.push(nameOf(await put(node, `quick-${n}-${round % 10}`, { round })));
        await delay((held * 2_000) / 40);
      }
    });
    await Promise.all([...slow, ...quick]);
    writing = false;
    await Promise.all(polling);
    for (const poller of pollers) {
      await poller.poll();
      assert.deepEqual(
        stored.filter((name) => !poller.seen.has(name)),
        [],
      );
    }
  });

  it('misses no slow commit by the latest version seen', async () => {
    const poller = new Poller(nodes[1]!, latest);
    await poller.poll();
    const writing = put(nodes[2]!, 'slow-alone', { language: 'slow' });
    await delay(100); // for the write to reach the database
    await put(nodes[0]!, 'quick-alone', {});
    await poller.poll();
    const slow = await writing;
    await poller.poll();
    assert.ok(poller.seen.has(nameOf(slow)));
    assert.ok(poller.seen.has('Basic/quick-alone/1'));
  });

  it('ends where the oldest write that is under way began, and says so', async () => {
    const [node] = nodes as [FhirStore];
    const began = Date.now();
    let writing: Promise<StoredVersion> | undefined;
    let quick: StoredVersion | undefined;
    await holding(async (isHeld) => {
      writing = put(node, 'under-way', { language: 'held' });
      await isHeld();
      quick = await put(nodes[1]!, 'meanwhile', { n: 1 });
      const during = await node.historyOf({ since: new Date(began - 1_000), count: 100 });
      assert.ok(!during.versions.some(({ id }) => id === 'meanwhile'));
      assert.ok(during.settled.getTime() <= began);
      // Without `since` nothing is left out.
      assert.ok((await node.historyOf({ count: 5 })).versions.some(({ id }) => id === 'meanwhile'));
    });
    const slow = await writing!;
    assert.ok(slow.lastUpdated <= quick!.lastUpdated);
    const then = await node.historyOf({ since: new Date(began - 1_000), count: 100 });
    assert.deepEqual(
      then.versions
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
      ['meanwhile', 'under-way'],
    );
  });

  it('is settled a moment ago, whatever is open in another database and whoever reads', async () => {
    await other.sql.begin(async (transaction) => {
      await transaction`create table open_for_long (n int)`;
      await underTest.database.sql.begin(async (reading) => {
        await reading`select count(*) from fhir.resource`;
        const { settled } = await nodes[0]!.historyOf({ count: 1 });
        assert.ok(Date.now() - settled.getTime() < 30_000);
      });
    });
  });

  it('ends its feed behind all that its pages have told, whatever is open in another database', async () => {
    await other.sql.begin(async (transaction) => {
      await transaction`create table open_for_longer (n int)`;
      const made = await nodes[0]!.create(newVersion({ resourceType: 'Flag', status: 'active' }));
      const asked = { types: ['Flag'], limit: 10, bytes: 10_000 };
      const page = await nodes[1]!.feedPage({ behind: undefined, ...asked });
      assert.ok('version' in made);
      const told = page?.changes.map(({ id }) => id);
      assert.deepEqual(told, [made.version.id]);
      const end = await nodes[1]!.feedEnd();
      assert.deepEqual((await nodes[1]!.feedPage({ behind: end, ...asked }))?.changes, []);
    });
  });

  it('has the times of the database, whatever the clocks of the nodes say', async () => {
    for (const node of nodes) {
      const began = Date.now();
      const { lastUpdated } = await put(node, 'timed', { at: Math.random() });
      isBetween(lastUpdated, began, Date.now());
    }
  });

  it('has them also from a node whose clock is set while it runs', async () => {
    const node = nodes[3]!;
    for (const by of [3_600_000, -3_600_000, 0]) {
      set = by;
      const began = Date.now();
      const made = [put(node, `set-${by}`, { by }), node.create(newVersion({ resourceType: 'Basic', by }))];
      const together = node.transaction([
        { kind: 'create', id: `set-too-${by}`, ...newVersion({ resourceType: 'Basic', by }) },
      ]);
      await Promise.all([...made, together]);
      for (const id of [`set-${by}`, `set-too-${by}`]) {
        const { lastUpdated } = (await node.read('Basic', id))!;
        isBetween(lastUpdated, began, Date.now());
      }
    }
  });
});
