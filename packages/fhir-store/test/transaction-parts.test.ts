/** Transactions with more writes than fit in one statement: several statements, stored all or none. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { uuidv7 } from '@dhp/fhir-model';
import { openSealer, trailKeys } from '@dhp/trail';
import { BrokenReferences, type FhirStore, type TransactionWrite } from '../src/index.ts';
import type { Recorded } from '../src/trail.ts';
import { decide } from '../src/writes/decide.ts';
import { mostCharacters, mostWrites, needParts, partsOf, type Decided } from '../src/writes/parts.ts';
import { writeOf } from '../src/writes/writer.ts';
import type { Write } from '../src/writes/write.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('transaction_parts');
/** Writes of three statements. */
const many = 2 * mostWrites + 100;

function put(id: string, members: Record<string, unknown> = {}): TransactionWrite {
  return { kind: 'update', id, ...patient(members), ...unconditional };
}

const remove = (id: string): TransactionWrite => ({ kind: 'delete', type: 'Patient', id });

function observation(id: string, subject: string): TransactionWrite {
  const resource = { resourceType: 'Observation', status: 'final', subject: { reference: subject } };
  return { kind: 'update', id, ...newVersion(resource), ...unconditional };
}

function listOf<T>(n: number, make: (k: number) => T): T[] {
  return Array.from({ length: n }, (_, k) => make(k));
}

describe('the parts of a transaction', () => {
  function update(id: string, rid: number | undefined, text = 'x', type = 'Patient', subject?: string): Decided {
    const resource = newVersion({
      resourceType: type,
      language: text,
      ...(subject !== undefined && { subject: { reference: subject } }),
    });
    const write: Write = writeOf({ kind: 'update', requireMatch: false, createAllowed: true }, { type, id, resource });
    const shard = subject === undefined ? write.body!.shard : 1;
    write.known = rid === undefined ? 'absent' : { rid, shard, ver: 1, upd: 0, deleted: false };
    return { write, step: decide(write.request, write.known) };
  }

  it('are one where one statement takes them, in the order given', () => {
    const few = [update('b', 2), update('a', 1)];
    assert.deepEqual(partsOf(few), [few]);
    assert.equal(needParts([update('one', 1, 'x'.repeat(mostCharacters + 1)).write]), false);
  });

  it('are bounded in writes and in characters, and hold each write once', () => {
    const small = listOf(many, (n) => update(`n${n}`, n));
    const large = listOf(7, (n) => update(`l${n}`, n, 'x'.repeat(mostCharacters / 2 - 1000)));
    const larger = [...large, update('whole', 100, 'x'.repeat(2 * mostCharacters)), update('last', 101)];
    for (const decided of [small, large, larger]) {
      assert.equal(needParts(decided.map(({ write }) => write)), true);
      const parts = partsOf(decided);
      assert.equal(new Set(parts.flat()).size, decided.length);
      assert.equal(parts.flat().length, decided.length);
      for (const part of parts) {
        const length = part.reduce((sum, { write }) => sum + write.body!.source.text.length, 0);
        assert.ok(part.length <= mostWrites && (length <= mostCharacters || part.length === 1), `${part.length}`);
      }
    }
    assert.equal(partsOf(small).length, 3);
    assert.equal(partsOf(large).length, 4);
  });

  it('take locks in the order of all writers: rows by rid, then new names, then what moves', () => {
    const decided = [
      ...listOf(mostWrites, (n) => update(`new-${n}`, undefined)),
      update('moves', 5, 'x', 'Observation', 'Patient/p'),
      ...listOf(mostWrites, (n) => update(`row-${n}`, 10_000 - n)),
    ].sort(() => Math.random() - 0.5);
    const order = partsOf(decided)
      .flat()
      .map(({ write: { key, known } }) => (typeof known === 'object' ? known.rid : key.id));
    const rids = listOf(mostWrites, (n) => 10_001 - mostWrites + n);
    const names = listOf(mostWrites, (n) => `new-${n}`).sort();
    assert.deepEqual(order, [...rids, ...names, 5]);
  });
});

