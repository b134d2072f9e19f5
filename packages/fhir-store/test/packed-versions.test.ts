/** Packed versions are returned like plain ones by every reader; packing can be continued and undone. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase, until, type TestDatabase } from '@dhp/postgres/testing';
import { trailKeys } from '@dhp/trail';
import { dictionaryNumber } from '@dhp/search-index/packed';
import { definitionOf } from '@dhp/labels';
import { migrations, openStore, type FhirStore } from '../src/index.ts';
import { feedDigest, feedEnd, packVersions, PackingRefused, readStorage, unpackVersions } from '../src/kept.ts';
import { countOld, purgeOld, setHold, setRule } from '../src/retention.ts';
import { newVersion, unconditional, type Body } from './database.ts';

let database: TestDatabase;
let store: FhirStore;
/** The connection that packs. */
let owner: Sql;
const whole = { share: 1 };
const soon = (): Date => new Date(Date.now() + 3_600_000);

const observation = (id: string, n: number): Body => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code: 'hiv' }] } },
  ...{ subject: { reference: 'Patient/p' }, effectiveDateTime: `2026-01-0${String(n)}` },
  note: [{ text: `Қайд ${String(n)} 😀 "\\ \u2028` }],
});
const put = (body: Body & { id?: string }): Promise<unknown> =>
  store.update({ ...newVersion(body), id: String(body['id']), ...unconditional });

before(async () => {
  database = await testDatabase({ name: 'packed_versions', migrations: [migrations] });
  store = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
  owner = connect(database.ownerUrl, { max: 1 });
  await store.labels.define(definitionOf([{ labels: ['urn:l|hiv'], codes: ['urn:c|hiv'] }], []), 1);
  for (let n = 1; n <= 4; n += 1) {
    await put({ resourceType: 'Patient', id: 'p', birthDate: `199${String(n)}-01-01` });
    for (const id of ['a', 'b', 'c']) await put(observation(id, n));
    await put({ resourceType: 'Practitioner', id: 'd', name: [{ family: `D${String(n)}` }] });
  }
  await store.delete({ type: 'Observation', id: 'b' });
  await put(observation('b', 5));
  // Longer than a page, and than a block of a frame.
  for (const letter of ['x', 'y'])
    await put({ resourceType: 'Basic', id: 'long', code: { text: letter.repeat(300_000) } });
  await put({ ...observation('e', 1), performer: [{ reference: 'Practitioner/d/_history/2' }] });
});
after(async () => {
  await store.close();
  await owner.end();
  await database.drop();
});

