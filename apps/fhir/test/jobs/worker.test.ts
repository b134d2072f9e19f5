/** Jobs with several workers: each is done by one at a time, and survives the end of its worker. docs/decisions/0091-jobs.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BudgetSpent } from '@dhp/budget';
import { migrations, openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, ensureDatabase, migrate, startEmbedded } from '@dhp/postgres';
import { lastingPort, startWire, testDatabase, type TestDatabase, until } from '@dhp/postgres/testing';
import type { Exchange } from '../../src/contract/exchange.ts';
import type { Pace, Running } from '../../src/jobs/holding.ts';
import { runRequest, type RunMeans } from '../../src/jobs/run-request.ts';
import { openWorker, type Result, type Worker } from '../../src/jobs/worker.ts';
import { fast } from './pace.ts';

let database: TestDatabase;
const stores: FhirStore[] = [];
const workers: Worker[] = [];
const owner = Buffer.from('somebody');
const ofNobody = { owner, client: 'c', about: 'x', input: {}, body: undefined, priority: 0 };
const manyJobs = { open: 1_000, kept: 1_000, bytes: 1e9 };

async function open(url = database.url): Promise<FhirStore> {
  const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  stores.push(store);
  return store;
}

let one: FhirStore;
let two: FhirStore;
before(async () => {
  database = await testDatabase({ name: 'jobs', migrations: [migrations] });
  [one, two] = [await open(), await open()];
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await database.sql`delete from fhir.job`;
});
after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

type Kinds = Record<string, (running: Running) => Promise<Result>>;

function work(store: FhirStore, kinds: Kinds, pace: Partial<Pace> = {}): Worker {
  const worker = openWorker({
    ...{ store: store.jobs, minutes: 1, kinds, pace: { ...fast, ...pace } },
    onError: (error) => errors.push(String(error)),
    givenUp: () => Promise.resolve({ outcome: { status: 500 }, first: 0 }),
  });
  workers.push(worker);
  return worker;
}
const errors: string[] = [];

async function add(
  store: FhirStore,
  kind: string,
  more: { client?: string; priority?: number; input?: unknown } = {},
): Promise<string> {
  const { client = 'c', priority = 0, input = {} } = more;
  const job = { kind, owner, client, about: kind, input, body: undefined, priority };
  const id = await store.jobs.addJob(job, { open: 1_000, kept: 1_000, bytes: 1e9 });
  assert.ok(id !== undefined);
  return id;
}

async function ended(id: string): Promise<{ outcome: unknown; attempt: number; text: string }> {
  const { outcome, attempt } = await until('a job ends', async () => {
    const standing = await one.jobs.pollJob(id, owner);
    return standing?.state === 'ended' && standing;
  });
  return { outcome, attempt, text: await textOf({ id, attempt }) };
}

async function textOf(job: { id: string; attempt: number }): Promise<string> {
  let text = '';
  for await (const part of one.jobs.partsOf(job, 0)) text += part.toString();
  return text;
}

const done = (outcome: unknown = {}): Promise<Result> => Promise.resolve({ outcome, first: 0 });

describe('several workers', () => {
  it('never do one job twice at the same time, and do each once', async () => {
    const runs = new Map<string, number>();
    const now = new Set<string>();
    const kind = async ({ job: { id } }: Running): Promise<Result> => {
      assert.ok(!now.has(id), 'twice at the same time');
      now.add(id);
      runs.set(id, (runs.get(id) ?? 0) + 1);
      await delay(Math.random() * 5);
      now.delete(id);
      return done();
    };
    const ids = await Promise.all(Array.from({ length: 120 }, (_, n) => add(n % 2 === 0 ? one : two, 'count')));
    for (const store of [one, two, one, two, one]) work(store, { count: kind });
    await until('all are done', () => runs.size === ids.length && now.size === 0);
    for (const id of ids) assert.deepEqual(await ended(id), { outcome: {}, attempt: 1, text: '' });
    assert.deepEqual(
      [...runs.values()].filter((times) => times !== 1),
      [],
    );
  });

  it('take the higher priority first, then the client of whom they did less, then the older one', async () => {
    const order: unknown[] = [];
    for (const input of ['a1', 'a2', 'a3']) await add(one, 'order', { client: 'a', input });
    await add(one, 'order', { client: 'b', input: 'b1' });
    await add(one, 'order', { client: 'a', input: 'urgent', priority: 5 });
    work(one, {
      order({ job }) {
        order.push(job.input);
        return done();
      },
    });
    await until('all are done', () => order.length === 5);
    assert.deepEqual(order, ['urgent', 'b1', 'a1', 'a2', 'a3']);
  });

  it('leave kinds alone that they do not know, as those of a later release', async () => {
    const id = await add(one, 'later');
    const own = await add(one, 'own');
    work(one, { own: () => done() });
    await ended(own);
    await delay(4 * fast.idle);
    assert.equal((await one.jobs.pollJob(id, owner))?.state, 'waiting');
    work(two, { later: () => done({ by: 'the later one' }) });
    assert.deepEqual((await ended(id)).outcome, { by: 'the later one' });
  });
});

describe('a job that takes long', () => {
  it('keeps none of another kind waiting, and shares the time of its process', async () => {
    const begun = Promise.withResolvers<Running>();
    const over = Promise.withResolvers<undefined>();
    const long = await add(one, 'long');
    work(one, {
      async long(running) {
        begun.resolve(running);
        await over.promise;
        return { outcome: {}, first: 0 };
      },
      short: () => done(),
    });
    await begun.promise;
    for (let n = 0; n < 3; n += 1) assert.equal((await ended(await add(one, 'short'))).attempt, 1);
    assert.equal((await one.jobs.pollJob(long, owner))?.state, 'running');
    over.resolve(undefined);
    await ended(long);
  });

  it('is not removed while its holder is alive, however long it takes', async () => {
    const begun = Promise.withResolvers<undefined>();
    const over = Promise.withResolvers<undefined>();
    const id = await add(one, 'days');
    const worker = work(one, {
      async days() {
        begun.resolve(undefined);
        await over.promise;
        return { outcome: {}, first: 0 };
      },
    });
    await begun.promise;
    await database.sql`update fhir.job set expires = clock_timestamp() + interval '2 s' where id = ${id}`;
    const [after] = await until('a sign of life', async () => {
      const rows =
        await database.sql`select from fhir.job where id = ${id} and expires > clock_timestamp() + interval '50 minutes'`;
      return rows.length > 0 && rows;
    });
    assert.ok(after);
    over.resolve(undefined);
    await ended(id);
    await worker.close();
  });
});

describe('a job outlives', () => {
  it('kill -9 of the process that does it: another goes on, and nothing of the first attempt is left', async () => {
    const id = await add(one, 'slow');
    const child = spawn(process.execPath, [fileURLToPath(new URL('./slow-node.ts', import.meta.url)), database.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    try {
      const lines = createInterface({ input: child.stdout });
      for await (const line of lines) if (Number(line) >= 3) break;
      work(two, {
        async slow(running) {
          await running.put(Buffer.from('by the other'));
          return { outcome: {}, first: 0 };
        },
      });
      // Its signs of life keep the job its own for longer than a lease.
      await delay(fast.lease + 500);
      assert.equal((await one.jobs.pollJob(id, owner))?.attempt, 1);
      assert.match(await textOf({ id, attempt: 1 }), /^(by the process \d+;)+$/);
    } finally {
      child.kill('SIGKILL');
      await exited;
    }
    assert.deepEqual(await ended(id), { outcome: {}, attempt: 2, text: 'by the other' });
    assert.equal(await textOf({ id, attempt: 1 }), '');
  });

  it('a holder that hangs for longer than its lease, which can then write no more', async () => {
    const id = await add(one, 'hang');
    const hung = Promise.withResolvers<Running>();
    const awake = Promise.withResolvers<undefined>();
    const late = Promise.withResolvers<unknown>();
    work(
      one,
      {
        async hang(running) {
          await running.put(Buffer.from('early'));
          hung.resolve(running);
          await awake.promise;
          late.resolve(await running.put(Buffer.from('late')).catch((error: unknown) => error));
          return { outcome: { by: 'the one that hung' }, first: 0 };
        },
      },
      { sign: 1e8, lease: 300 },
    );
    await hung.promise;
    work(two, {
      async hang(running) {
        await running.put(Buffer.from('other'));
        awake.resolve(undefined);
        await late.promise;
        return { outcome: { by: 'the other' }, first: 0 };
      },
    });
    assert.ok((await late.promise) instanceof Error);
    assert.deepEqual(await ended(id), { outcome: { by: 'the other' }, attempt: 2, text: 'other' });
  });

  it('a worker that closes, which gives it back at once and counts no attempt', async () => {
    const id = await add(one, 'close');
    const begun = Promise.withResolvers<undefined>();
    const first = work(one, {
      close: ({ signal }) => {
        begun.resolve(undefined);
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('ends'));
          });
        });
      },
    });
    await begun.promise;
    await first.close();
    const standing = await one.jobs.pollJob(id, owner);
    assert.deepEqual([standing?.state, standing?.attempt], ['waiting', 0]);
    work(two, { close: () => done() });
    assert.equal((await ended(id)).attempt, 1);
  });

  it('a worker that closes while it takes a job, which it gives back and does not begin', async () => {
    const id = await add(one, 'taken');
    const taken = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    const claimJob: FhirStore['jobs']['claimJob'] = async (...asked) => {
      const job = await one.jobs.claimJob(...asked);
      taken.resolve(undefined);
      await closed.promise;
      return job;
    };
    let begun = 0;
    const slow = { ...one, jobs: { ...one.jobs, claimJob } };
    const first = work(slow, {
      taken() {
        begun += 1;
        return done();
      },
    });
    await taken.promise;
    const closing = first.close();
    closed.resolve(undefined);
    await closing;
    const standing = await one.jobs.pollJob(id, owner);
    assert.deepEqual([begun, standing?.state, standing?.attempt], [0, 'waiting', 0]);
  });

  it('a worker that closes before the request of a job begins, which may spend nothing', async () => {
    const input = { method: 'GET', path: '/Patient', headers: {}, rights: {} };
    const job = { id: 'x', attempt: 1, input, body: null } as unknown as Running['job'];
    const running = { job, signal: AbortSignal.abort() } as unknown as Running;
    const pipeline: Pick<RunMeans['services']['pipeline'], 'handle'> = {
      handle(_request, steps) {
        const exchange = {} as Exchange;
        steps.receive(exchange, (received) => {
          try {
            received.budget.spend(1);
            steps.refuse(exchange, new Error('it goes on'));
          } catch (error) {
            steps.refuse(exchange, error);
          }
          return Promise.resolve();
        });
        return exchange;
      },
    };
    const services = { pipeline, clock: () => new Date() };
    const costs = { work: 10, rows: 10, milliseconds: 1e6, bytes: 1e6 };
    const means = { services, costs, whole: undefined } as unknown as RunMeans;
    await assert.rejects(runRequest(means, running), BudgetSpent);
  });

  it('a worker that closes in the middle of an answer, of which nothing is left for the next one', async () => {
    const id = await add(one, 'middle');
    const begun = Promise.withResolvers<undefined>();
    const first = work(one, {
      async middle(running) {
        for (;;) {
          await running.put(Buffer.from('by the first;'));
          begun.resolve(undefined);
          await delay(5);
        }
      },
    });
    await begun.promise;
    await first.close();
    assert.equal((await database.sql`select from fhir.job_part where job = ${id}`).length, 0);
    work(two, {
      async middle(running) {
        await running.put(Buffer.from('by the next'));
        return { outcome: {}, first: 0 };
      },
    });
    assert.deepEqual(await ended(id), { outcome: {}, attempt: 1, text: 'by the next' });
  });

  it('the loss of all connections to the database', async () => {
    const wire = await startWire(database.url);
    const cut = await open(wire.through(database.url));
    const id = await add(one, 'cut');
    const begun = Promise.withResolvers<undefined>();
    work(cut, {
      async cut(running) {
        for (let n = 0; n < 20; n += 1) {
          await running.put(Buffer.from(`${String(n)},`));
          begun.resolve(undefined);
          await delay(20);
        }
        return { outcome: {}, first: 0 };
      },
    });
    await begun.promise;
    await wire.cut();
    await delay(100);
    await wire.restore();
    const { text } = await ended(id);
    assert.equal(text, Array.from({ length: 20 }, (_, n) => `${String(n)},`).join(''));
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await wire.close();
  });
});

describe('a restart of the database', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dhp-test-jobs-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('in the middle of a job: it is done, whole, and what was taken meanwhile too', async () => {
    const settings = { shared_buffers: '32MB', io_method: 'sync' };
    const first = await startEmbedded({ directory, name: 'a test', settings, port: await lastingPort() });
    const url = await ensureDatabase(first.url, 'jobs_restart');
    const sql = connect(url, { max: 1 });
    await migrate(sql, migrations);
    await sql.end();
    const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
    const id = (await store.jobs.addJob({ ...ofNobody, kind: 'count' }, manyJobs))!;
    const waiting = (await store.jobs.addJob({ ...ofNobody, kind: 'count' }, manyJobs))!;
    const begun = Promise.withResolvers<undefined>();
    const worker = work(store, {
      async count(running) {
        for (let n = 0; n < 30; n += 1) {
          await running.put(Buffer.from(`${String(n)},`));
          if (n === 5) begun.resolve(undefined);
          await delay(10);
        }
        return { outcome: {}, first: 0 };
      },
    });
    await begun.promise;
    await first.stop();
    const second = await startEmbedded({ directory, name: 'a test', settings, port: first.port });
    for (const each of [id, waiting]) {
      const { attempt } = await until('it ends', async () => {
        const standing = await store.jobs.pollJob(each, owner).catch(() => undefined);
        return standing?.state === 'ended' && standing;
      });
      let text = '';
      for await (const part of store.jobs.partsOf({ id: each, attempt }, 0)) text += part.toString();
      assert.equal(text, Array.from({ length: 30 }, (_, n) => `${String(n)},`).join(''));
    }
    await worker.close();
    workers.splice(workers.indexOf(worker), 1);
    await store.close();
    await second.stop();
  });
});

describe('a job that is stopped', () => {
  it('ends while it runs, within the next sign of life, and leaves nothing', async () => {
    const id = await add(one, 'stop');
    const begun = Promise.withResolvers<Running>();
    work(one, {
      async stop(running) {
        for (;;) {
          await running.put(Buffer.from('x'));
          begun.resolve(running);
          await delay(10);
        }
      },
    });
    const { signal } = await begun.promise;
    assert.equal(await two.jobs.stopJob(id, owner), true);
    assert.equal(await two.jobs.pollJob(id, owner), undefined);
    await until('it is told', () => signal.aborted);
    await until('it is gone', async () => (await database.sql`select from fhir.job where id = ${id}`).length === 0);
    assert.equal((await database.sql`select from fhir.job_part where job = ${id}`).length, 0);
    assert.equal(await two.jobs.stopJob(id, owner), false);
  });

  it('is gone at once while it waits, and when it has ended', async () => {
    const waiting = await add(one, 'nobody');
    assert.equal(await one.jobs.stopJob(waiting, owner), true);
    const ending = await add(one, 'soon');
    work(one, { soon: () => done() });
    await ended(ending);
    assert.equal(await one.jobs.stopJob(ending, Buffer.from('another')), false);
    assert.equal(await one.jobs.stopJob(ending, owner), true);
    assert.equal((await database.sql`select from fhir.job`).length, 0);
  });
});

describe('a job that fails', () => {
  it('is tried again, later each time, and given up in the end', async () => {
    const began: number[] = [];
    const id = await add(one, 'fail');
    work(one, {
      fail() {
        began.push(performance.now());
        return Promise.reject(new Error('it fails'));
      },
    });
    assert.deepEqual((await ended(id)).outcome, { status: 500 });
    assert.equal(began.length, 5);
    assert.ok(errors.includes('Error: it fails'));
    const waits = began.slice(1).map((at, n) => at - began[n]!);
    waits.forEach((wait, n) => {
      assert.ok(wait >= fast.backoff * 2 ** n, `${String(n)}: ${String(wait)}`);
    });
  });
});

describe('limits', () => {
  const job = { kind: 'none', owner, client: 'limited', about: 'x', input: {}, body: undefined, priority: 0 };

  it('hold for many at the same moment', async () => {
    const most = { open: 3, kept: 100, bytes: 1e9 };
    const added = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? one : two).jobs.addJob(job, most)),
    );
    assert.equal(added.filter((id) => id !== undefined).length, 3);
    await one.jobs.stopJob(
      added.find((id) => id !== undefined)!,
      owner,
    );
    assert.ok((await one.jobs.addJob(job, most)) !== undefined);
    assert.ok((await one.jobs.addJob({ ...job, client: 'another' }, most)) !== undefined);
  });

  it('what is over is removed', async () => {
    const id = await add(one, 'none');
    await database.sql`update fhir.job set expires = now() - interval '1 s'`;
    assert.equal(await one.jobs.pollJob(id, owner), undefined);
    await one.jobs.sweepJobs();
    assert.equal((await database.sql`select from fhir.job`).length, 0);
  });
});
