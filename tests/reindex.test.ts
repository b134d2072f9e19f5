/** The search index of a database that was filled before the index existed: `dhp reindex`, and the platform by itself. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, beforeEach, test } from 'node:test';
import { openStore } from '@dhp/fhir-store';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer, until } from '@dhp/postgres/testing';
import { openHome, type Home } from './platform.ts';
import { launch, type Launched } from './processes.ts';

const main = new URL('../apps/dhp/src/main.ts', import.meta.url).pathname;

const database = `reindex_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let sql: Sql;
let place: Home;
let resources: number;

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  place = await openHome({
    serves: 'sso,fhir',
    programs: 'kept',
    environment: { DATABASE_URL: databaseUrl(server, database) },
  });
  assert.equal((await place.run(['migrate'])).code, 0);
  ({ resources } = await place.json<{ resources: number }>(['seed', '--patients', '10']));
  sql = connect(databaseUrl(server, `${database}_playground`), { max: 1 });
});
after(async () => {
  await place.close();
  await sql.end();
  for (const name of ['', '_sso', '_playground']) {
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  }
  await admin.end();
});

/** As an earlier version of the platform left it. */
beforeEach(async () => {
  await sql`truncate fhir.search, fhir.tok, fhir.num, fhir.date, fhir.str, fhir.index_state`;
});

