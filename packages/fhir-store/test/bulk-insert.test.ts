import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore, NewVersion } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('bulk');

async function* patients(count: number, from = 0): AsyncGenerator<NewVersion & { id: string }> {
  for (let n = from; n < from + count; n += 1) yield { ...patient({ multipleBirthInteger: n }), id: `bulk-${n}` };
}

describe('bulk insert', () => {
  let store: FhirStore;
  before(async () => (store = await underTest.open()));

  it('stores a stream, tells how far it is, and leaves what exists alone', async () => {
    await store.update({ ...patient({ language: 'mine' }), id: 'bulk-7', ...unconditional });
    await store.update({ ...patient(), id: 'bulk-8', ...unconditional });
    await store.delete({ type: 'Patient', id: 'bulk-8' });
    const progress: number[] = [];
    assert.equal(await store.bulkInsert(patients(2300), { onProgress: (n) => progress.push(n) }), 2298);
    assert.deepEqual([progress.length, progress.at(-1)], [5, 2298]);
    assert.deepEqual(
      progress.toSorted((a, b) => a - b),
      progress,
    );
    assert.match((await store.read('Patient', 'bulk-7'))!.content.toString(), /mine/);
    assert.equal((await store.read('Patient', 'bulk-8'))!.deleted, true);
    const read = (await store.read('Patient', 'bulk-2299'))!;
    assert.match(read.content.toString(), /"id":"bulk-2299".*"versionId":"1".*"multipleBirthInteger":2299\}$/);
    assert.equal(await store.bulkInsert(patients(2300)), 0);
    assert.equal(await store.bulkInsert(patients(10, 2295)), 5);
  });

  it('takes bodies of every size in bounded statements', async () => {
    async function* mixed(): AsyncGenerator<NewVersion & { id: string }> {
      for (const [n, size] of [10, 3_000_000, 3_000_000, 6_000_000, 20].entries()) {
        yield { ...newVersion({ resourceType: 'Binary', data: 'A'.repeat(size) }), id: `large-${n}` };
      }
    }
    assert.equal(await store.bulkInsert(mixed()), 5);
    assert.ok((await store.read('Binary', 'large-3'))!.content.length > 6_000_000);
  });

  it('reads the stream no faster than it stores it', async () => {
    let taken = 0;
    let stored = 0;
    let ahead = 0;
    async function* watched(): AsyncGenerator<NewVersion & { id: string }> {
      for await (const resource of patients(5000, 10_000)) {
        taken += 1;
        ahead = Math.max(ahead, taken - stored);
        yield resource;
      }
    }
    await store.bulkInsert(watched(), { onProgress: (n) => (stored = n) });
    assert.equal(stored, 5000);
    assert.ok(ahead <= 2000, `${ahead} resources were held`);
  });

  it('fails with the error of the stream, or of a resource, and keeps whole chunks', async () => {
    async function* broken(): AsyncGenerator<NewVersion & { id: string }> {
      yield* patients(1200, 20_000);
      throw new Error('the source ended badly');
    }
    await assert.rejects(store.bulkInsert(broken()), /ended badly/);
    assert.equal((await store.read('Patient', 'bulk-20000'))?.versionId, 1);
    async function* invalid(): AsyncGenerator<NewVersion & { id: string }> {
      yield { ...patient(), id: 'not an id' };
    }
    await assert.rejects(store.bulkInsert(invalid()), TypeError);
  });
});
