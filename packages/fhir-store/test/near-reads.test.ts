/**
 * Reads of rows from the node that has them, on one server that has tables and a function as those of Citus: its two parts of fhir.resource are views.
 * docs/decisions/0187-costs-on-several-nodes.md
 */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { statementChannel, type MeasuredStatement } from '@dhp/postgres/measured';
import { typeNumber } from '@dhp/fhir-model';
import { createNearNodes, type NearNodes } from '../src/placement/near-nodes.ts';
import { readNear, readVersionNear } from '../src/statements/read-near.ts';
import { newVersion, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('near_reads');
const url = underTest.database.ownerUrl;
const { host, port } = parseDatabaseUrl(url);
const ids = ['a', 'b', 'c'];
const ty = typeNumber('Patient')!;

describe('reads from the node that has the row', () => {
  let sql: Sql;
  let near: NearNodes;
  before(async () => {
    const store = await underTest.open();
    for (const id of ids)
      await store.update({
        ...newVersion({ resourceType: 'Patient', id, name: [{ family: id }] }),
        id,
        ...unconditional,
      });
    sql = connect(url, { max: 1 });
    const part = (n: number) => `create view fhir.resource_${n} as select * from fhir.resource where shard & 1 = ${n}`;
    for (const each of [
      part(0),
      part(1),
      'create view fhir.history_0 as select * from fhir.history where shard & 1 = 0',
      'create view fhir.history_1 as select * from fhir.history where shard & 1 = 1',
      `create function get_shard_id_for_distribution_column(regclass, int) returns bigint language sql as 'select ($2 & 1)::bigint'`,
      'create table pg_dist_placement (shardid bigint, groupid int)',
      'create table pg_dist_node (groupid int, nodename text, nodeport int, noderole text)',
      'insert into pg_dist_placement values (0, 1), (1, 1)',
    ])
      await sql.unsafe(each);
    await sql`insert into pg_dist_node values (1, ${host}, ${port}::int, 'primary')`;
    near = createNearNodes(url, 2, { lock: 5_000, statement: 60_000 });
  });
  after(async () => {
    await near.close();
    await sql.end();
  });

  const families = async (asked: readonly string[]): Promise<(string | undefined)[]> => {
    const rows = await readNear(
      sql,
      near,
      asked.map((id) => ({ ty, id })),
      1_000_000,
    );
    return Array.from(
      rows,
      (row) => row && (JSON.parse(row.content!.toString()) as { name: [{ family: string }] }).name[0].family,
    );
  };

  /** The answers, with the number of statements that the node was sent for them. */
  const asked = (...which: string[]): Promise<[(string | undefined)[], number]> => counted(() => families(which));

  async function counted<R>(work: () => Promise<R>): Promise<[R, number]> {
    let count = 0;
    const heard = (message: unknown): void => {
      const { session, text } = message as MeasuredStatement;
      if (session === 'dhp fhir node reads' && text.includes('fhir.resource_')) count += 1;
    };
    subscribe(statementChannel, heard);
    try {
      return [await work(), count];
    } finally {
      unsubscribe(statementChannel, heard);
    }
  }

  it('asks the node that clients use until the other one answers, and from then on the other', async () => {
    assert.deepEqual(await families(['a']), ['a']);
    let [found, count] = await asked('a');
    for (const end = Date.now() + 30_000; count === 0 && Date.now() < end;) {
      assert.deepEqual(found, ['a']);
      [found, count] = await asked('a');
    }
    assert.deepEqual([found, count], [['a'], 1]);
  });

  it('asks each part once for what is asked together, and says what is not there', async () => {
    const parts = await sql`select distinct shard & 1 from fhir.identity where id = any('{a,b,c}')`;
    assert.deepEqual(await asked('b', 'none', 'a', 'b', 'c'), [['b', undefined, 'a', 'b', 'c'], parts.length]);
    assert.deepEqual(await asked('none'), [[undefined], 0]);
  });

  it('reads a version from the node, the current one or an earlier one', async () => {
    const store = await underTest.open();
    const next = { resourceType: 'Patient', id: 'd', name: [{ family: 'later' }] };
    const first = { ...next, name: [{ family: 'first' }] };
    for (const each of [first, next]) await store.update({ ...newVersion(each), id: 'd', ...unconditional });
    const family = async (ver: number, limit = 1_000_000): Promise<string | undefined> => {
      const row = await readVersionNear({ reads: sql, pages: sql }, near, { ty, id: 'd', ver }, limit);
      return row && (JSON.parse(row.content!.toString()) as typeof next).name[0]!.family;
    };
    const [found, count] = await counted(() => Promise.all([family(1), family(2), family(1, 10)]));
    assert.deepEqual([found, count], [['first', 'later', 'first'], 3]);
    assert.equal(await family(3), undefined);
    assert.equal(await readVersionNear({ reads: sql, pages: sql }, near, { ty, id: 'none', ver: 1 }, 1), undefined);
  });

  it('asks the node that clients use for what is not in the part, cannot be read there, or lies on a node that is away', async () => {
    await sql`update pg_dist_node set nodeport = 1`;
    assert.deepEqual(await asked('a', 'b'), [['a', 'b'], 0]);
    await sql`delete from pg_dist_placement`;
    assert.deepEqual(await asked('a', 'b'), [['a', 'b'], 0]);
    await sql`update pg_dist_node set nodeport = ${port}::int`;
    await sql`insert into pg_dist_placement values (0, 1), (1, 1)`;
    for (const n of [0, 1])
      await sql.unsafe(`create or replace view fhir.resource_${n} as select * from fhir.resource where false`);
    assert.deepEqual((await asked('a', 'b', 'c'))[0], ['a', 'b', 'c']);
    for (const n of [0, 1]) await sql.unsafe(`drop view fhir.resource_${n}`);
    assert.deepEqual((await asked('a', 'b', 'c'))[0], ['a', 'b', 'c']);
  });
});
