/** A node that serves while another release migrates its database: it stays ready beside what is additive, and says what is not. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { migrations } from '@dhp/fhir-store/migrations';
import { openStore } from '@dhp/fhir-store';
import { connect, migrate, type Sql } from '@dhp/postgres';
import { migrateAsNewerRelease } from '@dhp/postgres/testing';
import { patient, startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
let url: string;
let sql: Sql;

before(async () => {
  server = await startServer({ requireIfMatch: false }, (given) => (url = given));
  sql = connect(server.ownerUrl, { max: 1 });
  await put(server, patient({ id: 'p' }));
});
after(async () => {
  await sql.end();
  await server.close();
});

const additive = {
  '9997_table.sql': '-- additive\ncreate table fhir.newer (id int);\nalter table fhir.resource add column newer int;',
  '9998_index.sql':
    '-- no transaction\n-- additive\ncreate index concurrently resource_newer on fhir.resource (newer) where newer > 0;',
};

async function readiness(): Promise<{ status: number; schema: string }> {
  const { status, json } = await server.request('GET', '/readyz', { token: null });
  return { status, schema: (json['checks'] as { schema: string }).schema };
}

/** Reads, searches and writes, in which every kind of statement of the store has a part. */
async function works(): Promise<void> {
  await put(server, patient({ id: 'p' }), patient({ id: 'q', gender: 'female' }));
  assert.deepEqual(await found(server, '/Patient?gender=female'), ['Patient/q']);
  assert.equal((await server.request('DELETE', '/Patient/q')).status, 200);
  assert.equal((await server.request('GET', '/Patient/p/_history')).status, 200);
}

test('it stays ready beside newer migrations that are additive, and starts again', async () => {
  assert.deepEqual(await readiness(), { status: 200, schema: 'ok' });
  await migrateAsNewerRelease(sql, migrations, additive);
  assert.deepEqual(await readiness(), { status: 200, schema: 'ok' });
  await works();
  assert.deepEqual(await migrate(sql, migrations), []);
  const again = await openStore({ url, timeZone: 'Asia/Tashkent' });
  assert.equal((await again.read('Patient', 'p'))?.type, 'Patient');
  await again.close();
});

test('it is not ready beside one that is not, and says which', async () => {
  await migrateAsNewerRelease(sql, migrations, { ...additive, '9999_less.sql': 'drop table fhir.newer;' });
  const { status, schema } = await readiness();
  assert.equal(status, 503);
  assert.match(schema, /has migration 9999_less of schema fhir, .*migrated by a newer version/);
  await assert.rejects(migrate(sql, migrations), /9999_less/);
  await sql`delete from fhir.migration where number = 9999`;
  assert.deepEqual(await readiness(), { status: 200, schema: 'ok' });
});

test('a new node is not ready before its migrations, and says which are missing', async () => {
  await sql`delete from fhir.migration where number > 9000`;
  const [last] = await sql<{ name: string }[]>`
    delete from fhir.migration where number = (select max(number) from fhir.migration) returning name`;
  const { status, schema } = await readiness();
  assert.equal(status, 503);
  assert.ok(schema.includes(`lacks migrations of schema fhir: ${last!.name}. dhp migrate`), schema);
});
