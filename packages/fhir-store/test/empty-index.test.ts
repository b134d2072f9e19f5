/** The set of tables that is no longer searched is emptied while others still use some of them: neither side is refused. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { until } from '@dhp/postgres/testing';
import { emptyOther } from '../src/statements/index-next.ts';
import { storeUnderTest } from './database.ts';
import { put } from './search-world.ts';

const tables = ['search', 'tok', 'num', 'date', 'str', 'contained', 'boundary'] as const;
const underTest = await storeUnderTest('empty_index');
const { sql } = underTest.database;

const rows = async (table: string): Promise<number> =>
  Number((await sql`select count(*) as n from ${sql(`fhir.${table}_b`)}`)[0]!['n']);

const isAwaited = async (table: string): Promise<boolean> =>
  (
    await sql`
      select from pg_locks where not granted and relation = ${`fhir.${table}_b`}::regclass
        and database = (select oid from pg_database where datname = current_database())`
  ).length > 0;

before(async () => {
  const store = await underTest.open();
  await put(store, {
    resourceType: 'Observation',
    id: 'o',
    status: 'final',
    code: { coding: [{ system: 'urn:codes', code: 'c' }] },
    effectiveDateTime: '2026-03-01T08:00:00Z',
    valueQuantity: { value: 5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  });
  await put(store, { resourceType: 'Patient', id: 'p', name: [{ family: 'Aliyeva' }] });
});

describe('the other set of tables is emptied while a transaction', () => {
  for (const held of tables) {
    it(`has fhir.${held}_b and goes on to all others`, async () => {
      for (const table of tables) {
        await sql`insert into ${sql(`fhir.${table}_b`)} select * from ${sql(`fhir.${table}`)} on conflict do nothing`;
      }
      for (const table of ['search', 'tok', 'num', 'str']) assert.ok((await rows(table)) > 0, table);
      const waits = (await rows(held)) > 0;
      let ended = false;
      let emptying: Promise<unknown> | undefined;
      await sql.begin(async (transaction) => {
        await transaction`set local deadlock_timeout = '1ms'`; // of both sides this one is refused
        await transaction`select from ${transaction(`fhir.${held}_b`)} limit 1`;
        emptying = emptyOther(sql).finally(() => (ended = true));
        await until('it has ended, or waits', async () => ended || (waits && (await isAwaited(held))));
        for (const table of tables) await transaction`select from ${transaction(`fhir.${table}_b`)} limit 1`;
      });
      await emptying;
      await until('the other is empty', () => emptyOther(sql));
      for (const table of tables) assert.equal(await rows(table), 0, table);
    });
  }
});
