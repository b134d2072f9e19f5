/** A node that serves while another release migrates its database: it stays ready after additive migrations, and reports others. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { migrations } from '@dhp/sso/administration';
import { connect, migrate } from '@dhp/postgres';
import { migrateAsNewerRelease } from '@dhp/postgres/testing';
import { answer, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const sql = connect(bed.ownerUrl, { max: 1 });
after(() => sql.end());

const additive = {
  '9998_table.sql': '-- additive\ncreate table sso.newer (id int);\nalter table sso.client add column newer text;',
};

/** On a busy machine the database may not answer in the time that a probe has: asked again, it is about migrations. */
async function readiness(at = url): Promise<{ status: number; database: string }> {
  for (const limit = Date.now() + 30_000; ;) {
    const { status, body } = await answer(await fetch(`${at}/readyz`));
    const { database } = body['checks'] as { database: string };
    if (database !== 'unreachable' || Date.now() > limit) return { status, database };
  }
}

it('stays ready beside newer migrations that are additive, gives tokens, and starts again', async () => {
  assert.deepEqual(await readiness(), { status: 200, database: 'ok' });
  await migrateAsNewerRelease(sql, migrations, additive);
  assert.deepEqual(await readiness(), { status: 200, database: 'ok' });
  const { form } = await newClient(bed.clients);
  assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
  assert.deepEqual(await migrate(sql, migrations), []);
  const again = await bed.start();
  assert.equal((await readiness(again.url)).status, 200);
});

it('is not ready beside one that is not, and says which', async () => {
  await migrateAsNewerRelease(sql, migrations, { ...additive, '9999_less.sql': 'drop table sso.newer;' });
  const { status, database } = await readiness();
  assert.equal(status, 503);
  assert.match(database, /has migration 9999_less of schema sso, .*migrated by a newer version/);
});

it('is not ready before its migrations, and says which are missing', async () => {
  await sql`delete from sso.migration where number > 9000`;
  const [last] = await sql<{ name: string }[]>`
    delete from sso.migration where number = (select max(number) from sso.migration) returning name`;
  const { status, database } = await readiness();
  assert.equal(status, 503);
  assert.ok(database.includes(`lacks migrations of schema sso: ${last!.name}. dhp migrate`), database);
});
