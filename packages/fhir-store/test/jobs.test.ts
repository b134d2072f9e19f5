/** Jobs whose time is over, and work on the search index, as operators see it beside the jobs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { listIndexJobs } from '../src/jobs.ts';
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
