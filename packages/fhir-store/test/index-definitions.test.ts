/**
 * Servers of two releases with different definitions of the search index: neither answers falsely, nor writes rows that the other would
 * miss.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { before, describe, it } from 'node:test';
import { typeNumber } from '@dhp/fhir-model';
import { indexVersion } from '@dhp/search-index/rows';
import { migrate } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { migrations, openStore, StoreUnavailable, type FhirStore, type WriteOutcome } from '../src/index.ts';
import { earlierDefinition, newVersion, patient, storeUnderTest, unconditional } from './database.ts';
import { names, search } from './search-world.ts';

const underTest = await storeUnderTest('index_definitions');
const { sql } = underTest.database;
let store: FhirStore;

before(async () => {
  store = await underTest.open();
  await store.update({ ...patient({ gender: 'male' }), id: 'p', ...unconditional });
  await store.update({ ...patient({ gender: 'male' }), id: 'gone', ...unconditional });
});

const writes: Record<string, () => Promise<unknown>> = {
  'a create': () => store.create(patient()),
  'an update': () => store.update({ ...patient({ gender: 'female' }), id: 'p', ...unconditional }),
  'a deletion': () => store.delete({ type: 'Patient', id: 'gone' }),
  'a transaction': () =>
    store.transaction([{ kind: 'update', ...newVersion({ resourceType: 'Patient' }), id: 'q', ...unconditional }]),
  'a deletion in a transaction': () => store.transaction([{ kind: 'delete', type: 'Patient', id: 'gone' }]),
  'a bulk insert': () =>
    store.bulkInsert(
      (async function* () {
        yield { ...patient(), id: 'bulk' };
      })(),
    ),
};

/** The writes of the newer program when its build begins, in a separate transaction. */
async function newer(change: 'beside' | 'instead'): Promise<void> {
  await sql.begin(async (transaction) => {
    if (change === 'instead') {
      await transaction`update fhir.index_state set version = ${indexVersion + 1}, complete = false`;
      await transaction`delete from fhir.index_definition`;
    }
    await transaction`insert into fhir.index_definition (version) values (${indexVersion + 1})`;
    await transaction`update fhir.own_parameter_state set generation = generation + 1`;
  });
}

async function withdrawn(): Promise<void> {
  await sql`update fhir.index_state set version = ${indexVersion}, complete = true`;
  await sql`delete from fhir.index_definition`;
  await sql`insert into fhir.index_definition (version) values (${indexVersion})`;
  await sql`update fhir.own_parameter_state set generation = generation + 1`;
}

/** A refused write reads the required definitions again, a second later at most. */
async function permitted(write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
  for (const deadline = Date.now() + 20_000; ;) {
    const outcome = await write().catch((error: unknown) => {
      assert.ok(outdated(error) && Date.now() < deadline, String(error));
    });
    if (outcome !== undefined) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const outdated = (error: unknown): boolean => error instanceof StoreUnavailable && error.reason === 'outdated';

for (const change of ['beside', 'instead'] as const) {
  describe(`while the next definition is made ${change === 'beside' ? 'in tables of its own' : 'in the same tables'}`, () => {
    before(() => newer(change));

    for (const [name, write] of Object.entries(writes)) {
      it(`${name} by a server that does not make its rows is refused`, () => assert.rejects(write(), outdated));
    }

    it('reads go on, and so do searches of what is complete', async () => {
      assert.equal((await store.read('Patient', 'p'))?.versionId, 1);
      const found = search(store, 'Patient', 'gender=male');
      if (change === 'instead') await assert.rejects(found, { name: 'IndexNotReady' });
      else assert.deepEqual(names(await found).sort(), ['Patient/gone', 'Patient/p']);
    });

    it('nothing was stored, and all is as before when it is withdrawn', async () => {
      await withdrawn();
      assert.equal((await store.read('Patient', 'gone'))?.deleted, false);
      const [{ count } = assert.fail()] = await sql<{ count: number }[]>`select count(*)::int from fhir.resource`;
      assert.equal(count, 2);
      const same = { ...patient({ gender: 'male' }), id: 'p', ...unconditional };
      const { kind } = await permitted(() => store.update(same));
      assert.equal(kind, 'unchanged');
    });
  });
}

it('a definition that begins takes the place of the one before for writers, too', async () => {
  await sql`update fhir.index_state set version = ${earlierDefinition}`;
  await sql`update fhir.index_definition set version = ${earlierDefinition}`;
  const next = await underTest.open();
  await next.reindex();
  const rows = await sql`select version from fhir.index_definition`;
  assert.deepEqual([...rows], [{ version: indexVersion }]);
  const changed = { ...patient({ gender: 'female' }), id: 'p', ...unconditional };
  const { kind } = await permitted(() => store.update(changed));
  assert.equal(kind, 'updated');
  const deadline = Date.now() + 30_000;
  while (!(await store.indexState()).complete) assert.ok(Date.now() < deadline);
  assert.deepEqual(names(await search(store, 'Patient', 'gender=female')), ['Patient/p']);
});

it('the index of a database of a release before is complete after the migrations, and its definition is what writers make', async () => {
  const database = await testDatabase({ name: 'index_before' });
  const path = await mkdtemp(join(tmpdir(), 'dhp-release-before-'));
  try {
    await cp(fileURLToPath(migrations.directory), path, { recursive: true });
    for (const name of await readdir(path)) if (name >= '0033') await rm(join(path, name));
    await migrate(database.sql, { ...migrations, directory: pathToFileURL(`${path}/`) });
    await database.sql`insert into fhir.index_state (version, complete) values (${indexVersion}, true)`;
    const [rid, ty] = [1, typeNumber('Basic')!];
    await database.sql`insert into fhir.identity (ty, id, rid, shard) values (${ty}, 'b', ${rid}, 0)`;
    await database.sql`
      insert into fhir.resource (rid, shard, ty, ver, upd, id, content) values (${rid}, 0, ${ty}, 1, now(), 'b', '{"resourceType":"Basic","id":"b"}')`;
    await database.sql`insert into fhir.search (rid, shard, ty, version, own) values (${rid}, 0, ${ty}, ${indexVersion}, 5)`;
    assert.ok((await migrate(database.sql, migrations)).includes('0035_index_definitions'));
    const upgraded = await openStore({ url: database.url, timeZone: 'Asia/Tashkent' });
    try {
      assert.equal((await upgraded.indexState()).complete, true);
      assert.deepEqual(names(await search(upgraded, 'Basic', '')), ['Basic/b']);
      assert.equal((await upgraded.create(patient())).kind, 'created');
      assert.equal(await upgraded.reindex(), 0);
      const definitions = await database.sql`select version from fhir.index_definition`;
      assert.deepEqual([...definitions], [{ version: indexVersion }]);
    } finally {
      await upgraded.close();
    }
  } finally {
    await rm(path, { recursive: true });
    await database.drop();
  }
});
