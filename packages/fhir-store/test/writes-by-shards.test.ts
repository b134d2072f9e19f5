/**
 * Writes if each shard stores its own, on four partitions that are each written to alone; the index is checked at the end.
 * docs/decisions/0185-writes-by-shards.md
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { before, describe, it } from 'node:test';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';
import type { FhirStore } from '../src/index.ts';
import { shardKeyOf } from '../src/placement/shard-key.ts';
import type { ShardMap } from '../src/placement/shard-map.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';
import { names, search } from './search-world.ts';

const parts = 4;
const underTest = await storeUnderTest('writes_by_shards', parts);
const patients = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

const observation = (id: string, of: string, code: string, more: object = {}): Body & { id: string } => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/${of}` } },
  code: { coding: [{ system: 'http://loinc.org', code }] },
  ...{ effectiveDateTime: '2026-01-01', valueQuantity: { value: 120, unit: '% of "all" \\ $1' } },
  ...more,
});

/** The partition of each patient's rows, and of resources without a patient, as PostgreSQL has placed it. */
async function mapOfParts(): Promise<ShardMap> {
  const keys = patients.map((id) => shardKeyOf({ resourceType: 'Patient' }, id));
  const rows = await underTest.database.sql<{ key: number; part: number }[]>`
    select k as key, p as part from unnest(${`{${keys.join(',')}}`}::int[]) as k, generate_series(0, ${parts - 1}::int) as p
    where satisfies_hash_partition('fhir.resource'::regclass, ${parts}::int, p, k)`;
  const known = new Map(rows.map(({ key, part }) => [key, part]));
  return { nameOf: (key) => known.get(key) ?? assert.fail(`key ${key}`) };
}

describe('writes of which each shard stores its own', () => {
  let store: FhirStore;
  let map: ShardMap;
  const { sql } = underTest.database;
  before(async () => {
    map = await mapOfParts();
    store = await underTest.open({ url: underTest.database.ownerUrl, isSpread: true, shards: map });
    for (const id of patients) await put({ resourceType: 'Patient', id, name: [{ family: id }] });
  });

  const put = (body: Body & { id: string }) => store.update({ ...newVersion(body), id: body.id, ...unconditional });
  const found = async (query: string): Promise<string[]> =>
    names(await search(store, 'Observation', query))
      .map((name) => name.split('/')[1]!)
      .sort();

  /** The number of statements that store rows in shards. */
  async function told(work: () => Promise<unknown>): Promise<number> {
    let count = 0;
    const heard = (message: unknown): void => {
      if ((message as MeasuredStatement).text.includes('fhir.store_on_shard(')) count += 1;
    };
    subscribe(statementChannel, heard);
    try {
      await work();
      return count;
    } finally {
      unsubscribe(statementChannel, heard);
    }
  }

  it('stores first versions by one statement of their shard, under ids of the server and of the client', async () => {
    let id = '';
    const created = async () => {
      const outcome = await store.create(newVersion(observation('x', 'a', 'first')));
      assert.equal(outcome.kind, 'created');
      id = 'version' in outcome ? outcome.version.id : '';
    };
    assert.equal(await told(created), 1);
    assert.equal(await told(() => put(observation('of-a', 'a', 'first'))), 1);
    assert.deepEqual(await found('code=first'), [id, 'of-a'].sort());
    const [row] = await sql<{ seen: boolean; n: string }[]>`
      select bool_and(r.txid < pg_snapshot_xmax(pg_current_snapshot())) as seen, count(*) as n
      from fhir.resource r join fhir.identity d on d.rid = r.rid and d.shard = r.shard where r.id in (${id}, 'of-a')`;
    assert.deepEqual(row, { seen: true, n: '2' });
  });

  it('replaces versions: with the same postings, with others, not at all, by a deletion, and behind it', async () => {
    await put(observation('changed', 'b', 'one'));
    assert.equal((await put(observation('changed', 'b', 'one'))).kind, 'unchanged');
    const noted = await put(observation('changed', 'b', 'one', { note: [{ text: 'x' }] }));
    assert.equal(noted.kind, 'updated');
    await put(observation('changed', 'b', 'two', { effectiveDateTime: '2026-02-02', valueQuantity: { value: 5 } }));
    assert.deepEqual(await found('code=one'), []);
    assert.deepEqual(await found('code=two&date=2026-02-02&value-quantity=5'), ['changed']);
    assert.equal((await store.delete({ type: 'Observation', id: 'changed' })).kind, 'deleted');
    assert.deepEqual(await found('code=two'), []);
    const again = await put(observation('changed', 'b', 'three'));
    assert.equal('version' in again && again.version.versionId, 5);
    assert.deepEqual(await found('code=three'), ['changed']);
    const kept = await sql`select 1 from fhir.history h join fhir.identity d using (rid, shard) where d.id = 'changed'`;
    assert.equal(kept.length, 4);
  });

  it('goes to another shard as a whole', async () => {
    const [one, other] = ofTwoShards();
    await put(observation('moved', one, 'moves'));
    await put(observation('moved', other, 'moves'));
    await put(observation('moved', other, 'moved'));
    assert.deepEqual(await found('code=moved'), ['moved']);
    const rows = await sql<{ shard: number }[]>`
      select shard from fhir.resource where id = 'moved' union all select shard from fhir.identity where id = 'moved'`;
    assert.deepEqual(
      new Set(rows.map(({ shard }) => shard)),
      new Set([shardKeyOf({ resourceType: 'Patient' }, other)]),
    );
  });

  it('gives one of many at the same time an id, and none of them a version twice', async () => {
    const outcomes = await Promise.all(
      patients.map((_, n) => put(observation('once', 'c', 'same', { effectiveDateTime: `2026-01-0${n + 1}` }))),
    );
    assert.equal(outcomes.filter(({ kind }) => kind === 'created').length, 1);
    const versions = outcomes.map((each) => ('version' in each ? each.version.versionId : 0));
    assert.deepEqual(
      versions.sort((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
    const rows = await sql<{ txid: string }[]>`
      select v.txid::text as txid from (select rid, ver, txid from fhir.history union all select rid, ver, txid from fhir.resource) v
      join fhir.identity d using (rid) where d.id = 'once' order by v.ver`;
    const numbers = rows.map(({ txid }) => BigInt(txid));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => (a < b ? -1 : 1)),
      'each comes behind the one before',
    );
  });

  it('stores transactions over shards as a whole, or nothing of them', async () => {
    const [one, other] = ofTwoShards();
    await put(observation('in-both', one, 'before'));
    const writes = (code: string, id: string) => [
      { kind: 'update' as const, ...newVersion(observation('in-both', one, code)), id: 'in-both', ...unconditional },
      { kind: 'create' as const, ...newVersion(observation(id, other, code)), id },
    ];
    const all = () => store.transaction(writes('after', 'with-it'), {});
    assert.equal(await told(all), 2);
    assert.deepEqual(await found('code=after'), ['in-both', 'with-it']);
    const refused = await store.transaction(writes('never', 'with-it'), {});
    assert.equal(refused.kind, 'refused');
    assert.deepEqual(await found('code=never'), []);
    assert.deepEqual(await found('code=after'), ['in-both', 'with-it']);
  });

  function ofTwoShards(): [string, string] {
    const at = (id: string): number => map.nameOf(shardKeyOf({ resourceType: 'Patient' }, id));
    return ['a', patients.find((id) => at(id) !== at('a'))!];
  }
});
