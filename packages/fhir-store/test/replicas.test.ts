/**
 * Reads from a real streaming standby: no answer is older than requested, whatever happens to the standby. docs/decisions/0183-reads-from-replicas.md
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl, ensureDatabase, migrate } from '@dhp/postgres';
import { replicaAddresses } from '@dhp/postgres/address';
import { startPair, until } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { createBeats } from '../src/replicas/progress.ts';
import type { ReplicaView } from '../src/replicas/port.ts';
import { newVersion, unconditional } from './database.ts';
import { generator } from './search-world-random.ts';
import { names, search } from './search-world.ts';

const database = 'replicas';
const every = 50;

const openAt = (url: string, ...replicas: string[]): Promise<FhirStore> =>
  openStore({
    url,
    timeZone: 'Asia/Tashkent',
    replicas: { addresses: replicaAddresses(replicas.join(',')), every },
  });

const addressOf = (url: string): string => new URL(url).host;

let writes = 0;
/** Stores a new version, other than all before. @returns its number */
const put = async (store: FhirStore, id: string, family: string): Promise<number> => {
  const resource = { resourceType: 'Patient', name: [{ family, given: [`No${String((writes += 1))}`] }] };
  const outcome = await store.update({ ...newVersion(resource), id, ...unconditional });
  assert.ok('version' in outcome);
  return outcome.version.versionId;
};

const named = (store: Pick<FhirStore, 'search'>, family: string) => search(store, 'Patient', `family=${family}`);

