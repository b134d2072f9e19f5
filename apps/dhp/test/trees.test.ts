/** Indexes and tables in partitions, wherever these lie: each is checked by itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { migrations } from '@dhp/fhir-store/migrations';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { checkTrees, type TreeReport } from '../src/verify/trees.ts';

describe('tables in partitions', () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase({ name: 'trees', migrations: [migrations], partitions: 2 });
  });
  after(() => database.drop());
  const check = (): Promise<TreeReport> => checkTrees(database.sql, ['fhir', 'fhir_audit'], () => undefined);

  it('are checked one by one, with all others', async () => {
    const { state, count, broken, tables, brokenTables } = await check();
    assert.deepEqual([state, broken, brokenTables], ['checked', [], []]);
    const [all] = await database.sql<{ tables: number; parts: number; indexes: number }[]>`
      select count(*) filter (where relkind = 'r')::int as tables, count(*) filter (where relkind = 'r' and nspname = 'parts')::int as parts,
        count(*) filter (where relkind = 'i' and amname = 'btree')::int as indexes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am a on a.oid = c.relam
      where nspname !~ '^(pg_|information_schema)'`;
    assert.ok(all!.parts >= 20, String(all!.parts));
    assert.deepEqual([tables, count], [all!.tables, all!.indexes]);
  });

  it('have a part named whose index does not agree with it', async () => {
    const { sql } = database;
    const [part] = await sql<{ name: string; oid: number }[]>`
      select i.indexrelid::regclass::text as name, i.indexrelid::int as oid from pg_index i
      where i.indrelid = 'parts.resource_1'::regclass and not i.indisunique order by 1 limit 1`;
    await sql`update pg_index set indisready = false where indexrelid = ${part!.oid}`;
    await sql`
      insert into parts.resource_1 (rid, shard, ty, id, ver, upd, deleted, content, txid)
      select 1, s, 1, 'a', 1, now(), false, '', '3' from generate_series(1, 100) s
      where satisfies_hash_partition('fhir.resource'::regclass, 2, 1, s::int) limit 1`;
    await sql`update pg_index set indisready = true where indexrelid = ${part!.oid}`;
    const { broken } = await check();
    assert.deepEqual(
      broken.map(({ index }) => index),
      [part!.name],
    );
  });
});
