/** Lists of the patients of exports leave with their month, as records do. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pseudonymOf } from '@dhp/trail';
import { removePeriod } from '../src/trail.ts';
import { keys, TrailUnderTest } from './trail-life.ts';

let trail: TrailUnderTest;
before(async () => {
  trail = await TrailUnderTest.open('patient_lists');
});
after(() => trail.close());

const partsOf = async (month: string): Promise<string[]> => {
  const rows = await trail.sql<{ relname: string }[]>`
    select relname from pg_class where relnamespace = 'fhir_audit'::regnamespace and relkind = 'r'
      and relname ~ ${`^audit_(record|listed)_${month}$`} order by 1`;
  return rows.map(({ relname }) => relname);
};

describe('a list of patients', () => {
  it('leaves with its month, into the archive where there is one, and the trail is whole before, between and after', async () => {
    const first = await trail.list(['a', 'b']);
    trail.pass(40);
    const second = await trail.list(['a', 'c']);
    trail.pass(100);
    const third = await trail.list(['b']);
    await trail.cover();
    assert.equal((await trail.verify()).whole, true);

    await trail.remove('2026-01-01', true);
    assert.deepEqual(
      trail.archivedLists.map(({ list, patient }) => [list, patient.toString('hex')]),
      ['a', 'b'].map((id) => [first, pseudonymOf(keys, id).toString('hex')]).sort(),
    );
    assert.deepEqual(await partsOf('202601'), []);
    assert.equal((await trail.verify()).whole, true);
    assert.equal((await trail.verify(trail.sql, trail.archives)).whole, true);

    // The state after an interruption between the two parts of the removal: the list is removed, and the records exist.
    await assert.rejects(
      removePeriod(
        {
          ...trail.means,
          sql: new Proxy(trail.sql, {
            apply(target, self, given: unknown[]) {
              const [text] = given as (readonly string[] | undefined)[];
              if (text?.[0] === 'alter table ' && (parts += 1) === 2) throw new Error('interrupted');
              return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, self, given);
            },
          }),
        },
        { month: '2026-03-01' },
      ),
      /interrupted/,
    );
    assert.deepEqual(await partsOf('202603'), ['audit_record_202603']);
    const between = await trail.verify();
    assert.deepEqual([between.whole, between.returned], [true, ['2026-03-01']]);
    await trail.end('2026-03-01');
    assert.deepEqual(await partsOf('202603'), []);
    assert.equal((await trail.verify()).whole, true);

    const left = await trail.sql<{ list: string }[]>`select distinct list::text from fhir.audit_listed`;
    assert.deepEqual(
      left.map(({ list }) => list),
      [third],
    );
    assert.notEqual(second, third);
    await trail.forget('b');
    await trail.cover();
    assert.equal((await trail.verify()).whole, true);
  });
});

/** Parts that the interrupted removal was about to take out. */
let parts = 0;
