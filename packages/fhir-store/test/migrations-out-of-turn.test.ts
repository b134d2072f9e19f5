/** Databases of two states of the program that had different migrations below 0211. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { migrate, schemaState } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations } from '../src/migrations.ts';

const name = '0211_stored_by_shards';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dhp-migrations-'));
  for (const file of await readdir(migrations.directory))
    if (Number.parseInt(file, 10) <= 206) await copyFile(new URL(file, migrations.directory), join(folder, file));
});
after(() => rm(folder, { recursive: true }));

/** A database as the program with 0206 and without 0205 left it. */
function databaseOfBefore(): Promise<TestDatabase> {
  const directory = pathToFileURL(`${folder}/`);
  return testDatabase({ name: 'out_of_turn', migrations: [{ directory, schema: 'fhir' }] });
}

const functionsOf = async ({ sql }: TestDatabase): Promise<string[]> => {
  const rows = await sql<{ name: string; text: string }[]>`
    select proname as name, prosrc as text from pg_proc
    where pronamespace = 'fhir'::regnamespace and proname in ('store_on_shard', 'commit_on_all') order by 1`;
  return rows.map((row) => `${row.name} ${row.text.trim()}`);
};

test('a database that has 0206 and nothing of 0205 goes on to the functions of 0211', async (t) => {
  const database = await databaseOfBefore();
  t.after(() => database.drop());
  assert.deepEqual(await functionsOf(database), []);
  assert.ok((await migrate(database.sql, migrations)).includes(name));
  assert.equal((await functionsOf(database)).length, 2);
  assert.deepEqual(await schemaState(database.sql, migrations), { kind: 'current' });
});

test('one that has 0205 keeps its functions, of which one may have been replaced', async (t) => {
  const database = await databaseOfBefore();
  t.after(() => database.drop());
  await database.sql.unsafe(await readFile(new URL(`${name}.sql`, migrations.directory), 'utf8'));
  await database.sql.unsafe(`
    create or replace function fhir.commit_on_all() returns void language plpgsql volatile as $$ begin perform 1; end $$;
    insert into fhir.migration (number, name, checksum, additive) values (205, '0205_stored_by_shards', 'of before', true)`);
  assert.ok((await migrate(database.sql, migrations)).includes(name));
  assert.match((await functionsOf(database))[0]!, /perform 1/);
  assert.deepEqual(await schemaState(database.sql, migrations), { kind: 'current' });
});
