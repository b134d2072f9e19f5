import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import type { Change } from '../src/change-feed.ts';
import type { FhirStore } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

// The order of commits is that of the whole server: an open transaction of another test file would delay these readers, as it should. So
// this file has a separate server.
delete process.env['DHP_TEST_DATABASE_URL'];
const underTest = await storeUnderTest('changes');

describe('changes in the order of commits', () => {
  let stores: FhirStore[];
  before(async () => (stores = [await underTest.open(), await underTest.open()]));

  /** Reads on from a position until nothing is left. */
  async function follow(since: string | undefined, limit: number, seen: Change[]): Promise<string | undefined> {
    for (;;) {
      const page = await stores[1]!.changes({ limit, ...(since === undefined ? {} : { since }) });
      seen.push(...page);
      if (page.length === 0) return since;
      since = page.at(-1)!.position;
    }
  }

  const names = (changes: Change[]): string[] => changes.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`);

  it('shows every version with its content, deletions too', async () => {
    const store = stores[0]!;
    await store.update({ ...patient({ gender: 'male' }), id: 'a', ...unconditional });
    await store.update({ ...newVersion({ resourceType: 'Basic' }), id: 'b', ...unconditional });
    await store.update({ ...patient({ gender: 'other' }), id: 'a', ...unconditional });
    await store.delete({ type: 'Patient', id: 'a' });
    const seen: Change[] = [];
    const end = await follow(undefined, 100, seen);
    assert.deepEqual(names(seen), ['Patient/a/1', 'Basic/b/1', 'Patient/a/2', 'Patient/a/3']);
    assert.match(seen[0]!.content.toString(), /"male"/);
    assert.deepEqual(
      seen.map(({ deleted }) => deleted),
      [false, false, false, true],
    );
    const inOnes: Change[] = [];
    await follow(undefined, 1, inOnes);
    assert.deepEqual(names(inOnes), names(seen));
    assert.deepEqual(await store.changes({ since: end!, limit: 5 }), []);
    await assert.rejects(store.changes({ since: '1;drop', limit: 5 }), TypeError);
  });

  it('waits for a transaction that began earlier and is still open', async () => {
    const { sql } = underTest.database;
    const seen: Change[] = [];
    let position = await follow(undefined, 100, seen);
    const slow = connect(underTest.database.url, { max: 1 });
    const release = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<bigint>();
    // A slow server: it has its number and its row, and commits much later.
    const open = slow.begin(async (transaction) => {
      const [row] = await transaction<{ txid: string }[]>`
        with named as (insert into fhir.identity (ty, id, rid, shard) values (1, 'slow', -1, 0))
        insert into fhir.resource (rid, shard, ty, ver, upd, id, content)
        values (-1, 0, (select ty from fhir.resource where id = 'b'), 1, now(), 'slow', '{}')
        returning txid::text as txid`;
      begun.resolve(BigInt(row!.txid));
      await release.promise;
    });
    const txid = await begun.promise;
    await stores[0]!.update({ ...newVersion({ resourceType: 'Basic' }), id: 'quick', ...unconditional });
    assert.ok((await stores[1]!.safeWatermark()) <= txid);
    const early: Change[] = [];
    position = await follow(position, 100, early);
    assert.deepEqual(names(early), [], 'the quick version would hide the slow one');
    release.resolve(undefined);
    await open;
    await slow.end();
    const late: Change[] = [];
    await follow(position, 100, late);
    assert.deepEqual(names(late), ['Basic/slow/1', 'Basic/quick/1']);
    await sql`delete from fhir.resource where rid = -1`;
    await sql`delete from fhir.identity where rid = -1`;
  });

  it('has caught up only when what an open transaction hides was handed over, too', async () => {
    const slow = connect(underTest.database.url, { max: 1 });
    const release = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const open = slow.begin(async (transaction) => {
      await transaction`select pg_current_xact_id()`;
      begun.resolve(undefined);
      await release.promise;
    });
    await begun.promise;
    await stores[0]!.update({ ...newVersion({ resourceType: 'Library' }), id: 'hidden', ...unconditional });
    const seen: string[] = [];
    const follower = stores[1]!.follow(['Library'], async (changes) => void seen.push(...names([...changes])), {
      every: 20,
    });
    const first = await Promise.race([follower.caughtUp.then(() => 'caught up'), delay(200, 'behind')]);
    release.resolve(undefined);
    await open;
    await slow.end();
    await follower.caughtUp;
    await follower.stop();
    assert.equal(first, 'behind');
    assert.deepEqual(seen, ['Library/hidden/1']);
  });

  it('shows a follower each version of parallel writers exactly once, in the order of each resource', async () => {
    const before: Change[] = [];
    let position = await follow(undefined, 100, before);
    const seen: Change[] = [];
    const writing = new AbortController();
    const types = ['Patient', 'Basic', 'Flag', 'Group'];
    const expected = new Set<string>();

    async function writer(n: number): Promise<void> {
      const store = stores[n % 2]!;
      const slow = connect(underTest.database.url, { max: 1 });
      for (let k = 0; k < 40; k += 1) {
        const type = types[(n + k) % types.length]!;
        const id = `followed-${(n * 7 + k) % 12}`;
        const outcome = await store.update({ ...newVersion({ resourceType: type, n, k }), id, ...unconditional });
        assert.ok('version' in outcome);
        expected.add(`${type}/${id}/${outcome.version.versionId}`);
        // Now and then a transaction holds the watermark back while others commit.
        if (k % 10 === n) await slow.begin((transaction) => transaction`select pg_current_xact_id(), pg_sleep(0.02)`);
      }
      await slow.end();
    }

    const follower = (async () => {
      while (!writing.signal.aborted) position = await follow(position, 7, seen);
    })();
    await Promise.all(Array.from({ length: 10 }, (_, n) => writer(n)));
    writing.abort();
    await follower;
    await follow(position, 7, seen);

    assert.equal(seen.length, 400);
    assert.deepEqual(new Set(names(seen)), expected);
    const last = new Map<string, number>();
    for (const { type, id, versionId } of seen) {
      assert.equal(versionId, (last.get(`${type}/${id}`) ?? 0) + 1, `${type}/${id}`);
      last.set(`${type}/${id}`, versionId);
    }
  });

  it('does not mix its order with that of another cluster', async () => {
    const restored = await storeUnderTest('restored');
    const store = await restored.open();
    for (const gender of ['male', 'female']) await store.update({ ...patient({ gender }), id: 'x', ...unconditional });
    // A dump carries the numbers of the cluster where it was made.
    await restored.database.sql`update fhir.resource set txid = '9000000000'`;
    await assert.rejects(restored.open(), /select fhir.restart_commit_order\(\)/);
    await restored.database.sql`select fhir.restart_commit_order()`;
    const again = await restored.open();
    await again.update({ ...patient({ gender: 'other' }), id: 'x', ...unconditional });
    const seen = await again.changes({ limit: 10 });
    assert.deepEqual(names(seen), ['Patient/x/1', 'Patient/x/2', 'Patient/x/3']);
  });
});
