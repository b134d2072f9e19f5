/**
 * The store on several nodes. Each door either answers as on one node, or is refused by Citus in the way that is written here: one that begins to work
 * fails this test until it is said so. docs/decisions/0107-distributed.md
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrations, openStore, type FhirStore } from '../../packages/fhir-store/src/index.ts';
import { distribute } from '../../packages/fhir-store/src/placement/distribute.ts';
import { newVersion, unconditional, type Body } from '../../packages/fhir-store/test/database.ts';
import { names, search } from '../../packages/fhir-store/test/search-world.ts';
import { connect, migrate, type Sql } from '../../packages/postgres/src/index.ts';
import { startCluster, withoutCitus, type Cluster } from './cluster.ts';

const locks = /could not run distributed query with FOR UPDATE/;
const limits = /cannot push down this subquery/;
const joins = /complex joins are only supported when all distributed tables are co-located/;

describe('the store on a coordinator and two workers', { skip: withoutCitus }, () => {
  let cluster: Cluster | undefined;
  let owner: Sql;
  let store: FhirStore;
  before(async () => {
    cluster = await startCluster({ workers: 2 });
    owner = connect(cluster.url, { max: 1 });
    await migrate(owner, migrations);
    await distribute(owner, { shards: 8 });
    await distribute(owner); // nothing is left to do
    // A plan without values is refused: it does not say which nodes are asked.
    const url = `${cluster.url}?plan_cache_mode=force_custom_plan`;
    store = await openStore({ url, timeZone: 'Asia/Tashkent', ownBases: [] });
    for (const id of ['a', 'b', 'c'])
      await put({ resourceType: 'Patient', id, name: [{ family: `Karimova${id}` }], active: true });
    for (const id of ['a', 'b', 'c']) await put(observation(`of-${id}`, id));
  });
  after(async () => {
    await (store as FhirStore | undefined)?.close();
    await (owner as Sql | undefined)?.end();
    await cluster?.close();
  });

  const put = (body: Body & { id: string }) => store.update({ ...newVersion(body), id: body.id, ...unconditional });
  const observation = (id: string, of: string): Body & { id: string } => ({
    ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/${of}` } },
    code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
    ...{ effectiveDateTime: '2026-01-01', valueQuantity: { value: 120, unit: 'mmHg' } },
  });

  it('spreads the rows of patients, each with those of its patient', async () => {
    const rows = await owner<{ node: string; n: string }[]>`
      select nodeport::text as node, count(*) as n from citus_shards
      where table_name = 'fhir.resource'::regclass group by 1`;
    assert.equal(rows.length, 2, 'both workers have parts');
    const [found] = await owner<{ alone: string; shards: string }[]>`
      select count(*) filter (where s.shard is null) as alone, count(distinct r.shard) as shards
      from fhir.resource r left join fhir.search s on s.rid = r.rid and s.shard = r.shard`;
    assert.deepEqual(found, { alone: '0', shards: '3' });
  });

  it('reads the current version, and one by its number', async () => {
    assert.equal((await store.read('Patient', 'a'))?.versionId, 1);
    const several = await Promise.all(['a', 'b', 'none'].map((id) => store.read('Patient', id)));
    assert.deepEqual(
      several.map((version) => version?.id),
      ['a', 'b', undefined],
    );
    assert.equal((await store.vread('Observation', 'of-b', 1))?.versionId, 1);
    assert.equal(await store.vread('Observation', 'of-b', 2), undefined);
  });

  it('gives an id once, whoever asks for it at the same time', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        put({ resourceType: 'Patient', id: 'once', gender: n % 2 ? 'male' : 'female' }),
      ),
    );
    const created = outcomes.filter((each) => each.status === 'fulfilled' && each.value.kind === 'created');
    assert.equal(created.length, 1);
    const rows = await owner`select 1 from fhir.resource where id = 'once'`;
    assert.equal(rows.length, 1);
  });

  const searches: readonly (readonly [string, string, readonly string[]])[] = [
    ['Observation', 'patient=a', ['of-a']],
    ['Observation', 'patient=a&code=8480-6', ['of-a']],
    ['Observation', 'code=8480-6', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'code=http://loinc.org|8480-6&_sort=-date', ['of-a', 'of-b', 'of-c']],
    ['Observation', 'date=2026-01-01&status=final', ['of-a', 'of-b', 'of-c']],
    ['Observation', '_id=of-b', ['of-b']],
    ['Patient', 'family=Karimovab', ['b']],
    ['Patient', 'name=karimova', ['a', 'b', 'c']],
  ];
  for (const [type, query, expected] of searches) {
    it(`searches ${type}?${query}`, async () => {
      const found = names(await search(store, type, query)).map((name) => name.split('/')[1]!);
      assert.deepEqual(found.sort(), expected);
    });
  }

  it('pages over nodes without losing or repeating any', async () => {
    const seen: string[] = [];
    for (let cursor: string | undefined, n = 0; n < 5; n += 1) {
      const page = await search(store, 'Observation', 'code=8480-6', {
        count: 1,
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...names(page));
      cursor = page.next;
      if (cursor === undefined) break;
    }
    assert.deepEqual(seen.sort(), ['Observation/of-a', 'Observation/of-b', 'Observation/of-c']);
  });

  it('includes what is referred to, and counts', async () => {
    const page = await search(store, 'Observation', 'patient=a&_include=Observation:patient');
    assert.deepEqual(
      page.included.map(({ id }) => id),
      ['a'],
    );
    assert.equal((await search(store, 'Patient', 'name=karimova', { total: 'accurate' })).total?.value, 3);
  });

  it('stores a transaction of new resources over several shards, whole or not at all', async () => {
    const create = (id: string) => ({
      ...{ kind: 'update' as const, id, ...unconditional },
      ...newVersion({ resourceType: 'Patient', id }),
    });
    const outcome = await store.transaction(['t1', 't2', 't3', 't4'].map(create));
    assert.equal(outcome.kind, 'committed');
    const rows = await owner`select distinct shard from fhir.resource where id = any('{t1,t2,t3,t4}')`;
    assert.equal(rows.length, 4);
  });

  const refused: readonly (readonly [string, RegExp, () => Promise<unknown>])[] = [
    ['an update', locks, () => put({ ...observation('of-a', 'a'), status: 'amended' })],
    ['a move to another patient', locks, () => put(observation('of-a', 'b'))],
    ['a deletion', locks, () => store.delete({ type: 'Observation', id: 'of-a' })],
    ['the history of a resource', joins, () => store.history('Observation', 'of-c', { count: 5 })],
    ['the history of a type', joins, () => store.historyOf({ type: 'Patient', count: 5 })],
    ['the history of all', joins, () => store.historyOf({ count: 5 })],
    ['the feed of changes', joins, () => store.changes({ limit: 5 })],
    [
      'an order by time of what a name finds',
      limits,
      () => search(store, 'Patient', 'name=karimova&_sort=_lastUpdated'),
    ],
    ['a reverse chain', joins, () => search(store, 'Patient', '_has:Observation:patient:code=8480-6')],
  ];
  for (const [name, reason, ask] of refused) {
    it(`does not yet answer ${name}`, async () => {
      const error = await ask().then(
        () => assert.fail(`${name} is answered: say so here and in the decision`),
        (thrown: unknown) => thrown,
      );
      assert.match(messages(error), reason);
      // Nothing of it was stored.
      assert.equal((await store.read('Observation', 'of-a'))?.versionId, 1);
    });
  }
});

function messages(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${messages(error.cause)}` : '';
}
