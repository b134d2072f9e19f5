/** Databases of two states of the program that had different migrations below 0211. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { migrate, schemaState } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations } from '../src/migrations.ts';

let database: TestDatabase;
before(async () => {
  database = await testDatabase({ name: 'out_of_turn', migrations: [migrations] });
});
after(() => database.drop());

const functions = async (): Promise<string[]> => {
  const rows = await database.sql<{ name: string; text: string }[]>`
    select proname as name, prosrc as text from pg_proc
    where pronamespace = 'fhir'::regnamespace and proname in ('store_on_shard', 'commit_on_all') order by 1`;
  return rows.map(({ name, text }) => `${name} ${text.trim()}`);
};

test('a database that has 0206 and nothing of 0205 goes on to the functions of 0211', async () => {
  const { sql } = database;
  const given = await functions();
  assert.equal(given.length, 2);
  await sql.unsafe(`
    drop function fhir.store_on_shard; drop function fhir.commit_on_all;
    delete from fhir.migration where number = 211`);
  assert.deepEqual(await migrate(sql, migrations), ['0211_stored_by_shards']);
  assert.deepEqual(await functions(), given);
});

test('one that has 0205 keeps its functions, of which one may have been replaced', async () => {
  const { sql } = database;
  await sql.unsafe(`
    create or replace function fhir.commit_on_all() returns void language plpgsql volatile as $$ begin perform 1; end $$;
    delete from fhir.migration where number = 211;
    insert into fhir.migration (number, name, checksum, additive) values (205, '0205_stored_by_shards', 'of before', true)`);
  assert.deepEqual(await migrate(sql, migrations), ['0211_stored_by_shards']);
  assert.match((await functions())[0]!, /perform 1/);
  assert.deepEqual(await schemaState(sql, migrations), { kind: 'current' });
});