describe('a transaction of several statements', () => {
  let stores: FhirStore[];
  before(async () => (stores = await Promise.all([1, 2].map(() => underTest.open({ ownBases: [] })))));

  async function countOf(prefix: string): Promise<number> {
    const rows = await underTest.database.sql`
      select count(*)::int as n from fhir.resource where id like ${`${prefix}%`} and not deleted`;
    return Number(rows[0]!['n']);
  }

  it('stores creates, updates and deletes as one, with outcomes in the order given', async () => {
    const half = listOf(many / 2, (k) => put(`mixed-${2 * k}`));
    await stores[0]!.transaction(half);
    const kinds = (k: number): [TransactionWrite, string] => {
      if (k % 2 === 1)
        return [k % 3 === 0 ? remove(`never-${k}`) : put(`mixed-${k}`), k % 3 === 0 ? 'not-found' : 'created'];
      if (k % 3 === 0) return [put(`mixed-${k}`), 'unchanged'];
      return k % 5 === 0 ? [remove(`mixed-${k}`), 'deleted'] : [put(`mixed-${k}`, { gender: 'male' }), 'updated'];
    };
    const asked = listOf(many, kinds);
    const created = uuidv7();
    const outcome = await stores[0]!.transaction([
      ...asked.map(([write]) => write),
      { kind: 'create', id: created, ...patient() },
    ]);
    assert.ok(outcome.kind === 'committed', JSON.stringify(outcome).slice(0, 500));
    assert.deepEqual(
      outcome.outcomes.map(({ kind }) => kind),
      [...asked.map(([, kind]) => kind), 'created'],
    );
    const rows = await underTest.database.sql`
      select count(distinct txid)::int as n from fhir.resource where id = ${created} or (id like 'mixed-%' and ver = 2)`;
    assert.equal(rows[0]!['n'], 1);
  });

  it('sees in its last statement what its first has stored, and stores nothing where that does not fit', async () => {
    // Observations come before patients, and refer to the last of them.
    const observations = listOf(many, (k) => observation(`refers-${k}`, `Patient/target-${many - 1 - k}`));
    const patients = listOf(many, (k) => put(`target-${k}`));
    const integrity = true;
    await assert.rejects(
      stores[0]!.transaction([...observations, ...patients.slice(0, -1)], { integrity }),
      BrokenReferences,
    );
    assert.equal(await countOf('target-'), 0);
    assert.equal(await countOf('refers-'), 0);
    const outcome = await stores[0]!.transaction([...observations, ...patients], { integrity });
    assert.equal(outcome.kind, 'committed');
    assert.equal(await countOf('refers-'), many);
  });

  it('stores the key of their records once, and each record with it', async () => {
    const sealer = openSealer(trailKeys(Buffer.alloc(32, 9))).together();
    const record = ({ id }: Recorded) => [
      sealer.row({ recorded: Date.now(), patient: 'p', content: {}, sealed: { id } }),
    ];
    const outcome = await stores[0]!.transaction(listOf(many, (k) => ({ ...put(`recorded-${k}`), record })));
    assert.equal(outcome.kind, 'committed');
    const [found] = await underTest.database.sql`
      select count(*)::int as records, count(distinct r.key_id)::int as keys, count(k.key_id)::int as readable
      from fhir.audit_record r left join fhir.audit_key k using (key_id)`;
    assert.deepEqual({ ...found }, { records: many, keys: 1, readable: many });
    const [stored] = await underTest.database.sql`select count(*)::int as n from fhir.audit_key`;
    assert.equal(stored!['n'], 1);
  });

  it('stores nothing where one of its writes may not be', async () => {
    const taken = uuidv7();
    await stores[0]!.transaction([{ kind: 'create', id: taken, ...patient() }]);
    const writes = listOf(many, (k) => put(`refused-${k}`));
    const outcome = await stores[0]!.transaction([...writes, { kind: 'create', id: taken, ...patient() }]);
    assert.equal(outcome.kind, 'refused');
    assert.equal(await countOf('refused-'), 0);
  });

  it('does not deadlock with others on the same ids in another order', async () => {
    const ids = listOf(many, (k) => `crossed-${k}`);
    const orders = [ids, ids.toReversed(), ids.slice(100, 120).reverse()];
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await Promise.all(
        orders.map((order, n) => stores[n % 2]!.transaction(order.map((id) => put(id, { language: `${round}-${n}` })))),
      );
      assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['committed']));
    }
    const rows = await underTest.database.sql`
      select deadlocks::int from pg_stat_database where datname = current_database()`;
    assert.equal(rows[0]!['deadlocks'], 0);
    assert.equal((await stores[0]!.read('Patient', 'crossed-0'))?.versionId, 4);
    assert.equal((await stores[0]!.read('Patient', 'crossed-110'))?.versionId, 6);
  });
});
