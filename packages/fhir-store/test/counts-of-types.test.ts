/** Totals of whole types: those cached with their snapshot compared with those counted again. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ownParameters } from '@dhp/fhir-search/parameters';
import type { FhirStore } from '../src/index.ts';
import { openSearch } from '../src/search/open-search.ts';
import { newVersion, storeUnderTest, unconditional } from './database.ts';
import { everyone, parsed, put, search, type Resource } from './search-world.ts';

const underTest = await storeUnderTest('counts_of_types');
const { sql } = underTest.database;

const parameters = { known: () => ownParameters(0, []) };
const genders = ['male', 'female', undefined];

function patient(n: number, gender = genders[n % 3]): Resource {
  return { resourceType: 'Patient', id: `p${n}`, ...(gender && { gender }) };
}

async function totalOf(from: Pick<FhirStore, 'search'>, query: string, total: 'accurate' | 'estimate' = 'accurate') {
  const page = await search(from, 'Patient', query, { count: 0, total });
  return page.total;
}

/** The number of rows in the database. */
async function counted(where: string): Promise<number> {
  const [row] = await sql.unsafe<{ n: number }[]>(
    `select count(*)::int as n from fhir.resource where ty = (select ty from fhir.resource where id = 'p0') and not deleted and ${where}`,
  );
  return row!.n;
}

async function waitsForLock(): Promise<void> {
  for (let waiting = 0; waiting === 0;) {
    const rows =
      await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    waiting = rows.length;
  }
}

describe('the total of a type', () => {
  let store: FhirStore;
  let late: ReturnType<FhirStore['transaction']> | undefined;

  before(async () => {
    store = await underTest.open();
    await put(store, ...Array.from({ length: 30 }, (_, n) => patient(n)));
  });

  const assertTotals = async (from: Pick<FhirStore, 'search'>): Promise<void> => {
    const accurate = (value: number) => ({ value, accurate: true });
    assert.deepEqual(await totalOf(from, ''), accurate(await counted('true')));
    const others = await counted(`content::jsonb ->> 'gender' is distinct from 'male'`);
    assert.deepEqual(await totalOf(from, 'gender:not=male'), accurate(others));
    const neither = await counted(`coalesce(content::jsonb ->> 'gender', '') not in ('male', 'female')`);
    assert.deepEqual(await totalOf(from, 'gender:not=male&gender:not=female'), accurate(neither));
    assert.deepEqual(await totalOf(from, '', 'estimate'), accurate(await counted('true')));
  };

  it('follows all that is created, changed, deleted and put again, in whatever order', async () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 25; round += 1) {
      for (let n = random(6); n > 0; n -= 1) {
        const id = random(45);
        if (random(3) === 0) await store.delete({ type: 'Patient', id: `p${id}` }).catch(() => undefined);
        else await put(store, patient(id, genders[random(3)]));
      }
      await assertTotals(store);
    }
  });

  it('does not know what is not committed yet, and counts it once when it is', async () => {
    await sql.begin(async (holding) => {
      await holding`select from fhir.resource where id = 'p0' for update`;
      // It has an earlier number than later writers, and waits for the row.
      const writing = store.transaction([
        { kind: 'create', id: 'p60', ...newVersion(patient(60)) },
        { kind: 'update', id: 'p0', ...newVersion(patient(0, 'female')), ...unconditional },
      ]);
      await waitsForLock();
      await put(store, patient(50));
      await assertTotals(store);
      late = writing;
    });
    assert.equal((await late!).kind, 'committed');
    await assertTotals(store);
  });

  it('is exact while eight clients write', async () => {
    const writing = { isOver: false };
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 30; n += 1) {
        const resource = patient(100 + writer * 10 + (n % 10), genders[n % 3]);
        if (n % 4 === 3) await store.delete({ type: 'Patient', id: resource.id }).catch(() => undefined);
        else await store.update({ ...newVersion(resource), id: resource.id, ...unconditional });
      }
    });
    const reader = (async () => {
      while (!writing.isOver) {
        const all = (await totalOf(store, ''))!;
        assert.ok(all.accurate && all.value <= (await counted('true')) + 80, `${all.value}`);
      }
    })();
    await Promise.all(writers);
    writing.isOver = true;
    await reader;
    await assertTotals(store);
  });

  it('is counted anew on another server', async () => {
    await assertTotals(store);
    const before = await counted('true');
    await sql`create or replace function fhir.server_name() returns text language sql stable as $$ select 'another server' $$`;
    assert.deepEqual(await totalOf(store, ''), { value: before, accurate: true });
    await put(store, patient(200)).catch(() => undefined);
    assert.equal((await totalOf(store, ''))!.value, await counted('true'));
  });

  it('reads what has changed alone, once it is known', async () => {
    const searches = openSearch(
      underTest.database.url,
      { ownBases: [], parameters, reading: (work) => work() },
      { search: 20_000, total: 20_000 },
    );
    try {
      const statementOf = async (): Promise<string> => {
        const { query } = parsed('Patient', '');
        const { statements } = await searches.explain({ query, access: everyone, count: 0, total: 'accurate' });
        return statements.map(({ sql: text }) => text).join('\n');
      };
      assert.match(await statementOf(), /fhir\.search s where s\.ty/);
      assert.doesNotMatch(await statementOf(), /fhir\.search/);
    } finally {
      await searches.close();
    }
  });
});
