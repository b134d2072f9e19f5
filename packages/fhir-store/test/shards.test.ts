import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { shardKeyOf } from '../src/placement/shard-key.ts';
import type { FhirStore, NewVersion } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('shards');

function observation(subject: string | undefined, n = 0): NewVersion {
  const reference = subject === undefined ? {} : { subject: { reference: `Patient/${subject}` } };
  return newVersion({ resourceType: 'Observation', status: 'final', ...reference, valueInteger: n });
}

const shardOfPatient = (id: string): number => shardKeyOf({ resourceType: 'Patient' }, id);

describe('the shard of a resource', () => {
  let stores: FhirStore[];
  before(async () => (stores = [await underTest.open(), await underTest.open()]));

  /** The shards of all rows of a resource. */
  async function shards(id: string): Promise<number[]> {
    const rows = await underTest.database.sql<{ shard: number }[]>`
      with named as (select rid, shard from fhir.identity where id = ${id})
      select shard from named
      union all select r.shard from fhir.resource r join named using (rid)
      union all select h.shard from fhir.history h join named using (rid)`;
    return rows.map(({ shard }) => shard);
  }

  it("is its patient's, and a patient's own", async () => {
    const store = stores[0]!;
    await store.update({ ...patient(), id: 'p1', ...unconditional });
    await store.update({ ...observation('p1'), id: 'o1', ...unconditional });
    await store.update({ ...observation(undefined), id: 'o2', ...unconditional });
    assert.deepEqual(new Set([...(await shards('p1')), ...(await shards('o1'))]), new Set([shardOfPatient('p1')]));
    assert.deepEqual(new Set(await shards('o2')), new Set([shardKeyOf({ resourceType: 'Observation' }, 'o2')]));
  });

  it('moves with all its versions when its patient changes, and stays when it is deleted', async () => {
    const store = stores[0]!;
    for (let n = 0; n < 4; n += 1) await store.update({ ...observation('p1', n), id: 'moved', ...unconditional });
    await store.update({
      ...observation('p2', 4),
      id: 'moved',
      requireMatch: true,
      createAllowed: false,
      ifMatch: [4],
    });
    assert.deepEqual(await shards('moved'), new Array(6).fill(shardOfPatient('p2')));
    await store.delete({ type: 'Observation', id: 'moved' });
    assert.deepEqual(await shards('moved'), new Array(7).fill(shardOfPatient('p2')));
    await store.update({ ...observation('p1', 9), id: 'moved', ...unconditional });
    assert.deepEqual(await shards('moved'), new Array(8).fill(shardOfPatient('p1')));
    assert.equal((await store.history('Observation', 'moved', { count: 9 })).versions.length, 7);
    assert.match((await store.vread('Observation', 'moved', 1))!.content.toString(), /"valueInteger":0/);
  });

  it('never leaves a version behind when servers move it to and fro', async () => {
    const id = 'contested';
    const outcomes = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        stores[n % 2]!.update({ ...observation(`p${n % 3}`, n), id, ...unconditional }),
      ),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'updated').length, 119);
    const found = await shards(id);
    assert.equal(found.length, 121);
    assert.equal(new Set(found).size, 1);
    const { versions } = await stores[0]!.history('Observation', id, { count: 200 });
    assert.equal(versions.length, 120);
  });
});
