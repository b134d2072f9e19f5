import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { FhirStore } from '../src/index.ts';
import { storeUnderTest, unconditional, newVersion } from './database.ts';
import { everyone, names, parsed, put, search, type Resource } from './search-world.ts';
import { generator } from './search-world-random.ts';

const underTest = await storeUnderTest('search_paging');
const amount = 300;

function observation(n: number, members: Record<string, unknown> = {}): Resource {
  return {
    resourceType: 'Observation',
    id: `o${n}`,
    status: n % 2 === 0 ? 'final' : 'amended',
    code: { coding: [{ system: 'urn:codes', code: n % 3 === 0 ? 'a' : 'b' }] },
    subject: { reference: `Patient/p${n % 4}` },
    effectiveDateTime: `2024-0${1 + (n % 9)}-0${1 + (n % 7)}`,
    valueQuantity: { value: n % 50, code: 'mg', system: 'http://unitsofmeasure.org' },
    ...members,
  };
}

/** Queries by their leading access path: postings, a patient, a key, a number, the type; and by their order. */
const queries = [
  'code=a',
  'code=a,b&status=final',
  'subject=Patient/p1',
  'value-quantity=gt10',
  '_sort=date',
  '_sort=-value-quantity',
  '_sort=-_lastUpdated',
  '_sort=code,-date',
  '_sort=_id',
  '',
];

describe('pages while others write', () => {
  let writer: FhirStore;
  const resources = Array.from({ length: amount }, (_, n) => observation(n));

  before(async () => {
    writer = await underTest.open();
    await put(writer, ...resources);
  });

  for (const [round, query] of queries.entries()) {
    it(`Observation?${query}: unchanged matches exactly once, changed ones at most once, new ones never`, async () => {
      const reader = await underTest.open();
      const random = generator(round + 1);
      const request = { query: parsed('Observation', query).query, access: everyone, count: 10 };
      const whole = names(await reader.search({ ...request, count: 1000 }));
      assert.ok(whole.length >= 50, `${whole.length} matches`);
      const touched = new Set<string>();
      const seen: string[] = [];
      let created = 0;

      for (let cursor: string | undefined; ;) {
        const page = await reader.search(cursor === undefined ? request : { ...request, cursor });
        seen.push(...names(page));
        if (page.next === undefined) break;
        cursor = page.next;
        // Between the pages some move to the front, some to the end, some are deleted, and new ones appear everywhere.
        const writes = Array.from({ length: 6 }, async (_, n) => {
          const id = random.below(amount);
          if (n < 2) {
            created += 1;
            await put(writer, observation(random.below(amount), { id: `new-${round}-${created}` }));
          } else {
            touched.add(`Observation/o${id}`);
            if (n === 2) await writer.delete({ type: 'Observation', id: `o${id}` });
            else {
              const moved = observation(id, {
                effectiveDateTime: random.pick(['2020-01-01', '2026-01-01', '2024-05-03']),
              });
              await put(writer, moved);
            }
          }
        });
        await Promise.all(writes);
      }

      assert.equal(new Set(seen).size, seen.length, 'nothing comes twice');
      assert.deepEqual(
        seen.filter((name) => name.includes('new-')),
        [],
        'nothing new',
      );
      const unchanged = whole.filter((name) => !touched.has(name));
      assert.deepEqual(
        seen.filter((name) => !touched.has(name)),
        unchanged,
        'in the order of the first page',
      );
      assert.ok(unchanged.length > 0 && unchanged.length < whole.length);
      assert.ok(seen.every((name) => whole.includes(name)));

      // For the next round everything is restored, except the order.
      const { matches } = await reader.search({ ...request, query: parsed('Observation', '').query, count: 1000 });
      for (const { id } of matches.filter((match) => match.id.startsWith('new-'))) {
        await writer.delete({ type: 'Observation', id });
      }
      await put(writer, ...resources);
    });
  }

  it('does not show a transaction that commits between the pages', async () => {
    const reader = await underTest.open();
    const query = parsed('Flag', '').query;
    for (const id of ['f1', 'f2', 'f3', 'f4']) await put(writer, { resourceType: 'Flag', id, status: 'active' });
    const entered = Promise.withResolvers<undefined>();
    const release = Promise.withResolvers<undefined>();
    // It has its number before the first page is read, and commits after.
    const slow = underTest.database.sql.begin(async (transaction) => {
      await transaction`update fhir.resource set txid = pg_current_xact_id() where id = 'f1'`;
      entered.resolve(undefined);
      await release.promise;
    });
    await entered.promise;
    const first = await reader.search({ query, access: everyone, count: 2 });
    release.resolve(undefined);
    await slow;
    await put(writer, { resourceType: 'Flag', id: 'late', status: 'active' });
    const second = await reader.search({ query, access: everyone, count: 10, cursor: first.next! });
    assert.deepEqual([...names(first), ...names(second)], ['Flag/f4', 'Flag/f3', 'Flag/f2']);
    assert.equal(names(await search(reader, 'Flag', ''))[0], 'Flag/late');
  });

  it('finds what was written by the request before', async () => {
    const other = await underTest.open();
    for (let n = 0; n < 30; n += 1) {
      const { resourceType, ...rest } = observation(n, { id: `fresh-${n}`, status: 'cancelled' });
      await other.update({ ...newVersion({ resourceType, ...rest }), id: rest.id, ...unconditional });
      assert.equal(names(await search(writer, 'Observation', 'status=cancelled')).length, n + 1);
    }
    for (let n = 0; n < 30; n += 1) {
      await other.delete({ type: 'Observation', id: `fresh-${n}` });
      assert.equal(names(await search(writer, 'Observation', 'status=cancelled')).length, 29 - n);
    }
  });

  it('tells a cursor from what is none', async () => {
    const { query } = parsed('Observation', '');
    const page = await writer.search({ query, access: everyone, count: 5 });
    const [snapshot, before, rid] = JSON.parse(Buffer.from(page.next!, 'base64url').toString()) as unknown[];
    const forged = [
      [snapshot, before, rid],
      [snapshot, before, rid, 'yesterday'],
      [snapshot, before, "1'; drop table", null],
      ['5:3:', before, rid, null],
      ['x', before, rid, null],
      [snapshot, 'no', rid, null],
      [snapshot, before, rid, null, null],
    ].map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'));
    for (const cursor of ['', 'x', '!!', ...forged]) {
      await assert.rejects(writer.search({ query, access: everyone, count: 5, cursor }), TypeError, cursor);
    }
  });
});
