/** Updates that change no posting: stored by a statement that has no part for the tables of postings. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import type { FhirStore, WriteOutcome } from '../src/index.ts';
import { expectPostings } from '../src/writes/postings-expected.ts';
import { newVersion, storeUnderTest, unconditional, type Body } from './database.ts';

const underTest = await storeUnderTest('postings_stay');

/** The latest statement of the writing sessions, as reported by PostgreSQL. */
async function latestStatement(): Promise<string> {
  const sql = connect(underTest.database.url, { max: 1 });
  try {
    const [row] = await sql<{ query: string }[]>`
      select query from pg_stat_activity
      where application_name = 'dhp fhir writes' and datname = current_database() and query like '%with locked%'
      order by query_start desc limit 1`;
    return row!.query.replaceAll(/\s+/g, ' ').trim();
  } finally {
    await sql.end();
  }
}

const observation = (id: string, members: Record<string, unknown>): Body => ({
  ...{ resourceType: 'Observation', id, status: 'final', effectiveDateTime: '2026-02-03T10:00:00+05:00' },
  ...{ code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] } },
  ...{ valueQuantity: { value: 72, code: '/min', system: 'http://unitsofmeasure.org' } },
  ...members,
});

describe('an update', () => {
  let store: FhirStore;
  before(async () => (store = await underTest.open()));
  const put = (body: Body): Promise<WriteOutcome> =>
    store.update({ ...newVersion(body), id: String(body['id']), ...unconditional });
  const without = /^with locked as materialized \( select v\.\*, p\.stay, i\.n/;

  it('that changes no posting goes without the tables of postings, another one does not', async () => {
    await put(observation('known', {}));
    assert.equal((await put(observation('known', { identifier: [{ value: 'a' }] }))).kind, 'updated');
    assert.match(await latestStatement(), without);
    for (const [members, name] of [
      [{ code: { coding: [{ system: 'http://loinc.org', code: '8310-5' }] } }, 'a code'],
      [{ valueQuantity: { value: 73, code: '/min', system: 'http://unitsofmeasure.org' } }, 'a number'],
      [{ effectiveDateTime: '2026-02-04' }, 'the date of all postings'],
      [{ valueString: 'calm', valueQuantity: undefined }, 'a string'],
    ] as const) {
      const outcome = await put(observation('known', members));
      assert.equal(outcome.kind, 'updated', name);
      assert.doesNotMatch(await latestStatement(), without, name);
    }
    const { versions } = await store.history('Observation', 'known', { count: 10 });
    assert.deepEqual(
      versions.map(({ versionId }) => versionId),
      [6, 5, 4, 3, 2, 1],
    );
  });

  it('leaves the index as indexing anew makes it, whatever it changes, beside others', async () => {
    let state = 7;
    const random = (below: number): number => (state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647) % below;
    const one = async (n: number): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const changes = [
          { identifier: [{ system: 'urn:x', value: `${String(n)}-${String(round)}` }] },
          { note: [{ text: `round ${String(round)}` }] },
          { code: { coding: [{ system: 'http://loinc.org', code: `code-${String(random(3))}` }] } },
          { effectiveDateTime: `2026-03-${String(10 + random(9))}` },
          { valueQuantity: { value: random(4), code: '/min', system: 'http://unitsofmeasure.org' } },
        ];
        // At first most change no posting, then most do.
        const change = changes[random(round < 6 ? 2 : changes.length)]!;
        const outcome = await put(observation(`random-${String(n % 12)}`, change));
        assert.ok(['created', 'updated', 'unchanged'].includes(outcome.kind), outcome.kind);
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, n) => one(n)));
    for (let n = 0; n < 12; n += 1) {
      const { versions, total } = await store.history('Observation', `random-${String(n)}`, { count: 100 });
      assert.equal(versions.length, total);
      assert.equal(versions[0]?.versionId, total, 'no version is left out');
    }
  });

  it('that restores what was deleted, and a deletion, have all parts', async () => {
    await put(observation('gone', {}));
    assert.equal((await store.delete({ type: 'Observation', id: 'gone' })).kind, 'deleted');
    assert.doesNotMatch(await latestStatement(), without);
    assert.equal((await put(observation('gone', { note: [{ text: 'back' }] }))).kind, 'created');
    assert.equal((await put(observation('gone', { note: [{ text: 'again' }] }))).kind, 'updated');
  });
});

describe('what is expected of postings', () => {
  it('follows the latest updates of a type, and is tried again now and then', () => {
    const expected = expectPostings();
    assert.ok(expected.stay([1, 2]), 'nothing is known');
    for (let n = 0; n < 10; n += 1) expected.note(1, false);
    assert.ok(expected.stay([2]));
    const tried = Array.from({ length: 96 }, () => expected.stay([1])).filter(Boolean).length;
    assert.equal(tried, 3);
    for (let n = 0; n < 20; n += 1) expected.note(1, true);
    assert.ok(expected.stay([1]));
  });
});
