import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, HistoryTimes, StoredVersion } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('history');
const names = (versions: StoredVersion[]): string[] => versions.map(({ id, versionId }) => `${id}/${versionId}`);
const second = (n: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, n));

async function all(store: FhirStore, query: HistoryTimes & { type?: string; count: number }): Promise<StoredVersion[]> {
  const found: StoredVersion[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.historyOf({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    assert.ok(page.versions.length <= query.count);
    found.push(...page.versions);
    if (page.next === undefined) return found;
    assert.equal(page.versions.length, query.count);
    cursor = page.next;
  }
}

describe('the history of a type and of all', () => {
  let now = 0;
  let store: FhirStore;
  before(async () => {
    store = await underTest.open({ clock: () => second(now) });
    const put = async (at: number, type: string, id: string): Promise<void> => {
      now = at;
      await store.update({ ...newVersion({ resourceType: type, at }), id, ...unconditional });
    };
    await put(10, 'Basic', 'a');
    await put(20, 'Basic', 'b');
    await put(30, 'Flag', 'f');
    await put(40, 'Basic', 'a');
    now = 50;
    await store.delete({ type: 'Basic', id: 'a' });
    await put(60, 'Basic', 'a');
    await put(60, 'Basic', 'a');
    await put(60, 'Basic', 'c');
    await put(60, 'Basic', 'a');
    await put(70, 'Basic', 'b');
  });

  it('shows every version, the latest first, deletions too', async () => {
    const basic = ['b/2', 'c/1', 'a/4', 'a/3', 'a/2', 'a/1'];
    for (const count of [1, 2, 3, 100]) {
      const found = await all(store, { type: 'Basic', count });
      assert.deepEqual(names(found).sort(), ['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'b/2', 'c/1'].sort());
      assert.deepEqual(names(found)[0], basic[0]);
      for (let n = 1; n < found.length; n += 1) {
        assert.ok(found[n - 1]!.lastUpdated >= found[n]!.lastUpdated);
      }
      const ofA = names(found.filter(({ id }) => id === 'a'));
      assert.deepEqual(ofA, ['a/4', 'a/3', 'a/2', 'a/1']);
      assert.deepEqual(
        found
          .filter(({ deleted }) => deleted)
          .map(({ id, versionId, content }) => `${id}/${versionId} ${content.length}`),
        ['a/3 0'],
      );
      for (const version of found) {
        const { content } = (await store.vread('Basic', version.id, version.versionId))!;
        assert.ok(version.content.equals(content));
      }
      const everything = await all(store, { count });
      assert.equal(everything.length, 8);
      assert.deepEqual(names(everything.filter(({ type }) => type === 'Basic')), names(found));
    }
    for (const type of ['Patient', 'Nonsense']) {
      const { settled, ...nothing } = await store.historyOf({ type, count: 10 });
      assert.deepEqual(nothing, { versions: [] });
      assert.ok(settled < new Date());
    }
  });

  it('shows what was made since an instant, that instant included', async () => {
    for (const count of [1, 100]) {
      const since = async (n: number): Promise<string[]> =>
        names(await all(store, { type: 'Basic', since: second(n), count }));
      assert.deepEqual(await since(70), ['b/2']);
      assert.deepEqual((await since(50)).length, 4);
      assert.deepEqual(await since(71), []);
    }
    const { versions, total } = await store.history('Basic', 'a', { count: 1, since: second(41) });
    assert.deepEqual([names(versions), total], [['a/4'], 2]);
  });

  it('shows what was current at an instant, and in a period', async () => {
    for (const count of [1, 100]) {
      const at = async (...period: [number, number?]): Promise<string[]> => {
        const [from, to] = period;
        const times: HistoryTimes = { at: to === undefined ? [second(from)] : [second(from), second(to)] };
        const found = names(await all(store, { type: 'Basic', ...times, count }));
        const own = await store.history('Basic', 'a', { count: 10, ...times });
        assert.equal(own.total, own.versions.length);
        assert.deepEqual(
          names(own.versions),
          found.filter((name) => name.startsWith('a/')),
        );
        return found;
      };
      assert.deepEqual(await at(9), []);
      assert.deepEqual(await at(10), ['a/1']);
      assert.deepEqual(await at(39), ['b/1', 'a/1']);
      assert.deepEqual(await at(40), ['a/2', 'b/1']);
      assert.deepEqual(await at(65), ['c/1', 'a/4', 'b/1']);
      assert.deepEqual(await at(20, 40), ['b/1', 'a/1']);
      assert.deepEqual(await at(20, 41), ['a/2', 'b/1', 'a/1']);
      assert.deepEqual(await at(45, 55), ['a/3', 'a/2', 'b/1']);
      assert.deepEqual(await at(1000), ['b/2', 'c/1', 'a/4']);
    }
  });

  it('goes in both orders, and from each page back to the one before', async () => {
    for (const times of [{}, { since: second(20) }, { at: [second(20), second(61)] as const }]) {
      for (const count of [1, 2, 3, 100]) {
        const query = { type: 'Basic', count, ...times };
        const newest = names(await all(store, query));
        const forth: string[][] = [];
        let page = await store.historyOf({ ...query, order: 'oldest-first' });
        assert.equal(page.previous, undefined);
        for (; ; page = await store.historyOf({ ...query, order: 'oldest-first', cursor: page.next })) {
          forth.push(names(page.versions));
          if (page.next === undefined) break;
        }
        assert.deepEqual(forth.flat(), newest.toReversed());
        for (const earlier of forth.slice(0, -1).reverse()) {
          assert.ok(page.previous !== undefined);
          page = await store.historyOf({ ...query, order: 'oldest-first', cursor: page.previous });
          assert.deepEqual(names(page.versions), earlier);
          assert.ok(page.next !== undefined);
        }
        assert.equal(page.previous, undefined);
      }
    }
    const { versions } = await store.history('Basic', 'a', { count: 2, after: 1 });
    assert.deepEqual(names(versions), ['a/2', 'a/3']);
  });

  it('says of each version whether it made the resource', async () => {
    const isNew = (versions: StoredVersion[]): string[] => names(versions.filter((each) => each.isNew));
    assert.deepEqual(isNew(await all(store, { type: 'Basic', count: 2 })).sort(), ['a/1', 'a/4', 'b/1', 'c/1']);
    for (const after of [0, 1, 3]) {
      const { versions } = await store.history('Basic', 'a', { count: 2, after });
      assert.deepEqual(isNew(versions), after === 0 ? ['a/1'] : after === 3 ? ['a/4'] : []);
    }
  });

  it('tells a cursor from what is none', async () => {
    const { next } = await store.historyOf({ count: 2 });
    const text = Buffer.from(next!, 'base64url').toString();
    const forged = [
      '5:3: 1 1 1',
      '5:9:7,6 1 1 1',
      '5:9:10 1 1 1',
      '0:0: 1 1 1',
      '1:99999999999999999999: 1 1 1',
      '1:2:, 1 1 1',
    ].map((each) => `${each} older`);
    const directions = ['1:2: 1 1 1', '1:2: 1 1 1 ', '1:2: 1 1 1 sideways'];
    const texts = [...forged, ...directions].map((each) => Buffer.from(each).toString('base64url'));
    for (const cursor of ['', 'x', "';", ...texts]) {
      await assert.rejects(store.historyOf({ count: 2, cursor }), TypeError, cursor);
    }
    assert.match(text, /^\d+:\d+:[\d,]* \d+ \d+ \d+ older \d+ (?:\d+|-)$/);
    // A cursor of a server of the version before.
    const older = Buffer.from(text.replace(/older .*/, 'older')).toString('base64url');
    assert.deepEqual(
      names((await store.historyOf({ count: 2, cursor: older })).versions),
      names((await store.historyOf({ count: 2, cursor: next! })).versions),
    );
  });
});

describe('pages of a history while others write', () => {
  it('show what was there when the first was read: nothing is missed, and nothing comes twice', async () => {
    const [reader, writer] = await Promise.all([underTest.open(), underTest.open()]);
    const ids = Array.from({ length: 40 }, (_, n) => `paged-${n}`);
    const put = async (id: string, n: number): Promise<unknown> =>
      writer.update({ ...patient({ n }), id, ...unconditional });
    for (let n = 0; n < 3; n += 1) await Promise.all(ids.map((id) => put(id, n)));
    // A transaction that has its number and its rows, and commits between the pages.
    const release = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    const slow = underTest.database.sql.begin(async (transaction) => {
      await transaction`
        with named as (insert into fhir.identity (ty, id, rid, shard)
                       select ty, 'slow', -1, 0 from fhir.resource where id = 'paged-0')
        insert into fhir.resource (rid, shard, ty, ver, upd, id, content)
        select -1, 0, ty, 1, '2020-01-01', 'slow', '{}' from fhir.resource where id = 'paged-0'`;
      begun.resolve(undefined);
      await release.promise;
    });
    await begun.promise;
    // Acknowledged after that transaction began, and shown all the same.
    await put('paged-0', 3);

    const seen: StoredVersion[] = [];
    let round = 4;
    for (let cursor: string | undefined; ; round += 1) {
      const page = await reader.historyOf({ type: 'Patient', count: 7, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.versions);
      if (page.next === undefined) break;
      cursor = page.next;
      release.resolve(undefined);
      await slow;
      await Promise.all(ids.map((id) => put(id, round)));
    }
    const expected = ids.flatMap((id) => (id === 'paged-0' ? [1, 2, 3, 4] : [1, 2, 3]).map((ver) => `${id}/${ver}`));
    assert.deepEqual(names(seen).sort(), expected.sort());
    const later = await all(reader, { type: 'Patient', count: 50 });
    assert.equal(later.length, 40 * (3 + round - 4) + 1 + 1);
    assert.equal(new Set(names(later)).size, later.length);
    assert.equal(later.at(-1)!.id, 'slow');
    await underTest.database.sql`delete from fhir.resource where rid = -1`; // it has no index rows
  });

  it('tell the method of the request that made each version', async () => {
    const store = await underTest.open();
    const created = await store.create(patient({ n: 1 }));
    assert.ok('version' in created);
    const { id } = created.version;
    const change = { id, ...unconditional };
    await store.update({ ...patient({ n: 2 }), ...change, method: 'PATCH' });
    await store.transaction([{ kind: 'update', ...patient({ n: 3 }), ...change }]);
    await store.transaction([{ kind: 'update', ...patient({ n: 4 }), ...change, method: 'PATCH' }]);
    await store.delete({ type: 'Patient', id });
    await store.update({ ...patient({ n: 5 }), ...change });
    await store.transaction([{ kind: 'delete', type: 'Patient', id }]);
    const expected = ['DELETE', 'PUT', 'DELETE', 'PATCH', 'PUT', 'PATCH', 'POST'];
    const { versions } = await store.history('Patient', id, { count: 10 });
    assert.deepEqual(
      versions.map(({ method }) => method),
      expected,
    );
    const { versions: all } = await store.historyOf({ type: 'Patient', count: 1000 });
    assert.deepEqual(
      all.filter((version) => version.id === id).map(({ method }) => method),
      expected,
    );
    await underTest.database.sql`update fhir.history set method = null where ver = 1`;
    assert.ok(!('method' in (await store.history('Patient', id, { count: 10 })).versions.at(-1)!));
  });

  it('also show `_at` as it was then', async () => {
    const store = await underTest.open();
    const put = async (n: number): Promise<unknown> =>
      store.transaction(
        ['x', 'y', 'z'].map((id) => ({
          kind: 'update',
          id: `instant-${id}`,
          ...newVersion({ resourceType: 'Flag', n }),
          ...unconditional,
        })),
      );
    await put(1);
    const at = [new Date(Date.now() + 60_000)] as const;
    const first = await store.historyOf({ type: 'Flag', at, count: 1 });
    await put(2);
    const second = await store.historyOf({ type: 'Flag', at, count: 10, cursor: first.next! });
    const found = names([...first.versions, ...second.versions]).filter((name) => name.startsWith('instant'));
    assert.deepEqual(found.sort(), ['instant-x/1', 'instant-y/1', 'instant-z/1']);
  });
});
