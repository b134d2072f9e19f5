import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, WriteOutcome } from '../src/index.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('concurrency');
const strict = { requireMatch: true, createAllowed: true };

function kinds(outcomes: WriteOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe('parallel writers on two servers', () => {
  let stores: FhirStore[];
  before(async () => (stores = [await underTest.open(), await underTest.open({ readers: 1, writers: 4 })]));

  const store = (n: number): FhirStore => stores[n % 2]!;

  async function assertWhole(id: string, versions: number): Promise<void> {
    const history = await store(0).history('Patient', id, { count: versions + 1 });
    const numbers = history.versions.map(({ versionId }) => versionId);
    assert.deepEqual(
      numbers,
      Array.from({ length: versions }, (_, n) => versions - n),
    );
    assert.equal(history.total, versions);
    for (let n = 1; n < history.versions.length; n += 1) {
      assert.ok(history.versions[n - 1]!.lastUpdated >= history.versions[n]!.lastUpdated);
    }
  }

  it('lets exactly one of many with the same If-Match win', async () => {
    const id = 'contended';
    await store(0).update({ ...patient(), id, ...strict });
    for (let round = 1; round <= 10; round += 1) {
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          store(n).update({ ...patient({ multipleBirthInteger: 100 * round + n }), id, ...strict, ifMatch: [round] }),
        ),
      );
      assert.deepEqual(kinds(outcomes), { updated: 1, 'version-mismatch': 39 });
      const winner = outcomes.findIndex(({ kind }) => kind === 'updated');
      const content = (await store(round).read('Patient', id))!.content.toString();
      assert.match(content, new RegExp(`:${100 * round + winner}\\}`));
    }
    await assertWhole(id, 11);
  });

  it('loses no unconditional update, and keeps a whole history', async () => {
    const id = 'counted';
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        store(n).update({ ...patient({ multipleBirthInteger: n }), id, ...unconditional }),
      ),
    );
    assert.deepEqual(kinds(outcomes), { created: 1, updated: 199 });
    const versions = outcomes.map((outcome) => ('version' in outcome ? outcome.version.versionId : 0));
    assert.deepEqual(
      versions.sort((a, b) => a - b),
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
    await assertWhole(id, 200);
  });

  it('counts exactly when each reads, adds one and writes with If-Match until it holds', async () => {
    const id = 'counter';
    await store(0).update({ ...patient({ multipleBirthInteger: 0 }), id, ...strict });
    async function increment(n: number): Promise<void> {
      for (;;) {
        const { versionId, content } = (await store(n).read('Patient', id))!;
        const { multipleBirthInteger } = JSON.parse(content.toString()) as { multipleBirthInteger: number };
        const next = patient({ multipleBirthInteger: multipleBirthInteger + 1 });
        const outcome = await store(n).update({ ...next, id, ...strict, ifMatch: [versionId] });
        if (outcome.kind === 'updated') return;
        assert.equal(outcome.kind, 'version-mismatch');
      }
    }
    await Promise.all(Array.from({ length: 30 }, (_, n) => increment(n)));
    const { versionId, content } = (await store(1).read('Patient', id))!;
    assert.equal(versionId, 31);
    assert.match(content.toString(), /"multipleBirthInteger":30\}/);
    await assertWhole(id, 31);
  });

  it('never deadlocks on the same ids in another order, present or not yet', async () => {
    const ids = Array.from({ length: 60 }, (_, n) => `crossed-${n}`);
    for (let round = 0; round < 8; round += 1) {
      const orders = [ids, [...ids].reverse(), [...ids].sort(() => Math.random() - 0.5)];
      const outcomes = await Promise.all(
        orders.flatMap((order, n) =>
          order.map((id) =>
            store(n).update({ ...patient({ multipleBirthInteger: 10 * round + n }), id, ...unconditional }),
          ),
        ),
      );
      assert.deepEqual(kinds(outcomes), round === 0 ? { created: 60, updated: 120 } : { updated: 180 });
    }
    const [{ deadlocks }] = (await underTest.database.sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`) as unknown as [
      { deadlocks: number },
    ];
    assert.equal(deadlocks, 0);
    for (const id of ids.slice(0, 5)) await assertWhole(id, 24);
  });

  it('brings an id to life once, deletes it once, and again', async () => {
    const id = 'mayfly';
    for (let round = 0; round < 5; round += 1) {
      const born = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          store(n).update({ ...patient({ multipleBirthInteger: n }), id, ...strict }),
        ),
      );
      assert.deepEqual(kinds(born), { created: 1, 'match-required': 19 });
      const died = await Promise.all(Array.from({ length: 20 }, (_, n) => store(n).delete({ type: 'Patient', id })));
      assert.deepEqual(kinds(died), { deleted: 1, 'already-deleted': 19 });
    }
    await assertWhole(id, 10);
  });

  it('keeps the order of writes to one resource that share a batch', async () => {
    const single = await underTest.open({ writers: 1 });
    const id = 'ordered';
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        single.update({ ...patient({ multipleBirthInteger: n }), id, ...unconditional }),
      ),
    );
    const { versions } = await single.history('Patient', id, { count: 50 });
    const values = versions.map(({ content }) => JSON.parse(content.toString()) as { multipleBirthInteger: number });
    assert.deepEqual(
      values.map(({ multipleBirthInteger }) => multipleBirthInteger),
      Array.from({ length: 50 }, (_, n) => 49 - n),
    );
  });

  it('creates under different ids in parallel', async () => {
    const outcomes = await Promise.all(Array.from({ length: 3000 }, (_, n) => store(n).create(patient())));
    const created = outcomes.map((outcome) => ('version' in outcome ? outcome.version.id : ''));
    assert.equal(new Set(created).size, 3000);
    const read = await Promise.all(created.map((id, n) => store(n + 1).read('Patient', id)));
    assert.ok(read.every((version) => version?.versionId === 1));
  });
});
