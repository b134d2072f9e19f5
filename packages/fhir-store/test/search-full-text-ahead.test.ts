import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirStore } from '../src/index.ts';
import { newVersion, storeUnderTest } from './database.ts';
import { names, put, search } from './search-world.ts';

const underTest = await storeUnderTest('search_full_text_ahead');
const { sql } = underTest.database;
let store: FhirStore;

/** More than a batch of them. */
const amount = 1_200;

before(async () => {
  store = await underTest.open();
  const load = Array.from({ length: amount }, (_, n) => ({
    ...newVersion({ resourceType: 'Flag', status: 'active', code: { text: `common of${n % 3}` } }),
    id: `flag-${n}`,
  }));
  await store.bulkInsert(Readable.from(load));
  await put(store, { resourceType: 'Basic', id: 'a', code: { text: 'rare' } });
});

/** Entries are made of versions before which no open transaction of the cluster can appear, and other suites have open ones. */
async function allHaveEnded(): Promise<void> {
  for (;;) {
    const [row] = await sql<{ ended: boolean }[]>`
      select bool_and(txid < pg_snapshot_xmin(pg_current_snapshot())) as ended from fhir.resource`;
    if (row!.ended) return;
    await delay(20);
  }
}

/** Waits until every current version has its words. */
async function allHaveEntries(): Promise<void> {
  for (;;) {
    const [row] = await sql<{ missing: number }[]>`select count(*)::int as missing from fhir.resource r
      where not deleted and not exists (
        select from fhir.text t where t.rid = r.rid and t.shard = r.shard and t.txid = r.txid)`;
    if (row!.missing === 0) return;
    await delay(20);
  }
}

describe('the words of types that are asked', () => {
  it('are made before those of all others, whenever they were written', async () => {
    await allHaveEnded();
    assert.deepEqual(names(await search(store, 'Basic', '_content=rare')), ['Basic/a']);
    await allHaveEntries();
    const made = await sql<{ ty: number; at: string }[]>`select r.ty, min(t.xmin::text::bigint) as at
      from fhir.text t join fhir.resource r using (rid, shard) group by r.ty order by 2`;
    const [first] = await sql<{ ty: number }[]>`select ty from fhir.identity where id = 'a'`;
    assert.equal(made.length, 2);
    assert.equal(made[0]!.ty, first!.ty);
    assert.ok(Number(made[0]!.at) < Number(made[1]!.at));
  });

  it('find what is changed and created behind where they have come to', async () => {
    await put(store, { resourceType: 'Basic', id: 'a', code: { text: 'changed' } });
    await put(store, { resourceType: 'Basic', id: 'b', code: { text: 'rare' } });
    assert.deepEqual(names(await search(store, 'Basic', '_content=rare')), ['Basic/b']);
    assert.deepEqual(names(await search(store, 'Basic', '_content=changed')), ['Basic/a']);
    await allHaveEntries();
    assert.deepEqual(names(await search(store, 'Basic', '_content=rare')), ['Basic/b']);
    await store.delete({ type: 'Basic', id: 'b' });
    assert.deepEqual(names(await search(store, 'Basic', '_content=rare')), []);
  });
});

describe('a word that is in most resources', () => {
  it('fills a page, and is counted', async () => {
    for (const [query, expected] of [
      ['common', amount],
      ['of1', amount / 3],
      ['common -of1', (2 * amount) / 3],
    ] as const) {
      const page = await search(store, 'Flag', `_content=${query}`, { count: 7, total: 'accurate' });
      assert.equal(page.matches.length, 7);
      assert.deepEqual(page.total, { value: expected, accurate: true });
      const next = await search(store, 'Flag', `_content=${query}`, { count: 7, cursor: page.next! });
      assert.equal(new Set([...names(page), ...names(next)]).size, 14);
    }
  });

  it('is looked for in narratives of those that have one', async () => {
    const text = (status: string | undefined) => ({
      status,
      div: '<div xmlns="http://www.w3.org/1999/xhtml">common</div>',
    });
    await put(
      store,
      { resourceType: 'Flag', id: 'told', text: text('generated') },
      { resourceType: 'Flag', id: 'without-status', text: text(undefined) },
    );
    assert.deepEqual(names(await search(store, 'Flag', '_text=common')), ['Flag/told']);
    await allHaveEntries();
    assert.deepEqual(names(await search(store, 'Flag', '_text=common')), ['Flag/told']);
  });
});
