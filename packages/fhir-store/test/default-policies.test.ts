/** The mark by which a database knows that it is new: with it the first start of production brings policies into force, once. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { after, describe, it } from 'node:test';
import { migrate } from '@dhp/postgres';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations, openStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';

const under = await storeUnderTest('default_policies');
const text = '{"others":"as-scoped","rules":[]}';
const change = { by: 'platform', reason: 'the default' };

describe('the policies with which an environment begins', () => {
  it('come into force once in a new database, whoever starts', async () => {
    const { url } = under.database;
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ url, timeZone: 'Asia/Tashkent' })));
    try {
      const done = await Promise.all(stores.map((store) => store.accessAdministration.activateDefault(text, change)));
      assert.deepEqual(done.filter((one) => one).length, 1);
      const [store] = stores;
      assert.deepEqual(await store!.accessAdministration.inForce(), { generation: 1, version: 1, text });
      await store!.accessAdministration.activateEarlier(undefined, change);
      assert.equal(await store!.accessAdministration.activateDefault(text, change), false);
      assert.equal((await store!.accessAdministration.inForce()).version, undefined, 'what was taken away stays away');
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });
});

describe('a database of the release before', () => {
  const before = mkdtempSync(join(tmpdir(), 'dhp-before-'));
  const databases: TestDatabase[] = [];
  after(async () => {
    await Promise.all(databases.map((one) => one.drop()));
    rmSync(before, { recursive: true });
  });
  const folder = fileURLToPath(migrations.directory);
  for (const name of readdirSync(folder)) if (name < '0063') cpSync(join(folder, name), join(before, name));

  /** Returns whether the mark says that the database is new, after the upgrade. */
  async function upgraded(live: (sql: TestDatabase['sql']) => Promise<unknown>): Promise<boolean> {
    const database = await testDatabase({ name: 'default_before' });
    databases.push(database);
    await migrate(database.sql, { schema: 'fhir', directory: pathToFileURL(`${before}/`) });
    await live(database.sql);
    await migrate(database.sql, migrations);
    const [row] = await database.sql<{ due: boolean }[]>`select due from fhir.access_policy_default`;
    return row!.due;
  }

  it('is not new where it was made before, though it is empty', async () => {
    assert.equal(
      await upgraded((sql) => sql`update fhir.migration set applied_at = applied_at - interval '1 day'`),
      false,
    );
  });

  it('is not new where policies were in force', async () => {
    const live = async (sql: TestDatabase['sql']): Promise<void> => {
      await sql`insert into fhir.access_policy_activation (generation, made_by, reason) values (1, 'x', 'x')`;
    };
    assert.equal(await upgraded(live), false);
  });

  it('is new where it is of the same start', async () => {
    assert.equal(await upgraded(() => Promise.resolve()), true);
  });
});
