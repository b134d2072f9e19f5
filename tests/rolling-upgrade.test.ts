/** Commands and servers of a release beside the migrations of a newer one, as processes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { migrations } from '@dhp/sso/administration';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { migrateAsNewerRelease, testServer } from '@dhp/postgres/testing';
import { openHome, type Home } from './platform.ts';

const database = `rolling_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let sql: Sql;
let place: Home;

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  place = await openHome({ environment: { DATABASE_URL: databaseUrl(server, database) } });
  assert.equal((await place.run(['migrate'])).code, 0);
  sql = connect(databaseUrl(server, `${database}_sso`), { max: 1 });
});
after(async () => {
  await place.close();
  await sql.end();
  for (const name of ['', '_sso', '_playground']) {
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  }
  await admin.end();
});

const additive = { '9998_more.sql': '-- additive\ncreate table sso.newer (id int);' };

test('beside newer migrations that are additive they work', async () => {
  await migrateAsNewerRelease(sql, migrations, additive);
  const { code, stderr } = await place.run(['migrate']);
  assert.equal(code, 0, stderr);
  const listed = await place.run(['client', 'list', '--json']);
  assert.equal(listed.code, 0, listed.stderr);
});

test('beside one that is not they end with a sentence', async () => {
  await migrateAsNewerRelease(sql, migrations, { ...additive, '9999_less.sql': 'drop table sso.newer;' });
  const { code, stderr } = await place.run(['migrate']);
  assert.notEqual(code, 0);
  assert.match(stderr, /has migration 9999_less of schema sso, .*migrated by a newer version/);
});