describe('reads from a streaming standby', { timeout: 300_000 }, () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  let store: FhirStore;
  /** With a standby that is read, and that is no older than a second. */
  const fresh = async (): Promise<void> => {
    await until('the replica is fresh', async () => (store.replicas!.states()[0]!.staleness ?? Infinity) < 1_000);
  };
  const view = (staleness: number): ReplicaView => {
    const found = store.replicas!.within({ staleness });
    assert.ok(found, 'a replica is within what is asked');
    return found;
  };

  before(async () => {
    pair = await startPair({ fsync: 'off' });
    const sql = connect(await ensureDatabase(pair.primary, database), { max: 1 });
    await migrate(sql, migrations);
    await sql.end();
    store = await openAt(databaseUrl(pair.primary, database), addressOf(pair.standby));
  });
  after(async () => {
    await store.close();
    await pair.close();
  });

  it('answers reads by id, of versions, and searches from it, and says how old they may be', async () => {
    await put(store, 'seen', 'Seenova');
    await put(store, 'seen', 'Seenova');
    await pair.caughtUp();
    await fresh();
    const before = store.replicas!.states()[0]!.answered;
    const one = view(60_000);
    assert.equal((await one.read('Patient', 'seen'))?.versionId, 2);
    assert.equal((await one.vread('Patient', 'seen', 1))?.versionId, 1);
    assert.deepEqual(names(await named(one, 'Seenova')), ['Patient/seen']);
    assert.ok(one.staleness !== undefined && one.staleness < 60_000);
    assert.equal(store.replicas!.states()[0]!.answered, before + 3);
  });

  it('shows what was so within the bound while the replay stands still, and then the primary answers', async () => {
    await put(store, 'paused', 'Before');
    await pair.caughtUp();
    await fresh();
    await pair.pauseStandby(true);
    try {
      await delay(3 * every); // a look that was under way has ended
      await put(store, 'paused', 'After');
      const old = view(60_000);
      assert.equal((await old.read('Patient', 'paused'))?.versionId, 1);
      assert.deepEqual(names(await named(view(60_000), 'After')), []);
      await until('the replica is too old', async () => store.replicas!.within({ staleness: 200 }) === undefined);
      const { passedOn } = store.replicas!;
      assert.equal(store.replicas!.within({ staleness: 200 }), undefined);
      assert.equal(store.replicas!.passedOn, passedOn + 1);
    } finally {
      await pair.pauseStandby(false);
    }
  });

  it('never answers from before a position', async () => {
    await put(store, 'own', 'First');
    await pair.caughtUp();
    await fresh();
    await pair.pauseStandby(true);
    try {
      await put(store, 'own', 'Second');
      const position = await store.replicas!.position();
      await delay(6 * every);
      assert.equal(store.replicas!.within({ staleness: 60_000, after: position }), undefined);
      assert.ok(store.replicas!.within({ staleness: 60_000 }), 'without it, it would be');
    } finally {
      await pair.pauseStandby(false);
    }
    const position = await store.replicas!.position();
    await until(
      'the replica has the write',
      async () => store.replicas!.within({ staleness: 60_000, after: position }) !== undefined,
    );
    const own = store.replicas!.within({ staleness: 60_000, after: position })!;
    assert.equal((await own.read('Patient', 'own'))?.versionId, 2);
    assert.ok(own.staleness !== undefined);
    const other = { ...position, server: 'another run' };
    assert.equal(store.replicas!.within({ staleness: 60_000, after: other }), undefined);
  });

  it('leaves to the primary what depends on other resources, further pages, full text, and what is followed', async () => {
    for (let n = 0; n < 3; n += 1) await put(store, `many-${n}`, 'Manyova');
    await pair.caughtUp();
    await fresh();
    const condition = { op: 'id', any: ['many-1'] } as const;
    const asked = [
      ['family=Manyova', { access: () => condition }],
      ['family=Manyova', { count: 2 }],
      ['_text=Manyova', {}],
      ['family=Manyova&_lastUpdated=gt2020-01-01&_sort=_lastUpdated', {}],
    ] as const;
    const found = [];
    for (const [query, options] of asked) {
      const one = view(60_000);
      found.push(names(await search(one, 'Patient', query, options)).length);
      assert.equal(one.staleness, undefined, query);
    }
    assert.deepEqual(found, [1, 2, 0, 3]);
  });

  it('holds the bound and the positions under random writes, pauses of the replay and kills', async (t) => {
    const random = generator(Number(process.env['DHP_TEST_TURN'] ?? Date.now() % 1_000));
    /** Of each id when each version was acknowledged. */
    const acknowledged = new Map<string, number[]>();
    const leastAt = (id: string, time: number): number => (acknowledged.get(id) ?? []).filter((at) => at < time).length;
    let isOver = false;
    let [byReplica, byPrimary, older] = [0, 0, 0];
    const ids = ['r0', 'r1', 'r2', 'r3'];
    const writing = async (): Promise<void> => {
      while (!isOver) {
        const id = ids[random.below(ids.length)]!;
        const versionId = await put(store, id, `Random${id}`);
        const times = acknowledged.get(id) ?? [];
        times[versionId - 1] = performance.now();
        acknowledged.set(id, times);
        await delay(random.below(20));
      }
    };
    const reading = async (): Promise<void> => {
      while (!isOver) {
        const id = ids[random.below(ids.length)]!;
        const staleness = [150, 300, 1_000, 5_000][random.below(4)]!;
        const known = acknowledged.get(id)?.length ?? 0;
        const after = random.below(2) === 0 ? await store.replicas!.position() : undefined;
        const sent = performance.now();
        const least = Math.max(leastAt(id, sent - staleness), after === undefined ? 0 : known);
        const one = store.replicas!.within({ staleness, after });
        const isSearch = random.below(3) === 0;
        const shown = isSearch
          ? (await named(one ?? store, `Random${id}`)).matches[0]
          : await (one ?? store).read('Patient', id);
        const versionId = shown?.versionId ?? 0;
        assert.ok(
          versionId >= least,
          `${id}: version ${versionId}, and ${least} was acknowledged ${staleness} ms before`,
        );
        if (one?.staleness === undefined) byPrimary += 1;
        else byReplica += 1;
        if (versionId < (acknowledged.get(id)?.length ?? 0)) older += 1;
        await delay(random.below(10));
      }
    };
    const troubles = async (): Promise<void> => {
      for (let n = 0; n < 6; n += 1) {
        await delay(300 + random.below(500));
        if (n % 3 === 2) {
          await pair.killStandby();
          await delay(random.below(500));
          await pair.startStandby();
          await fresh();
          continue;
        }
        await pair.pauseStandby(true);
        await delay(200 + random.below(1_500));
        await pair.pauseStandby(false);
        await fresh();
      }
      isOver = true;
    };
    const ends = async (work: Promise<void>): Promise<void> => {
      try {
        await work;
      } finally {
        isOver = true;
      }
    };
    const all = await Promise.allSettled([writing(), reading(), reading(), reading(), troubles()].map(ends));
    for (const one of all) if (one.status === 'rejected') throw one.reason;
    t.diagnostic(`${byReplica} by the replica, ${older} of them older, ${byPrimary} by the primary`);
    assert.ok(byReplica > 0 && byPrimary > 0, `${byReplica}, ${byPrimary}`);
  });

  it('leaves out a server that takes writes, and one that cannot be reached', async () => {
    const own = await openAt(databaseUrl(pair.primary, database), addressOf(pair.primary), '127.0.0.1:1');
    try {
      await delay(6 * every);
      assert.deepEqual(
        own.replicas!.states().map(({ staleness }) => staleness),
        [undefined, undefined],
      );
      assert.equal(own.replicas!.within({ staleness: 3_600_000 }), undefined);
      assert.equal((await own.read('Patient', 'seen'))?.versionId, 2, 'the primary answers all the same');
    } finally {
      await own.close();
    }
  });

  it('leaves out a standby that is promoted at once: what was read of it does not count', async () => {
    await put(store, 'last', 'Last');
    await pair.caughtUp();
    await fresh();
    const view60 = view(60_000);
    await pair.promote();
    // There was no probe since, as far as the view knows: the answer itself is checked.
    assert.equal((await view60.read('Patient', 'last'))?.versionId, 1);
    assert.equal(view60.staleness, undefined);
    await until('the age is unknown', async () => store.replicas!.states()[0]!.staleness === undefined);
    assert.equal(store.replicas!.within({ staleness: 3_600_000 }), undefined);
  });
});