async function indexed(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from fhir.search`;
  return row!.n;
}

/** The definitions of the index that its rows follow. */
async function definitions(): Promise<number[]> {
  const rows = await sql<{ version: number }[]>`select distinct version from fhir.search`;
  return rows.map(({ version }) => version);
}

interface Told {
  readonly job_id: string;
  readonly version: number;
  readonly indexed: number;
  readonly complete: boolean;
}

interface Job {
  readonly job_id: string;
  readonly state: string;
  readonly kind: string;
  readonly about: string;
  readonly client_id: string;
  readonly attempt: number;
  readonly status?: number;
}
const jobs = async (): Promise<Job[]> => (await place.json<{ jobs: Job[] }>(['job', 'list'])).jobs;

/** Blocks an indexing process in the middle of a step. @returns a function that releases it */
async function keepWaiting(): Promise<() => Promise<void>> {
  const keeper = connect(databaseUrl(await testServer(), `${database}_playground`), { max: 1 });
  const [kept, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const keeping = keeper.begin(async (session) => {
    await session`lock table fhir.search in share mode`;
    kept.resolve(undefined);
    await release.promise;
  });
  await kept.promise;
  return async () => {
    release.resolve(undefined);
    await keeping;
    await keeper.end();
  };
}

const start = (...words: readonly string[]): Launched => launch(place.data, [main, ...words], place.environment);

/** The job, as soon as its step waits. */
const waitingJob = (): Promise<Job> =>
  until('its step waits', async () => {
    const waits = await sql`
      select from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.relation = 'fhir.search'::regclass and not l.granted`;
    return waits.length > 0 && (await jobs()).find(({ state }) => state === 'running');
  });

async function isComplete(): Promise<boolean> {
  const [row] = await sql<{ complete: boolean }[]>`select complete from fhir.index_state`;
  return row?.complete === true;
}

test('dhp reindex makes it, and finds nothing to do when there is one', async () => {
  assert.ok(resources > 100);
  const { version, job_id: first, ...told } = await place.json<Told>(['reindex']);
  assert.deepEqual(told, { environment: 'playground', indexed: resources, complete: true });
  assert.equal(await indexed(), resources);
  assert.deepEqual(await definitions(), [version]);
  const { job_id: second, ...again } = await place.json<Told>(['reindex']);
  assert.deepEqual(again, { ...told, indexed: 0, version });
  const ended = (await jobs()).map(({ job_id: id, kind, about, client_id: client, status }) => [
    ...[id, kind, about, client, status],
  ]);
  assert.deepEqual(ended, [
    [second, 'reindex', 'search index', 'dhp reindex', 200],
    [first, 'reindex', 'search index', 'dhp reindex', 200],
  ]);
});

test('dhp reindex tells a person how far it is, and refuses what it does not know', async () => {
  const { code, stderr } = await place.run(['reindex', '--environment', 'playground']);
  assert.equal(code, 0);
  assert.match(stderr, /the search index/);
  assert.match(stderr, /The search index is complete\./);
  const wrong = await place.run(['reindex', '--environment', 'test']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /playground and production/);
});

test('a job whose command is killed goes on in a worker of another node', async () => {
  const release = await keepWaiting();
  const killed = start('reindex', '--json');
  const dead = await waitingJob();
  killed.child.kill('SIGKILL');
  await killed.ended;
  await release();
  assert.equal(await isComplete(), false);
  const [worker, second] = [start('job', 'work', '--stay', '--json'), start('job', 'work', '--stay', '--json')];
  await until('both workers listen', async () => {
    const listening = await sql`
      select from pg_stat_activity where application_name = 'dhp fhir hints' and datname = current_database() and query like 'listen%'`;
    return listening.length >= 2;
  });
  assert.equal(await isComplete(), false, 'the job has a holder until that has given no sign of life for long');
  await sql`update fhir.job set due = clock_timestamp() where state = 'running'`;
  await sql`update fhir.index_stretch set until = clock_timestamp()`;
  await sql`select pg_notify('dhp jobs', '')`;
  const done = await until('it has ended', async () =>
    (await jobs()).find(({ job_id: id, state }) => id === dead.job_id && state === 'ended'),
  );
  assert.deepEqual([done.status, done.attempt], [200, 2]);
  assert.equal(await indexed(), resources);
  assert.ok(await isComplete());
  const ends = await Promise.all([worker, second].map((one) => one.end('SIGTERM')));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
    worker.stderr() + second.stderr(),
  );
  const counts = [worker, second].map((one) => (JSON.parse(one.stdout()) as { jobs: number }).jobs);
  assert.equal(counts[0]! + counts[1]!, 1, 'one of them has carried it out');
});

test('a job that is cancelled in the middle of a step ends, and the next command begins another one', async () => {
  const release = await keepWaiting();
  const running = start('reindex');
  const { job_id: job } = await waitingJob();
  await place.run(['job', 'cancel', job, '--reason', 'not now']);
  await release();
  const { code } = await running.ended;
  assert.equal(code, 3, running.stderr());
  assert.match(running.stderr(), new RegExp(`The job ${job} was cancelled\\. What it has done stays done\\.`));
  const { job_id: next, complete } = await place.json<Told>(['reindex']);
  assert.notEqual(next, job);
  assert.ok(complete);
  assert.equal(await indexed(), resources);
});

test('dhp reindex --give-up gives up what is built beside, and leaves what is searched', async () => {
  await place.json(['reindex']);
  const [own] = await definitions();
  const earlier = own! - 1;
  // As the previous release left it, which has the same definition.
  await sql`update fhir.index_state set version = ${earlier}`;
  await sql`update fhir.index_definition set version = ${earlier}`;
  await sql`update fhir.search set version = ${earlier}`;
  const url = databaseUrl(await testServer(), `${database}_playground`);
  const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  const stop = new AbortController();
  await store.reindex({ stretch: 50, signal: stop.signal, onProgress: () => stop.abort() });
  assert.deepEqual((await store.indexState()).next?.version, own);
  await store.close();
  assert.ok((await sql`select from fhir.search_b limit 1`).length > 0, 'a part is built');

  // Of a process that has ended: otherwise it would build it again.
  await sql`insert into fhir.job (id, kind, owner, client, about, input, priority, state, due, expires)
    values (gen_random_uuid(), 'reindex', '', 'x', 'x', '{}', 0, 'running', now(), now() + interval '1 day')`;
  const { code, stderr } = await place.run(['reindex', '--give-up']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /The definition that was being built beside the current one is given up\./);
  assert.ok((await jobs()).every(({ state }) => state === 'ended'));
  for (const table of ['index_next', 'index_job', 'index_stretch'])
    assert.equal((await sql`select from ${sql(`fhir.${table}`)}`).length, 0, table);
  assert.deepEqual([...(await sql`select version from fhir.index_definition`)], [{ version: earlier }]);
  assert.deepEqual(
    [...(await sql`select version, complete from fhir.index_state`)],
    [{ version: earlier, complete: true }],
  );
  assert.equal(await indexed(), resources);

  assert.equal((await place.run(['reindex', '--give-up'])).code, 0, 'there is nothing left to give up');
  const { version, complete } = await place.json<{ version: number; complete: boolean }>(['reindex']);
  assert.deepEqual(
    { version, complete },
    { version: own, complete: true },
    'the next run builds it from the beginning',
  );
  assert.deepEqual([...(await sql`select distinct version from fhir.search_b`)], [{ version: own }]);
  // The tests behind this one begin with the first set of tables.
  await sql`truncate fhir.search_b, fhir.tok_b, fhir.num_b, fhir.date_b, fhir.str_b`;
});

test('the platform makes it while it serves', async () => {
  const platform = await place.start({ DHP_SEED_PATIENTS: '0' });
  const deadline = Date.now() + 300_000;
  while (!(await isComplete())) {
    assert.ok(Date.now() < deadline, platform.said());
    await delay(50);
  }
  assert.equal(await indexed(), resources);
  assert.match(platform.said(), /built in the background/);
});
