import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { uuidv7 } from '@dhp/fhir-model';
import { anyReference, hash64, keyOf, referenceText } from '@dhp/search-index/keys';
import { BrokenReferences, type FhirStore, type TransactionWrite } from '../src/index.ts';
import { ownDefinition, programDefinitions } from '../src/statements/index-definition.ts';
import { held, isBroken, readReferrersOfEach } from '../src/statements/references.ts';
import type { Session } from '../src/statements/session.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const base = 'https://fhir.example.org';
const underTest = await storeUnderTest('integrity');
const integrity = true;

function put(id: string, subject?: string, members: object = {}): TransactionWrite {
  const resource = {
    resourceType: 'Observation',
    status: 'final',
    ...(subject !== undefined && { subject: { reference: subject } }),
    ...members,
  };
  return { kind: 'update', id, ...newVersion(resource), ...unconditional };
}
const putPatient = (id: string, members = {}): TransactionWrite => ({
  kind: 'update',
  id,
  ...patient(members),
  ...unconditional,
});
const searched = { definition: ownDefinition(programDefinitions), tables: 'a' } as const;
const remove = (type: string, id: string): TransactionWrite => ({ kind: 'delete', type, id });

describe('references', () => {
  let stores: FhirStore[];
  let store: FhirStore;
  before(async () => {
    stores = await Promise.all([1, 2].map(() => underTest.open({ ownBases: [base] })));
    store = stores[0]!;
  });

  async function broken(writes: TransactionWrite[], locks: string[] = []): Promise<BrokenReferences> {
    const error: unknown = await store.transaction(writes, { integrity, locks }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof BrokenReferences, String(error));
    return error;
  }

  it('that an update keeps need no target, and what a deletion disregards does not stop it', async () => {
    await store.transaction([putPatient('k1'), putPatient('k2'), put('k-o', 'Patient/k1'), put('k-p', 'Patient/k1')]);
    const one = [{ type: 'Observation', id: 'k-o' }];
    const deletion = (disregards: typeof one): TransactionWrite => ({
      kind: 'delete',
      type: 'Patient',
      id: 'k1',
      disregards,
    });
    assert.deepEqual((await broken([deletion(one)])).referenced, [
      { index: 0, by: [{ type: 'Observation', id: 'k-p' }] },
    ]);
    await store.transaction([deletion([...one, { type: 'Observation', id: 'k-p' }])], { integrity });
    const keeps = [{ type: 'Patient', id: 'k1' }];
    const changed = { ...put('k-o', 'Patient/k1', { language: 'uz' }), keeps } as TransactionWrite;
    assert.equal((await broken([{ ...changed, keeps: [] } as TransactionWrite])).missing.length, 1);
    assert.equal((await store.transaction([changed], { integrity })).kind, 'committed');
  });

  it('of AuditEvent and Provenance stop no deletion and are not told', async () => {
    await store.transaction([putPatient('past')]);
    const record = newVersion({ resourceType: 'Provenance', target: [{ reference: 'Patient/past' }] });
    await store.transaction([{ kind: 'update', id: 'past-p', ...record, ...unconditional }], { integrity });
    assert.deepEqual(await store.referrers('Patient', 'past', 10), []);
    assert.equal((await store.transaction([remove('Patient', 'past')], { integrity })).kind, 'committed');
  });

  it('are known from both ends', async () => {
    await store.transaction([putPatient('a'), put('a1', 'Patient/a'), put('a2', `${base}/Patient/a/_history/1`)]);
    await store.transaction([
      put('a3', undefined, { contained: [{ resourceType: 'Group', managingEntity: { reference: 'Patient/a' } }] }),
    ]);
    await store.transaction([
      putPatient('self', { link: [{ other: { reference: 'Patient/self' }, type: 'seealso' }] }),
    ]);
    const referrers = await store.referrers('Patient', 'a', 10);
    assert.deepEqual(referrers.map(({ type, id }) => `${type}/${id}`).sort(), [
      'Observation/a1',
      'Observation/a2',
      'Observation/a3',
    ]);
    assert.equal((await store.referrers('Patient', 'a', 2)).length, 2);
    assert.deepEqual(await store.referrers('Patient', 'self', 10), []);
    await store.delete({ type: 'Observation', id: 'a1' });
    assert.equal((await store.referrers('Patient', 'a', 10)).length, 2);
    const asked = [
      { type: 'Patient', id: 'a' },
      { type: 'Patient', id: 'nobody' },
      { type: 'Observation', id: 'a1' },
      { type: 'Nothing', id: 'a' },
      { type: 'Patient', id: 'no id' },
    ];
    assert.deepEqual(await store.missing(asked), asked.slice(1));
    assert.deepEqual(await store.missing([]), []);
  });

  it('to what a transaction deletes cost no more rows than are named', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `many-${i}`);
    const entry = ids.map((id) => ({ item: { reference: `Patient/${id}` } }));
    const list = newVersion({ resourceType: 'List', status: 'current', mode: 'working', entry });
    const lists = Array.from({ length: 60 }, (_, i): TransactionWrite => ({
      kind: 'update',
      id: `many-${i}`,
      ...list,
      ...unconditional,
    }));
    await store.transaction([...ids.map((id) => putPatient(id)), ...lists]);
    const disregarded = ids.slice(0, 10).map((id) => hash64(referenceText('List', id)));
    const keys = ids.map((id) => keyOf(anyReference, referenceText('Patient', id)));
    const { found, read } = await underTest.database.sql.begin(async (session) => {
      // Without this setting, a table as small as this one would be read as a whole.
      await session`set local enable_seqscan = off`;
      const found = await readReferrersOfEach(session, searched, { keys, disregarded, limit: 20 });
      const [row] = await session<{ read: number }[]>`
        select idx_tup_fetch::int as read from pg_stat_xact_user_tables where schemaname = 'fhir' and relname = 'search'`;
      return { found, read: row!.read };
    });
    assert.equal(found.length, ids.length * 20);
    assert.ok(read <= ids.length * (20 + disregarded.length), `${read} rows`);
    const deletions = ids.map((id) => remove('Patient', id));
    const { referenced } = await broken([...deletions, ...lists.slice(0, 10).map(({ id }) => remove('List', id))]);
    assert.equal(referenced.length, ids.length);
    assert.ok(referenced.every(({ by }) => by.length === 20));
    const gone = new Set(lists.slice(0, 10).map(({ id }) => id));
    assert.ok(referenced.every(({ by }) => by.every(({ id }) => !gone.has(id))));
  });

  it('between what is deleted together are read a few times, however many there are', async () => {
    const ids = Array.from({ length: 130 }, (_, i) => `dense-${i}`);
    const entry = ids.map((id) => ({ item: { reference: `Patient/${id}` } }));
    const list = newVersion({ resourceType: 'List', status: 'current', mode: 'working', entry });
    const lists = ids.map((id): TransactionWrite => ({ kind: 'update', id, ...list, ...unconditional }));
    await store.transaction([...ids.map((id) => putPatient(id)), ...lists]);
    const gone = ids.map((id) => keyOf(anyReference, referenceText('Patient', id)));
    const disregarded = ids.map((id) => hash64(referenceText('List', id)));
    const hold = (session: Session, of: readonly bigint[]) =>
      session`select ${held(session, { targets: [], gone, disregarded: of, locks: [] }, { stored: { active: searched, next: undefined } })}`;
    const rowsRead = async (session: Session): Promise<number> => {
      const [row] = await session<{ read: number }[]>`
        select (idx_tup_fetch + seq_tup_read)::int as read from pg_stat_xact_user_tables
        where schemaname = 'fhir' and relname = 'search'`;
      return row!.read;
    };
    const read = await underTest.database.sql.begin(async (session) => {
      const before = await rowsRead(session);
      await hold(session, disregarded);
      return (await rowsRead(session)) - before;
    });
    // 64 keys are looked up at once.
    assert.ok(read >= ids.length && read <= 3 * ids.length, `${read} rows`);
    // A remaining reference is found, whichever it is.
    for (const n of [0, 64, 129]) {
      await assert.rejects(hold(underTest.database.sql, disregarded.toSpliced(n, 1)), isBroken);
    }
    const refused = await broken(ids.map((id) => remove('Patient', id)));
    assert.equal(refused.referenced.length, ids.length);
    const all = [...ids.map((id) => remove('Patient', id)), ...ids.map((id) => remove('List', id))];
    assert.equal((await store.transaction(all, { integrity })).kind, 'committed');
  });

  it('that lead nowhere are refused, with the write that has them', async () => {
    for (const locks of [[], ['a name']]) {
      const error = await broken(
        [putPatient('b'), put('b1', 'Patient/b'), put('b2', 'Patient/nobody'), put('b3', 'Observation/a1')],
        locks,
      );
      assert.deepEqual(error.missing, [
        { type: 'Patient', id: 'nobody', index: 2 },
        { type: 'Observation', id: 'a1', index: 3 },
      ]);
      assert.equal(await store.read('Patient', 'b'), undefined);
    }
    const own = await store.transaction(
      [putPatient('b'), put('b1', 'Patient/b'), put('b2', 'https://elsewhere.org/Patient/x')],
      { integrity },
    );
    assert.equal(own.kind, 'committed');
  });

  it('keep what they lead to from being deleted, until they go too', async () => {
    await store.transaction([putPatient('c'), put('c1', 'Patient/c'), put('c2', 'Patient/c')], { integrity });
    const error = await broken([remove('Patient', 'c')]);
    assert.deepEqual(error.referenced, [
      {
        index: 0,
        by: [
          { type: 'Observation', id: 'c1' },
          { type: 'Observation', id: 'c2' },
        ],
      },
    ]);
    assert.deepEqual((await broken([remove('Patient', 'c'), remove('Observation', 'c1')])).referenced, [
      { index: 0, by: [{ type: 'Observation', id: 'c2' }] },
    ]);
    // A reference in the transaction itself to a resource that it deletes.
    assert.deepEqual(
      (await broken([remove('Patient', 'c'), put('c1', 'Patient/c'), remove('Observation', 'c2')])).missing,
      [{ type: 'Patient', id: 'c', index: 1 }],
    );
    assert.equal((await store.read('Patient', 'c'))?.deleted, false);
    const whole = await store.transaction([remove('Patient', 'c'), remove('Observation', 'c1'), put('c2')], {
      integrity,
    });
    assert.equal(whole.kind, 'committed');
    assert.equal((await store.read('Patient', 'c'))?.deleted, true);
    assert.equal((await store.transaction([remove('Patient', 'self')], { integrity })).kind, 'committed');
  });

  it('fail alone among neighbours that share a commit', async () => {
    await store.transaction([putPatient('d')]);
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        store.transaction([put(`d-${n}`, n % 6 === 0 ? 'Patient/nobody' : 'Patient/d')], { integrity }),
      ),
    );
    for (const [n, { status }] of results.entries()) assert.equal(status, n % 6 === 0 ? 'rejected' : 'fulfilled');
  });

  it('are never broken by a deletion and a reference at the same moment, on two servers', async () => {
    let deleted = 0;
    let kept = 0;
    for (let round = 0; round < 40; round += 1) {
      const id = `e-${round}`;
      await store.transaction([putPatient(id)]);
      const locks = round % 4 === 0 ? { locks: [`n-${round}`] } : {};
      const [deletion, ...references] = await Promise.allSettled([
        stores[round % 2]!.transaction([remove('Patient', id)], { integrity }),
        ...[0, 1, 2].map((n) =>
          stores[n % 2]!.transaction(
            [
              {
                kind: 'create',
                id: uuidv7(),
                ...newVersion({ resourceType: 'Flag', status: 'active', subject: { reference: `Patient/${id}` } }),
              },
            ],
            { integrity, ...locks },
          ),
        ),
      ]);
      for (const result of [deletion, ...references]) {
        if (result.status === 'rejected') assert.ok(result.reason instanceof BrokenReferences, String(result.reason));
      }
      const isDeleted = (await store.read('Patient', id))!.deleted;
      assert.equal(isDeleted, deletion.status === 'fulfilled');
      const referrers = await store.referrers('Patient', id, 10);
      assert.equal(referrers.length, references.filter(({ status }) => status === 'fulfilled').length);
      assert.ok(!isDeleted || referrers.length === 0, `${id} is deleted, and ${referrers.length} refer to it`);
      if (isDeleted) deleted += 1;
      else kept += 1;
    }
    assert.ok(deleted > 0 && kept > 0, `${deleted} deleted, ${kept} kept`);
  });

  it('to each other, written crosswise, end in no deadlock', async () => {
    await store.transaction([putPatient('f1'), putPatient('f2')]);
    const link = (to: string, n: number): object => ({
      n,
      link: [{ other: { reference: `Patient/${to}` }, type: 'seealso' }],
    });
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        stores[n % 2]!.transaction([n % 2 === 0 ? putPatient('f1', link('f2', n)) : putPatient('f2', link('f1', n))], {
          integrity,
        }),
      ),
    );
    assert.ok(outcomes.every(({ kind }) => kind === 'committed'));
  });
});