/** Waits until the feed has everything stored: a transaction of another database of this server delays it, too. */
async function fed(): Promise<void> {
  const [row] = await database.sql<{ next: string }[]>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`;
  await until('the feed is past all that is stored', async () => (await store.safeWatermark()) >= BigInt(row!.next));
}

/** The results of all readers of replaced versions. */
async function told(): Promise<unknown> {
  await fed();
  const ids = ['a', 'b', 'c'].map((id) => ['Observation', id] as const);
  const names = [...ids, ['Patient', 'p'], ['Basic', 'long']] as const;
  const versions = await Promise.all(
    names.flatMap(([type, id]) => [1, 2, 3, 4, 5, 6, 7].map((n) => store.vread(type, id, n))),
  );
  const alone = await store.vread('Observation', 'a', 1);
  const histories = [];
  for (const [type, id] of names) histories.push(await store.history(type, id, { count: 3, before: 5 }));
  const all = [];
  for (const page of [{ type: 'Observation' }, {}, { only: [{ type: 'Observation', id: 'b' }] }])
    for (const order of ['newest-first', 'oldest-first'] as const)
      all.push((await store.historyOf({ ...page, count: 100, order })).versions);
  const changes = await store.changes({ limit: 1_000 });
  const { until } = await store.snapshots.settleNow();
  const at = await store.snapshots.page('Observation', { until }, '');
  const first = versions[0]!.lastUpdated.getTime();
  const before = await store.snapshots.page('Observation', { until: new Date(first + 1) }, '');
  const feed = await feedDigest(database.sql, await feedEnd(database.sql));
  const { below: _, ...digest } = feed;
  return { versions, alone, histories, all, changes, at, before, digest };
}

const texts = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && (each as { type?: unknown }).type === 'Buffer'
      ? Buffer.from((each as { data: number[] }).data).toString()
      : each,
  );

async function forms(): Promise<{ plain: number; packed: number }> {
  const [row] = await database.sql<{ plain: number; packed: number }[]>`
    select count(*) filter (where packed is null and not deleted)::int as plain, count(packed)::int as packed from fhir.history`;
  return row!;
}

describe('packed versions', () => {
  it('are told as before by all that reads them, and take less', async () => {
    const plain = texts(await told());
    const were = await forms();
    const report = await packVersions(owner, soon(), whole);
    assert.equal(report.versions, were.plain);
    assert.deepEqual(await forms(), { plain: 0, packed: were.plain + were.packed });
    if (were.packed === 0) assert.ok(report.plain > 20 * report.packed, 'long ones say the same again and again');
    assert.equal(texts(await told()), plain);

    const { versions } = await readStorage(database.sql);
    assert.equal(versions.packed, were.plain + were.packed);
    assert.equal(versions.plain, 0);
    assert.ok(versions.bytes < versions.size || were.packed > 0);
  });

  it('are found in order by a verification, and labelled and linked as before', async () => {
    const state = await store.verify();
    assert.deepEqual(state.findings, []);
  });

  it('beside plain ones are told as before', async () => {
    await put(observation('a', 6));
    await put(observation('a', 7));
    const before = texts(await told());
    assert.ok((await forms()).plain > 0 || process.env['DHP_TEST_PACKED'] === 'yes');
    await packVersions(owner, soon(), whole);
    assert.equal((await forms()).plain, 0);
    assert.equal(texts(await told()), before);
  });

  it('are only those that were replaced before the time', async () => {
    await put(observation('c', 8));
    const was = await forms();
    await packVersions(owner, new Date(Date.now() - 86_400_000), whole);
    assert.deepEqual(await forms(), was);
  });

  it('are unpacked again, and packed anew', async () => {
    const before = texts(await told());
    const { packed } = await forms();
    const { versions } = await unpackVersions(owner, whole);
    assert.equal(versions, packed);
    assert.equal((await forms()).packed, 0);
    assert.equal(texts(await told()), before);
    await packVersions(owner, soon(), whole);
    assert.equal((await forms()).plain, 0);
    assert.equal(texts(await told()), before);
  });

  it('stand with the dictionary whose number is of its bytes', async () => {
    const rows = await database.sql<{ number: number; bytes: Buffer }[]>`select number, bytes from fhir.dictionary`;
    for (const { number, bytes } of rows) assert.equal(dictionaryNumber(bytes), number);
    const used = await database.sql<{ dictionary: number }[]>`
      select distinct dictionary from fhir.history where packed is not null`;
    for (const { dictionary } of used) assert.ok(rows.some(({ number }) => number === dictionary));
  });
});

describe('packing', () => {
  it('is done by one at a time', async () => {
    const second = connect(database.ownerUrl, { max: 1 });
    try {
      await second`select pg_advisory_lock(hashtextextended('fhir packing', 0))`; // as the packing program
      await assert.rejects(packVersions(owner, soon(), whole), isBusy);
      await assert.rejects(unpackVersions(owner, whole), isBusy);
      await second`select pg_advisory_unlock(hashtextextended('fhir packing', 0))`;
      await put(observation('c', 9));
      await put(observation('c', 1));
      // Both at once: neither packs versions that the other has packed.
      const both = await Promise.allSettled([owner, second].map((sql) => packVersions(sql, soon(), whole)));
      for (const one of both) assert.ok(one.status === 'fulfilled' || isBusy(one.reason), one.status);
      assert.equal((await forms()).plain, 0);
    } finally {
      await second.end();
    }
  });

  it('is gone on with where it was ended, and where its connection is killed in the middle of a step', async () => {
    await unpackVersions(owner, whole);
    const before = texts(await told());
    const { plain } = await forms();
    const stop = new AbortController();
    const onStep = (versions: number): void => {
      if (versions > 0) stop.abort();
    };
    await assert.rejects(packVersions(owner, soon(), { ...whole, signal: stop.signal, onStep }), {
      name: 'AbortError',
    });
    const { packed } = await forms();
    assert.ok(packed > 0 && packed < plain, `${String(packed)} of ${String(plain)}`);
    assert.equal(texts(await told()), before);
    const victim = connect(database.ownerUrl, { max: 1 });
    await database.sql`
      create function public.die() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`;
    await database.sql`create trigger die after insert or update on fhir.packed_upto for each row execute function public.die()`;
    await assert.rejects(packVersions(victim, soon(), whole));
    await victim.end({ timeout: 1 });
    await database.sql`drop trigger die on fhir.packed_upto`;
    assert.equal((await forms()).packed, packed, 'the step is undone');
    // The lock of a connection that was killed is free as soon as its backend has ended.
    const { versions } = await until('the lock is free', async () =>
      packVersions(owner, soon(), whole).catch(unlessBusy),
    );
    assert.equal(versions, plain - packed);
    assert.equal(texts(await told()), before);
  });

  it('leaves alone what somebody holds until it is free', async () => {
    await put(observation('c', 2));
    await put(observation('c', 3));
    const mover = connect(database.ownerUrl, { max: 1 });
    try {
      let packing: Promise<{ versions: number }> | undefined;
      await mover.begin(async (session) => {
        const rows = await session`select from fhir.history where packed is null and not deleted for update`;
        if (rows.length === 0) return; // all are packed as they are stored
        packing = packVersions(owner, soon(), whole);
        await until('it has looked', async () => {
          const [row] = await database.sql<{ n: number }[]>`
            select count(*)::int as n from pg_locks where locktype = 'advisory' and granted and database = (
              select oid from pg_database where datname = current_database())`;
          return row!.n > 0;
        });
      });
      if (packing !== undefined) assert.ok((await packing).versions > 0);
      assert.equal((await forms()).plain, 0);
    } finally {
      await mover.end();
    }
  });

  it('says that no server of the release before may start beside packed versions, and may when all are unpacked', async () => {
    const isAdditive = async (): Promise<boolean | undefined> =>
      (await database.sql<{ additive: boolean }[]>`select additive from fhir.migration where number = 213`)[0]
        ?.additive;
    await packVersions(owner, soon(), whole);
    await put(observation('a', 8));
    await put(observation('a', 9));
    await packVersions(owner, soon(), whole);
    if (process.env['DHP_TEST_PACKED'] !== 'yes') assert.equal(await isAdditive(), false);
    assert.equal((await store.schemaState()).kind, 'current', 'this one knows them');
    await unpackVersions(owner, whole);
    assert.equal(await isAdditive(), true);
    await packVersions(owner, soon(), whole);
  });
});

describe('a packed version that is damaged', () => {
  const damaged = async (change: (sql: Sql) => Promise<unknown>, named: string, detail: RegExp): Promise<void> => {
    const [row] = await database.sql<{ rid: string; packed: Buffer; size: number; dictionary: number }[]>`
      select h.rid::text, h.packed, h.size, h.dictionary from fhir.history h join fhir.identity d using (rid, shard)
      where d.id = 'a' and h.ver = 1`;
    const { rid, packed, size, dictionary } = row!;
    try {
      await change(database.sql);
      await assert.rejects(store.vread('Observation', 'a', 1), { name: 'DamagedVersion', message: detail }, named);
      // Concurrent reads of other versions succeed.
      const [bad, good] = await Promise.allSettled([1, 2].map((n) => store.vread('Observation', 'a', n)));
      assert.deepEqual([bad?.status, good?.status], ['rejected', 'fulfilled'], named);
      await assert.rejects(store.history('Observation', 'a', { count: 20 }), { name: 'DamagedVersion' }, named);
      const { findings } = await store.verify();
      assert.deepEqual(
        findings.map(({ kind, resource, version }) => [kind, resource, version]),
        [['content', 'Observation/a', 1]],
        named,
      );
      assert.match(findings[0]!.detail, detail);
    } finally {
      await database.sql`
        update fhir.history set packed = ${packed}, size = ${size}, dictionary = ${dictionary} where rid = ${rid}::bigint and ver = 1`;
    }
  };
  const where = "where rid = (select rid from fhir.identity where id = 'a') and ver = 1";

  it('is refused and found, however it is damaged', async () => {
    const set = (what: string) => (sql: Sql) => sql.unsafe(`update fhir.history set ${what} ${where}`);
    await damaged(set(`packed = substring(packed from 1 for 40)`), 'cut', /cannot be read/);
    await damaged(set(`packed = ''`), 'empty', /cannot be read/);
    await damaged(set('size = size - 1'), 'more than its row says', /cannot be read/);
    await damaged(set('size = size + 1'), 'less than its row says', /another length/);
    await damaged(set('dictionary = 1'), 'no dictionary', /fhir\.dictionary has no 1$/);
    assert.deepEqual((await store.verify()).findings, []);
  });
});

describe('what is packed', () => {
  it('is held by the patient whom it names, counted and purged as before, and gone then', async () => {
    const named = (patient: string, n: number): Body => ({
      ...{ resourceType: 'Observation', status: 'final', code: { text: `n${String(n)}` } },
      subject: { reference: `Patient/${patient}` },
    });
    const history = async (id: string): Promise<string[]> =>
      (await store.history('Observation', id, { count: 50 })).versions.map(({ versionId }) => String(versionId));
    // The patient is named once: no other version names it.
    await put({ ...named('held', 1), id: 'once' });
    await put({ ...named('other', 2), id: 'once' });
    await put({ ...named('other', 3), id: 'once' });
    await put({ ...named('other', 1), id: 'free' });
    await put({ ...named('other', 2), id: 'free' });
    await packVersions(owner, soon(), whole);
    assert.equal((await forms()).plain, 0);
    const below = await feedEnd(database.sql);
    const digest = await feedDigest(database.sql, below);
    const means = {
      ...{ sql: owner, keys: trailKeys(Buffer.alloc(32, 7)), by: 'cli:test', reason: 'order 12' },
      now: Date.now() + 3 * 86_400_000,
    };
    await setHold(means, { type: 'Patient', id: 'held' });
    await setRule(means, { type: 'Observation', earlier: 2 });
    const counted = await countOld(owner, means.now);
    assert.ok((await history('free')).length === 2);
    const [one] = counted.types;
    assert.equal(one!.held, 2);
    const bytes = (await forms()).packed;
    const { types, versions } = await purgeOld(means);
    assert.deepEqual(types, counted.types);
    assert.ok(versions > 1 && versions < bytes);
    assert.deepEqual(await history('once'), ['3', '2', '1']);
    assert.deepEqual(await history('free'), ['2']);
    assert.deepEqual(await feedDigest(database.sql, below), digest, 'the hash over the feed is as before');
    assert.deepEqual((await store.verify()).findings, []);
  });
});

const isBusy = (error: unknown): boolean => error instanceof PackingRefused && error.why === 'busy';

function unlessBusy(error: unknown): undefined {
  if (!isBusy(error)) throw error;
}
