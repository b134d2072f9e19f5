/** Entries are made in the background, without cost for requests: in small transactions that leave capacity for searches and writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readable } from 'node:stream';
import { until } from '@dhp/postgres/testing';
import { newVersion, storeUnderTest } from './database.ts';
import { search } from './search-world.ts';

const underTest = await storeUnderTest('search_full_text_bounds');
const { database } = underTest;
const { sql } = database;
const store = await underTest.open();

/** Two full batches, and a partial one. */
const many = 1_200;
const large = 6;
const ofLarge = 1_500_000;

await store.bulkInsert(
  Readable.from(
    [
      ...Array.from({ length: many }, (_, n) => ({ resourceType: 'Flag', status: 'active', code: { text: `w${n}` } })),
      ...Array.from({ length: large }, (_, n) => ({
        resourceType: 'Basic',
        code: { text: `w${n} `.repeat(Math.ceil(ofLarge / 3)) },
      })),
    ].map((body, n) => ({ ...newVersion(body), id: `r${n}` })),
  ),
);

test('at most 500 resources, or 4 MB and one more, are made in a transaction', async () => {
  await until('all writes have ended', async () => {
    const [row] = await sql<{ ended: boolean }[]>`
      select bool_and(txid < pg_snapshot_xmin(pg_current_snapshot())) as ended from fhir.resource`;
    return row!.ended;
  });
  await search(store, 'Flag', '_content=w1');
  await until('all texts are made', async () => {
    const [row] = await sql<{ missing: number }[]>`
      select count(*)::int as missing from fhir.resource r where not exists (select from fhir.text t where t.rid = r.rid)`;
    return row!.missing === 0;
  });

  const made = await sql<{ resources: number; bytes: number; last: number }[]>`
    select count(*)::int as resources, sum(octet_length(r.content))::int as bytes, max(octet_length(r.content))::int as last
    from fhir.text t join fhir.resource r using (rid, shard) group by t.xmin`;
  assert.equal(
    made.reduce((sum, { resources }) => sum + resources, 0),
    many + large,
  );
  for (const { resources, bytes, last } of made) {
    assert.ok(resources <= 500, `${resources} in one transaction`);
    assert.ok(bytes - last < 4_000_000, `${bytes} bytes in one transaction, the largest has ${last}`);
  }
});
