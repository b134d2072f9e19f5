/** Invariants that hold after every kind of failure. */
import assert from 'node:assert/strict';
import { connect } from '@dhp/postgres';
import type { FhirStore, StoredVersion } from '../src/index.ts';
import { assertIndexWhole } from './index-wholeness.ts';

export async function assertStored(store: FhirStore, versions: StoredVersion[]): Promise<void> {
  for (const { type, id, versionId, content } of versions) {
    const found = await store.vread(type, id, versionId);
    assert.ok(found?.content.equals(content), `${type}/${id}/${versionId} was acknowledged and is not there`);
  }
}

/** No half write: every name has a current version, every earlier version is in the history, and nothing else is; the index agrees. */
export async function assertWhole(url: string): Promise<void> {
  const sql = connect(url, { max: 1 });
  const rows = await sql`
    select d.id from fhir.identity d
    full join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    left join lateral (select count(*) as n, max(ver) as top from fhir.history h where h.rid = r.rid and h.shard = r.shard) h on true
    where d.rid is null or r.rid is null or h.n <> r.ver - 1 or coalesce(h.top, 0) <> r.ver - 1`;
  await sql.end();
  assert.deepEqual([...rows], []);
  await assertIndexWhole(url);
}
