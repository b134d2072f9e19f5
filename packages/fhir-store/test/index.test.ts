import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { uuidv7 } from '@dhp/fhir-model';
import { until } from '@dhp/postgres/testing';
import type { FhirStore, NewVersion, TransactionWrite } from '../src/index.ts';
import { newVersion, patient, storeUnderTest, unconditional } from './database.ts';
import { assertIndexWhole } from './index-wholeness.ts';

const underTest = await storeUnderTest('index');
const { url } = underTest.database;

/** Numbers that look random and are the same in every run (xorshift). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % sides;
  };
}

const coding = (n: number): object => ({ system: `urn:codes:${n % 2}`, code: `c${n}`, display: `Кўрсатма ${n}` });

/** A body with few different values, so that updates change some and keep others. */
function body(type: string, roll: (sides: number) => number): NewVersion {
  if (type === 'Patient') {
    return patient({
      gender: ['male', 'female'][roll(2)],
      birthDate: `19${10 + roll(80)}-0${1 + roll(9)}`,
      name: Array.from({ length: roll(3) }, () => ({
        family: `Каримов ${roll(3)}`,
        given: [`Aziz\u001e${roll(2)}`, ' '],
      })),
      identifier: Array.from({ length: roll(3) }, () => ({ system: 'urn:pinfl', value: `${roll(5)}` })),
      ...(roll(4) === 0 && { link: [{ other: { reference: `Patient/patient-${roll(4)}` }, type: 'seealso' }] }),
    });
  }
  const value = [
    { valueQuantity: { value: roll(4) / 2, unit: ['kg', 'g'][roll(2)], system: 'http://unitsofmeasure.org' } },
    {},
  ];
  const time = [
    { effectiveDateTime: `2024-0${1 + roll(9)}-01` },
    { effectivePeriod: { start: '2024-01-01', ...(roll(2) === 0 && { end: '9999-12-31' }) } },
    { effectivePeriod: { end: `2024-0${1 + roll(9)}-01` } },
    {},
  ];
  return newVersion({
    resourceType: type,
    status: ['final', 'amended'][roll(2)],
    code: { coding: Array.from({ length: 1 + roll(2) }, () => coding(roll(4))), text: `текст ${roll(3)}` },
    ...(roll(5) > 0 && { subject: { reference: `Patient/patient-${roll(4)}`, display: `d${roll(2)}` } }),
    ...(roll(5) === 0 && { performer: [{ reference: `Patient/patient-${roll(4)}` }] }),
    ...(roll(3) === 0 && { issued: `2024-0${1 + roll(9)}-01T10:00:00.${roll(1000)}Z` }),
    ...time[roll(4)],
    ...value[roll(2)],
  });
}

const types = ['Patient', 'Observation'];

