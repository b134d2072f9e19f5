/** Jobs whose time is over, jobs that are tried again, and work on the search index, as operators see it beside the jobs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { listIndexJobs, type ListedJob } from '../src/jobs.ts';
import { deleteOver } from '../src/statements/jobs.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';

const under = await storeUnderTest('index_jobs');
let server: Sql;
before(async () => {
  const store = await under.open();
  for (let n = 0; n < 8; n += 1) await store.update({ ...patient(), id: `p${String(n)}`, ...unconditional });
  // As a server may read.
  server = connect(under.database.url, { max: 1 });
});
after(() => server.end());

test('none is listed while there is none', async () => {
  assert.deepEqual(await listIndexJobs(server), []);
});

test('it is as far as the row numbers that no stretch still has before it', async () => {
  const { sql } = under.database;
  const [row] = await sql<{ last: string }[]>`select max(rid) as last from fhir.resource`;
  const total = Number(row!.last);
  await sql`insert into fhir.index_job (kind, target, next_rid) values ('parameters', 1, ${total - 1})`;
  assert.deepEqual(await listIndexJobs(server), [{ kind: 'parameters', done: total - 1, total }]);
  await sql`
    insert into fhir.index_stretch (kind, first, next_rid, behind, holder, until)
    values ('parameters', ${total - 5}, ${total - 4}, ${total - 1}, gen_random_uuid(), now())`;
  assert.deepEqual(await listIndexJobs(server), [{ kind: 'parameters', done: total - 4, total }]);
  await sql`update fhir.index_job set next_rid = ${total + 1}`;
  await sql`delete from fhir.index_stretch`;
  assert.deepEqual(await listIndexJobs(server), [{ kind: 'parameters', done: total, total }]);
  await sql`delete from fhir.index_job`;
});

test('jobs whose time is over go one by one, and all of them', async () => {
  const store = await under.open();
  const job = { kind: 'x', owner: Buffer.from('o'), client: 'c', about: 'x', input: {}, body: undefined, priority: 0 };
  const most = { open: 10, kept: 10, bytes: 10 };
  const ids = await Promise.all([1, 2, 3, 4].map(() => store.jobs.addJob(job, most)));
  const { sql } = under.database;
  const left = async (): Promise<unknown[]> => [...(await sql<{ id: string }[]>`select id from fhir.job`)];
  await sql`update fhir.job set expires = now() - interval '1 s' where id <> ${ids[0]!}`;
  assert.equal(await deleteOver(sql), true);
  assert.equal((await left()).length, 3);
  await store.jobs.sweepJobs();
  assert.deepEqual(await left(), [{ id: ids[0] }]);
  assert.equal(await deleteOver(sql), false);
  await store.jobs.stopJob(ids[0]!);
});

test('a look at a job waits for no part that is being stored', async () => {
  const store = await under.open();
  const owner = Buffer.from('o');
  const job = { kind: 'x', owner, client: 'c', about: 'x', input: {}, body: undefined, priority: 0 };
  const id = (await store.jobs.addJob(job, { open: 10, kept: 10, bytes: 10 }))!;
  await under.database.sql.begin(async (session) => {
    // As the reference of a part does until its commit.
    await session`select from fhir.job where id = ${id} for key share`;
    assert.equal((await store.jobs.pollJob(id, owner))?.state, 'waiting');
  });
  await store.jobs.stopJob(id);
});

test('a job that failed is tried again as often as a new one, by who asks; whoever had it before writes nothing more', async () => {
  const store = await under.open();
  const owner = Buffer.from('o');
  const body = Buffer.from('the body');
  const job = { kind: 'again', owner, client: 'c', about: 'x', input: {}, body, priority: 0 };
  const id = (await store.jobs.addJob(job, { open: 10, kept: 10, bytes: 10 }))!;
  const holder = '00000000-0000-4000-8000-000000000001';
  const claim = async (): Promise<[attempt: number, tries: number, body: string | undefined]> => {
    const claimed = await store.jobs.claimJob(holder, { kinds: ['again'], lease: 60_000 });
    return [claimed?.attempt ?? 0, claimed?.tries ?? 0, claimed?.body?.toString()];
  };
  const shown = async (): Promise<unknown[]> => {
    const [{ state, share, status, attempt }] = (await store.jobs.listJobs(1, id)) as [ListedJob];
    return [state, share, status, attempt];
  };
  const end = (attempt: number, status: number): Promise<boolean> =>
    store.jobs.endJob({ id, attempt, holder }, { outcome: { status }, first: 0, done: 0, minutes: 60 });
  assert.equal(await store.jobs.retryJob(id), false, 'it waits for nothing');
  assert.deepEqual(await claim(), [1, 1, 'the body']);
  assert.equal(await store.jobs.keepJob({ id, attempt: 1, holder }, { done: 5, share: 0.5, lease: 60_000 }), 'goes on');
  assert.deepEqual(await shown(), ['running', 0.5, null, 1]);
  assert.equal(await store.jobs.retryJob(id), false, 'somebody has it');
  await store.jobs.addPart({ id, attempt: 1, holder }, 0, Buffer.from('why it failed'));
  assert.equal(await end(1, 500), true);
  assert.deepEqual(await shown(), ['ended', 0.5, 500, 1]);
  assert.deepEqual(await Promise.all([store.jobs.retryJob(id), store.jobs.retryJob(id)]).then((all) => all.sort()), [
    false,
    true,
  ]);
  assert.equal((await under.database.sql`select from fhir.job_part where job = ${id}`).length, 0);
  assert.deepEqual(await claim(), [2, 1, 'the body']);
  assert.deepEqual(await shown(), ['running', null, null, 2]);
  assert.equal(await end(1, 200), false);
  await store.jobs.leaveJob({ id, attempt: 2, holder }, 600);
  assert.deepEqual(await claim(), [0, 0, undefined], 'not before its time');
  assert.equal(await store.jobs.retryJob(id), true);
  assert.deepEqual(await claim(), [3, 1, 'the body']);
  assert.equal(await end(3, 404), true);
  assert.equal(await store.jobs.retryJob(id), false, 'a refusal stays one');
  const [row] = await under.database.sql<{ body: Buffer | null }[]>`select body from fhir.job where id = ${id}`;
  assert.equal(row!.body, null);
  await store.jobs.stopJob(id);
});

test('files of exports that failed count for no limit', async () => {
  const store = await under.open();
  const owner = Buffer.from('o');
  const job = { kind: 'export', owner, client: 'sizes', about: 'x', input: {}, body: undefined, priority: 0 };
  const made = { kind: 'output', type: 'Basic', count: 1, digest: Buffer.alloc(32) } as const;
  const file = { ...made, position: {}, patients: undefined };
  const before = await store.exports.sizes('sizes');
  const sizes: number[][] = [];
  for (const status of [200, 422]) {
    const id = (await store.jobs.addJob(job, { open: 10, kept: 10, bytes: 1e9 }))!;
    const holder = crypto.randomUUID();
    const claimed = (await store.jobs.claimJob(holder, { kinds: ['export'], lease: 60_000 }))!;
    const attempt = { id, attempt: claimed.attempt, holder };
    await store.exports.begin(id, { until: new Date(), begun: new Date() });
    assert.ok(await store.exports.addFiles(attempt, [{ ...file, number: 0, bytes: 100 }]));
    const running = await store.exports.sizes('sizes');
    assert.ok(await store.jobs.endJob(attempt, { outcome: { status }, first: 0, done: 100, minutes: 1 }));
    const ended = await store.exports.sizes('sizes');
    sizes.push([running.own, ended.own, ended.all - before.all]);
  }
  assert.deepEqual(sizes, [
    [100, 100, 100],
    [200, 100, 100],
  ]);
});