describe('what a beat proves', () => {
  const written = (server: string, at: number) => ({ server, written: BigInt(at) });

  it('is all that was acknowledged before the last one that is shown was sent', () => {
    const beats = createBeats();
    for (const beat of [1, 2, 4]) beats.stored(beat, 100 * beat, written('a', beat));
    assert.equal(beats.provenBy(0), undefined);
    assert.equal(beats.provenBy(1)?.at, 100);
    assert.equal(beats.provenBy(3)?.at, 200, 'a beat whose answer was lost proves what the one before proves');
    assert.equal(beats.provenBy(9)?.written, 4n);
  });

  it('is nothing once the primary is another one, also of a beat that was under way', () => {
    const beats = createBeats();
    beats.stored(1, 100, written('a', 1));
    beats.forget(250);
    beats.stored(2, 200, written('a', 2));
    assert.equal(beats.provenBy(2), undefined);
    beats.stored(3, 300, written('b', 3));
    assert.equal(beats.server, 'b');
    assert.equal(beats.provenBy(2), undefined);
    assert.equal(beats.provenBy(3)?.at, 300);
    beats.stored(4, 400, written('c', 1));
    assert.equal(beats.provenBy(3), undefined);
  });

  it('is forgotten when it is older than anybody may ask for', () => {
    const beats = createBeats();
    for (let beat = 1; beat <= 100; beat += 1) beats.stored(beat, beat * 100_000, written('a', beat));
    assert.equal(beats.provenBy(1), undefined);
    assert.equal(beats.provenBy(80)?.at, 8_000_000);
  });
});