describe('the rows of the index', () => {
  let stores: FhirStore[];
  before(async () => (stores = [await underTest.open(), await underTest.open({ writers: 1 })]));

  /** One write after another, on resources that the other writers have as well. */
  async function write(writer: number, steps: number): Promise<void> {
    const roll = dice(7919 * (writer + 1));
    const change = (): TransactionWrite => {
      const type = types[roll(2)]!;
      const id = `${type.toLowerCase()}-${roll(12)}`;
      if (roll(5) === 0) return { kind: 'delete', type, id };
      return { kind: 'update', ...body(type, roll), id, ...unconditional };
    };
    for (let step = 0; step < steps; step += 1) {
      const store = stores[roll(2)]!;
      const kind = roll(8);
      if (kind === 0) await store.create(body(types[roll(2)]!, roll));
      else if (kind === 1) {
        const several = Array.from({ length: 1 + roll(30) }, change);
        const writes = [...new Map(several.map((one) => [`${one.type}/${one.id}`, one])).values()];
        writes.push({ kind: 'create', id: uuidv7(), ...body('Observation', roll) });
        await store.transaction(roll(3) === 0 ? () => Promise.resolve(writes) : writes);
      } else if (kind === 2) {
        // A new id, and one that may exist.
        await store.bulkInsert(
          (async function* () {
            yield { ...body('Observation', roll), id: uuidv7() };
            yield { ...body('Observation', roll), id: `observation-${roll(12)}` };
          })(),
        );
      } else {
        const one = change();
        await (one.kind === 'delete' ? store.delete(one) : store.update(one as never));
      }
    }
  }

  it('are those of the current bodies after one writer', async () => {
    for (let round = 0; round < 5; round += 1) {
      await write(100 + round, 30);
      await assertIndexWhole(url);
    }
  });

  it('are those of the current bodies after many writers at once', async () => {
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(Array.from({ length: 16 }, (_, n) => write(16 * round + n, 15)));
      await assertIndexWhole(url);
    }
  });

  it('are not touched by an update that changes none of them', async () => {
    const store = stores[0]!;
    const rows = (): Promise<unknown[]> =>
      underTest.database.sql`
        select tableoid, ctid, xmin from fhir.search union all select tableoid, ctid, xmin from fhir.tok
        union all select tableoid, ctid, xmin from fhir.num union all select tableoid, ctid, xmin from fhir.date
        union all select tableoid, ctid, xmin from fhir.str order by 1, 2`.values();
    const one = body('Observation', dice(1)).resource as { resourceType: string };
    await store.update({ ...newVersion({ ...one, note: [{ text: 'a' }] }), id: 'noted', ...unconditional });
    const before = await rows();
    const outcome = await store.update({
      ...newVersion({ ...one, note: [{ text: 'b' }] }),
      id: 'noted',
      ...unconditional,
    });
    assert.equal(outcome.kind, 'updated');
    assert.deepEqual(await rows(), before);
    await store.update({ ...newVersion({ ...one, status: 'corrected' }), id: 'noted', ...unconditional });
    assert.notDeepEqual(await rows(), before);
  });

  it('are written by an update only where they differ', async () => {
    const store = stores[0]!;
    const rows = async (): Promise<Map<string, string>> => {
      const found = await underTest.database.sql`
        with one as (select rid from fhir.identity where id in ('few', 'few-results'))
        select concat_ws(' ', 'tok', key, sys, dt), xmin from fhir.tok where rid in (select rid from one)
        union all select concat_ws(' ', 'num', key, lo, hi), xmin from fhir.num where rid in (select rid from one)
        union all select concat_ws(' ', 'date', key, lo, hi), xmin from fhir.date where rid in (select rid from one)
        union all select concat_ws(' ', 'str', key, v, part), xmin from fhir.str where rid in (select rid from one)`.values();
      return new Map(found as unknown as [string, string][]);
    };
    const put = (resource: { resourceType: string }, id: string): Promise<unknown> =>
      store.update({ ...newVersion(resource), id, ...unconditional });
    const person = (given: string, deceased: string): Promise<unknown> =>
      put(
        {
          resourceType: 'Patient',
          name: [{ family: 'Karimova', given: ['Aziza', given], text: 'Aziza Karimova' }],
          birthDate: '1990-01-01',
          deceasedDateTime: deceased,
        } as { resourceType: string },
        'few',
      );
    const result = (codes: number[], values: number[]): Promise<unknown> =>
      put(
        {
          resourceType: 'Observation',
          status: 'final',
          effectiveDateTime: '2024-01-01',
          code: { coding: codes.map(coding) },
          component: values.map((value) => ({ code: { coding: [coding(0)] }, valueQuantity: { value } })),
        } as { resourceType: string },
        'few-results',
      );
    await person('Rustamovna', '2020-01-01');
    await result([1, 2], [1, 2]);
    const before = await rows();
    await person('Botirovna', '2021-01-01');
    await result([1, 3], [1, 3]);
    const after = await rows();
    const kept = [...before].filter(([row]) => after.has(row));
    for (const table of ['tok', 'num', 'date', 'str']) {
      assert.ok(
        kept.some(([row]) => row.startsWith(table)),
        `some of ${table} stay`,
      );
      assert.ok(
        [...after].some(([row]) => row.startsWith(table) && !before.has(row)),
        `some of ${table} are new`,
      );
    }
    assert.deepEqual(
      kept.filter(([row, xmin]) => after.get(row) !== xmin),
      [],
    );
    await assertIndexWhole(url);
  });

  it('hold dates at both ends of the calendar, and open ones', async () => {
    const periods = [
      { start: '0001-01-01', end: '9999-12-31' },
      { start: '9999-12-31T23:59:59Z' },
      { end: '0001' },
      { start: '2024-02-29T12:00:00.123456+05:00' },
    ];
    for (const [n, period] of periods.entries()) {
      const episode = { resourceType: 'EpisodeOfCare', status: 'active', period, patient: { reference: 'Patient/p' } };
      const practitioner = { resourceType: 'PractitionerRole', period };
      await stores[0]!.update({ ...newVersion(episode), id: `period-${n}`, ...unconditional });
      await stores[0]!.update({ ...newVersion(practitioner), id: `period-${n}`, ...unconditional });
    }
    await assertIndexWhole(url);
  });

  it('follow an update whose If-Match guesses the version that is being stored', async () => {
    const { sql } = underTest.database;
    const id = 'guessed';
    const one = body('Observation', dice(5));
    await stores[0]!.update({ ...one, id, ...unconditional });
    const { guess } = await sql.begin(async (transaction) => {
      await transaction`
        with r as (
          insert into fhir.history (rid, ver, shard, ty, deleted, upd, txid, content)
          select rid, ver, shard, ty, deleted, upd, txid, content from fhir.resource where id = ${id} returning rid
        ), s as (
          update fhir.search s set keys = keys || 5::bigint from r where s.rid = r.rid
        )
        update fhir.resource set ver = ver + 1, txid = pg_current_xact_id(), content = '{}' from r where resource.rid = r.rid`;
      // It restores the values of the first version, which are those that its statement sees.
      const guess = stores[1]!.update({ ...one, id, ifMatch: [2], requireMatch: true, createAllowed: false });
      await until('a session waits for a lock', async () => {
        const waiting = await sql`
          select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        return waiting.length > 0;
      });
      return { guess };
    });
    assert.equal((await guess).kind, 'updated');
    await assertIndexWhole(url);
  });
});
