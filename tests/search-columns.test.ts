/**
 * A new column of the search index needs one entry in its declaration and a migration: every statement that writes index rows then writes
 * it, those that replace rows compare it, and reindexing fills it.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { testDatabase } from '@dhp/postgres/testing';
import type { SentColumn } from '../packages/search-index/src/schema/column.ts';
import { searchRow } from '../packages/search-index/src/schema/search-row.ts';

const added: SentColumn<'number'> = {
  ...{ column: 'added', type: 'int', encoding: 'number', from: 'resource' },
  ...{ holds: 'how long the name of the resource is', ofContained: true },
  of: ({ name }) => name.length,
};
// Before any module is loaded that builds its lists from it.
Object.assign(searchRow, { added });
const { migrations, openStore } = await import('@dhp/fhir-store');

const database = await testDatabase({ name: 'added_column', migrations: [migrations] });
const { sql, url } = database;

function version(id: string, members: object = {}) {
  const text = JSON.stringify({ resourceType: 'Patient', id, active: true, ...members });
  return { type: 'Patient', source: scanJson(text), resource: JSON.parse(text) as Record<string, unknown> };
}

async function values(): Promise<[id: string, added: number | null][]> {
  const rows = await sql`
    select d.id, s.added from fhir.search s join fhir.identity d on d.rid = s.rid and d.shard = s.shard order by d.id`.values();
  return [...rows] as [string, number | null][];
}

describe('a column that is added to the declaration', () => {
  let store: Awaited<ReturnType<typeof openStore>>;
  const options = { requireMatch: false, createAllowed: true };

  before(async () => {
    await sql`alter table fhir.search add column added int`;
    await sql`alter table fhir.contained add column added int`;
    store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  });
  after(async () => {
    await store.close();
    await database.drop();
  });

  it('is written with new resources', async () => {
    const created = await store.create(version('ignored'));
    assert.ok(created.kind === 'created');
    await store.update({ ...version('named'), id: 'named', ...options });
    await store.transaction([{ kind: 'update', ...version('together'), id: 'together', ...options }]);
    const expected: [string, number][] = [
      [created.version.id, 'Patient/'.length + created.version.id.length],
      ['named', 'Patient/named'.length],
      ['together', 'Patient/together'.length],
    ];
    assert.deepEqual(await values(), expected.sort());
  });

  it('is compared when a resource is replaced, one by one or together', async () => {
    await sql`update fhir.search set added = 0`;
    await store.update({ ...version('named', { language: 'uz' }), id: 'named', ...options });
    await store.transaction([
      { kind: 'update', ...version('together', { language: 'uz' }), id: 'together', ...options },
    ]);
    const lengths = new Map(await values());
    assert.deepEqual(
      [lengths.get('named'), lengths.get('together')],
      ['Patient/named'.length, 'Patient/together'.length],
    );
  });

  it('is made by indexing anew', async () => {
    await sql`update fhir.search set added = 0, version = 0`;
    await sql`update fhir.index_state set complete = false`;
    await store.reindex();
    assert.ok((await values()).every(([id, length]) => length === `Patient/${id}`.length));
  });

  it('is written with contained resources, and replaced', async () => {
    const contained = [{ resourceType: 'Practitioner', id: 'inside', active: true }];
    const members = { contained, generalPractitioner: [{ reference: '#inside' }] };
    await store.update({ ...version('container', members), id: 'container', ...options });
    const length = async (): Promise<unknown> => (await sql`select added from fhir.contained`.values()).flat();
    assert.deepEqual(await length(), ['Practitioner/inside'.length]);
    await sql`update fhir.contained set added = 0, generation = -1`;
    await store.update({ ...version('another', members), id: 'another', ...options });
    assert.deepEqual(await length(), ['Practitioner/inside'.length]);
  });
});
