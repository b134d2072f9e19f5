import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { connect, migrate, schemaState } from '../src/index.ts';
import { MigrationError, type MigrationProgress } from '../src/migrate.ts';
import { testDatabase, type TestDatabase } from '../src/testing.ts';

describe('migrate', () => {
  let database: TestDatabase;
  let path: string;
  const schema = 'clinic';
  const files = (): { directory: URL; schema: string } => ({ directory: pathToFileURL(`${path}/`), schema });
  const write = (name: string, text: string): Promise<void> => writeFile(join(path, name), text);

  before(async () => {
    await testDatabase({ name: 'warm_up' }).then((warm) => warm.drop());
  });
  beforeEach(async () => {
    database = await testDatabase({ name: 'migrate' });
    path = await mkdtemp(join(tmpdir(), 'dhp-migrations-'));
    await write('0001_patient.sql', 'create table clinic.patient (\n  id int primary key, name text\n);\n');
    await write(
      '0002_names.sql',
      `insert into clinic.patient values (1, 'Aziz'); insert into clinic.patient values (2, null);`,
    );
  });
  afterEach(async () => {
    await database.drop();
    await rm(path, { recursive: true });
  });

  it('applies each file once, in order, and reports progress', async () => {
    const progress: MigrationProgress[] = [];
    const onProgress = (step: MigrationProgress): void => void progress.push(step);
    const early = await schemaState(database.sql, files());
    assert.match(
      early.kind === 'behind' ? early.sentence : '',
      /lacks migrations of schema clinic: 0001_patient, 0002_names\. dhp migrate/,
    );
    assert.deepEqual(await migrate(database.sql, { ...files(), onProgress }), ['0001_patient', '0002_names']);
    assert.deepEqual(progress, [
      { done: 0, total: 2, name: '0001_patient' },
      { done: 1, total: 2, name: '0002_names' },
      { done: 2, total: 2, name: '0002_names' },
    ]);
    assert.deepEqual(await schemaState(database.sql, files()), { kind: 'current' });
    assert.deepEqual(await migrate(database.sql, files()), []);
    await write('0003_more.sql', `insert into clinic.patient values (3, 'Malika');`);
    assert.deepEqual(await migrate(database.sql, files()), ['0003_more']);
    const rows = await database.sql`select count(*)::int as n from clinic.patient`;
    assert.equal(rows[0]?.['n'], 3);
  });

  it('applies once when two nodes start together, also with an index that is built concurrently', async () => {
    await write(
      '0003_index.sql',
      '-- no transaction\ncreate index concurrently if not exists by_name on clinic.patient (name);',
    );
    const other = connect(database.url, { max: 2 });
    try {
      const applied = await Promise.all([migrate(database.sql, files()), migrate(other, files())]);
      assert.deepEqual(applied.flat(), ['0001_patient', '0002_names', '0003_index']);
      assert.ok(applied.some((list) => list.length === 0));
    } finally {
      await other.end();
    }
  });

  it('rolls a failing file back, says where it failed, and goes on when it is mended', async () => {
    await write('0003_bad.sql', `insert into clinic.patient values (3, 'x');\n\nselect nonsense;`);
    await assert.rejects(migrate(database.sql, files()), (error) => {
      assert.ok(error instanceof MigrationError);
      assert.equal(
        error.message,
        'Migration 0003_bad of schema clinic failed: column "nonsense" does not exist (line 3)',
      );
      return true;
    });
    const rows = await database.sql`select id from clinic.patient order by id`;
    assert.deepEqual([...rows], [{ id: 1 }, { id: 2 }]);
    await write('0003_bad.sql', `insert into clinic.patient values (3, 'x');`);
    assert.deepEqual(await migrate(database.sql, files()), ['0003_bad']);
  });

  it('runs a file without a transaction statement by statement, and does not record it when it fails', async () => {
    await write('0003_free.sql', '-- no transaction\nvacuum clinic.patient;\nselect nonsense;');
    await assert.rejects(migrate(database.sql, files()), /0003_free of schema clinic failed: column "nonsense"/);
    await write('0003_free.sql', '-- no transaction\nvacuum clinic.patient;\nselect 1;');
    assert.deepEqual(await migrate(database.sql, files()), ['0003_free']);
  });

  it('gives way to running statements: waits for a lock in short attempts', async () => {
    await migrate(database.sql, files());
    await write('0003_column.sql', 'alter table clinic.patient add column born date;');
    const other = connect(database.url, { max: 2 });
    try {
      const locked = Promise.withResolvers<undefined>();
      const holding = other.begin(async (transaction) => {
        await transaction`lock table clinic.patient in access share mode`;
        locked.resolve(undefined);
        // Longer than one attempt of the migration (2 s).
        await transaction`select pg_sleep(3)`;
      });
      await locked.promise;
      assert.deepEqual(await migrate(database.sql, files()), ['0003_column']);
      await holding;
    } finally {
      await other.end();
    }
  });

  it('stops at a changed file; another line ending is no change', async () => {
    await migrate(database.sql, files());
    await write('0001_patient.sql', 'create table clinic.patient (\r\n  id int primary key, name text\r\n);\r\n');
    assert.deepEqual(await migrate(database.sql, files()), []);
    await write('0001_patient.sql', 'create table clinic.patient (id bigint primary key);');
    await assert.rejects(migrate(database.sql, files()), /0001_patient of schema clinic differs from what was applied/);
  });

  it('stops at a database that a newer version has migrated', async () => {
    await write('0003_new.sql', 'select 1;');
    await migrate(database.sql, files());
    await rm(join(path, '0003_new.sql'));
    await assert.rejects(migrate(database.sql, files()), /migration 0003_new .* migrated by a newer version/);
    const state = await schemaState(database.sql, files());
    assert.match(state.kind === 'unfit' ? state.sentence : '', /migration 0003_new .* migrated by a newer version/);
  });

  it('goes on beside newer migrations as long as all of them are additive', async () => {
    await migrate(database.sql, files());
    const more = [
      ['0003_more.sql', '-- What it is for.\n-- additive\n\ncreate table clinic.more (id int);'],
      [
        '0004_index.sql',
        '-- no transaction\n-- additive\ncreate index concurrently patient_id on clinic.patient (id);',
      ],
    ] as const;
    const less = ['0005_less.sql', 'alter table clinic.patient drop column name; -- additive'] as const;
    const byNewer = async (...newer: (readonly [string, string])[]): Promise<void> => {
      for (const [name, text] of newer) await write(name, text);
      await migrate(database.sql, files());
      for (const [name] of newer) await rm(join(path, name));
    };
    await byNewer(...more);
    assert.deepEqual(await schemaState(database.sql, files()), { kind: 'current' });
    assert.deepEqual(await migrate(database.sql, files()), []);
    await byNewer(...more, less);
    const state = await schemaState(database.sql, files());
    assert.match(state.kind === 'unfit' ? state.sentence : '', /migration 0005_less .* migrated by a newer version/);
    await assert.rejects(migrate(database.sql, files()), MigrationError);
  });

  it('reads a record of migrations that was made before it said which are additive', async () => {
    await migrate(database.sql, files());
    await database.sql`alter table clinic.migration drop column additive`;
    assert.deepEqual(await schemaState(database.sql, files()), { kind: 'current' });
    await write('0003_more.sql', '-- additive\ncreate table clinic.more (id int);');
    assert.deepEqual(await migrate(database.sql, files()), ['0003_more']);
    const rows = await database.sql`select number, additive from clinic.migration order by number`;
    assert.deepEqual(
      [...rows],
      [1, 2, 3].map((number) => ({ number, additive: number === 3 })),
    );
  });

  it('stops at a removed file, a late number, a number used twice and a name it does not know', async () => {
    await write('0004_later.sql', 'select 1;');
    await migrate(database.sql, files());
    await write('0003_late.sql', 'select 1;');
    await assert.rejects(migrate(database.sql, files()), /0003_late .* is numbered below 0004_later/);
    await rm(join(path, '0003_late.sql'));
    await rm(join(path, '0002_names.sql'));
    await assert.rejects(migrate(database.sql, files()), /0002_names .* its file is missing/);
    await write('0004_twin.sql', 'select 1;');
    await assert.rejects(migrate(database.sql, files()), /have the number 4: 0004_later and 0004_twin/);
    await write('4_x.sql', 'select 1;');
    await assert.rejects(migrate(database.sql, files()), /NNNN_name\.sql/);
  });
});
