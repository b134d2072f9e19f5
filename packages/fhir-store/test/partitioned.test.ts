import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import type { Change } from '../src/change-feed.ts';
import { newVersion, patient, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';

/** Every table by hash of its shard, the directory by its ids, in four parts each. */
async function partitionedSchema(): Promise<string> {
  const [text, functions, indexes, index, ...later] = (await Promise.all(
    [
      '0001_resources',
      '0004_transactions',
      '0005_history_by_time',
      '0006_index_rows',
      '0007_reference_integrity',
      '0010_method',
      '0012_own_parameters',
      '0014_string_parts',
      '0016_indexed_meanwhile',
      '0019_postings_by_index_alone',
      '0020_contained',
      '0021_boundary',
      '0022_contained_kept',
      '0023_boundary_rings',
      '0024_strings_by_index_alone',
      '0025_narrower_index',
      '0026_systems_in_postings_alone',
      '0027_values_without_ends',
      '0028_writer',
      '0029_disregarded_references',
      '0031_server_name',
      '0033_index_gate',
      '0034_index_jobs',
      '0035_index_definitions',
      '0037_index_gaps',
      '0038_single_use_memory',
      '0039_references_together',
      '0040_answers',
      '0041_second_index',
      '0042_next_index',
      '0044_whole_words',
      '0045_empty_index_table',
      '0046_audit',
      '0047_long_texts',
      '0048_server_runs',
      '0049_audit_acts',
      '0051_access_policies',
      '0054_consents',
      '0055_care',
      '0056_break_glass',
      '0057_labels',
      '0058_labels_found',
      '0059_consents_decided',
      '0060_audit_tree',
      '0061_break_glass_patient',
      '0062_reviews_of_glass',
      '0063_default_policies',
      '0067_consent_parts',
      '0068_standing',
      '0073_audit_agents',
      '0074_groups_untold',
      '0086_request_log',
      '0088_shards_of_links',
      '0089_consents_asked',
      '0090_consents_that_may_refuse',
      '0104_jobs',
      '0120_exports',
      '0121_job_share',
      '0125_subscriptions',
    ].map((name) => readFile(new URL(`${name}.sql`, migrations.directory), 'utf8')),
  )) as [string, string, string, string, ...string[]];
  const byShard = ['resource', 'history', 'search', 'tok', 'num', 'str', 'date'];
  const key = { identity: 'id', ...Object.fromEntries(byShard.map((table) => [table, 'shard'])) };
  let sql = `${text}\n${index.replace(/^drop table .*$/m, '')}`;
  sql = sql.replaceAll(/, set \(toast_tuple_target = \d+\)/g, ''); // a matter of each part
  for (const [table, column] of Object.entries(key)) {
    const definition = new RegExp(`create table fhir\\.${table} \\([^;]*\\n\\)(?=;)`);
    assert.match(sql, definition);
    const parts = [0, 1, 2, 3].map(
      (n) =>
        `;\ncreate table fhir.${table}_${n} partition of fhir.${table} for values with (modulus 4, remainder ${n})`,
    );
    sql = sql.replace(definition, (found) => `${found} partition by hash (${column})${parts.join('')}`);
  }
  // Indexes of a partitioned table cannot be built concurrently.
  const rest = [functions, ...later, indexes].join('\n').replaceAll(' concurrently', '');
  return `create schema fhir;\n${sql}\n${rest}`;
}

describe('the same statements on partitioned tables', () => {
  let database: TestDatabase;
  let stores: FhirStore[] = [];
  before(async () => {
    database = await testDatabase({ name: 'partitioned' });
    await database.sql.unsafe(await partitionedSchema());
    stores = await Promise.all([1, 2].map(() => openStore({ url: database.url, timeZone: 'Asia/Tashkent' })));
  });
  after(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  it('writes, reads, moves, deletes, pages and follows', async () => {
    const [one, two] = stores as [FhirStore, FhirStore];
    const created = await Promise.all(Array.from({ length: 300 }, (_, n) => stores[n % 2]!.create(patient())));
    const ids = created.map((outcome) => ('version' in outcome ? outcome.version.id : ''));
    const read = await Promise.all(ids.map((id) => one.read('Patient', id)));
    assert.ok(read.every((version) => version?.versionId === 1));
    const used = await database.sql`select count(distinct tableoid)::int as parts from fhir.resource`;
    assert.equal(used[0]!['parts'], 4);

    for (let n = 0; n < 8; n += 1) {
      const body = newVersion({ resourceType: 'Observation', subject: { reference: `Patient/${ids[n % 4]!}` }, n });
      await stores[n % 2]!.update({ ...body, id: 'moving', ...unconditional });
    }
    await two.delete({ type: 'Observation', id: 'moving' });
    const { versions, total } = await one.history('Observation', 'moving', { count: 20 });
    assert.equal(total, 9);
    assert.deepEqual(
      versions.map(({ versionId, deleted }) => `${versionId}${deleted ? ' deleted' : ''}`),
      ['9 deleted', '8', '7', '6', '5', '4', '3', '2', '1'],
    );
    assert.equal((await one.vread('Observation', 'moving', 3))?.versionId, 3);

    const seen: Change[] = [];
    // The order of commits waits for the open transactions of the whole server, those of other tests too.
    for (const end = Date.now() + 20_000; seen.length < 309 && Date.now() < end;) {
      const since: string | undefined = seen.at(-1)?.position;
      seen.push(...(await two.changes({ limit: 50, ...(since === undefined ? {} : { since }) })));
    }
    assert.equal(seen.length, 309);
    assert.equal(new Set(seen.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`)).size, 309);

    const all = [];
    for (let cursor: string | undefined; ;) {
      const page = await one.historyOf({ count: 50, ...(cursor === undefined ? {} : { cursor }) });
      all.push(...page.versions);
      if (page.next === undefined) break;
      cursor = page.next;
    }
    assert.equal(all.length, 309);
    assert.equal(new Set(all.map(({ type, id, versionId }) => `${type}/${id}/${versionId}`)).size, 309);
    await assertIndexWhole(database.url);
  });

  it('stores transactions, in which resources move, from two servers', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `together-${n}`);
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        stores[n % 2]!.transaction(
          (n % 3 === 0 ? [...names].reverse() : names).map((id) => ({
            kind: 'update',
            id,
            ...newVersion({ resourceType: 'Observation', subject: { reference: `Patient/p${n % 5}` }, n }),
            ...unconditional,
          })),
        ),
      ),
    );
    assert.ok(outcomes.every(({ kind }) => kind === 'committed'));
    for (const id of names) {
      const { versions, total } = await stores[0]!.history('Observation', id, { count: 20 });
      assert.equal(total, 12);
      assert.deepEqual(
        versions.map(({ versionId }) => versionId),
        Array.from({ length: 12 }, (_, n) => 12 - n),
      );
    }
    await assertIndexWhole(database.url);
  });
});
