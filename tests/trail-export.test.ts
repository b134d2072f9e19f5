/**
 * An export of the request trail to a file, as a job that is killed, that lacks space, and that a server cannot start.
 * docs/decisions/0205-exports-of-the-trail.md
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer, until } from '@dhp/postgres/testing';
import { openSealer, trailKeys } from '@dhp/trail';
import { trailSecret } from '../apps/dhp/src/server-keys.ts';
import { openHome, type Home } from './platform.ts';
import { launch, type Launched } from './processes.ts';

const main = new URL('../apps/dhp/src/main.ts', import.meta.url).pathname;
const database = `trail_export_${randomBytes(8).toString('hex')}`;
const secret = randomBytes(32);
/** More than two steps. */
const recorded = 1_300;
let admin: Sql;
let sql: Sql;
let place: Home;
let folder: string;

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  place = await openHome({
    ...{ serves: 'sso,fhir', programs: 'kept' },
    environment: {
      DHP_AUDIT: 'on',
      DHP_SECRET_KEY: secret.toString('base64'),
      DATABASE_URL: databaseUrl(server, database),
    },
  });
  assert.equal((await place.run(['migrate'])).code, 0);
  const url = databaseUrl(server, `${database}_playground`);
  sql = connect(url, { max: 1 });
  const store: FhirStore = await openStore({ url, timeZone: 'Asia/Tashkent' });
  const sealer = openSealer(trailKeys(trailSecret(secret, 'playground')));
  const content = { interaction: 'read', action: 'R', type: 'Patient', outcome: 'success', status: 200 };
  const made = Array.from({ length: recorded }, (_, n) =>
    sealer.row({
      ...{ recorded: Date.now(), patient: `p-${String(n % 20)}`, content: { ...content, request: `r-${String(n)}` } },
      sealed: { patient: `p-${String(n % 20)}`, id: `p-${String(n % 20)}` },
    }),
  );
  await store.trail.record(made);
  await store.close();
  // Recording a step after the first waits for the lock that a test may hold.
  await sql.unsafe(`
    create function public.wait_in_export() returns trigger language plpgsql as $$
    begin perform pg_advisory_xact_lock_shared(42); return new; end $$;
    create trigger waits before update of records on fhir.trail_export for each row
      when (new.records > 500 and new.ended is null) execute function public.wait_in_export()`);
});
after(async () => {
  await place.close();
  await (sql as Sql | undefined)?.end();
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dhp-test-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Job {
  readonly job_id: string;
  readonly state: string;
  readonly kind: string;
  readonly client_id: string;
  readonly attempt: number;
  readonly share: number | null;
  readonly status: number | null;
}
const jobs = async (): Promise<Job[]> => sql<Job[]>`
  select id::text as job_id, state, kind, client as client_id, attempt, share, (outcome->>'status')::int as status from fhir.job
  where not stops order by asked desc`;
const words = (): string[] => ['audit', 'export', '--requests', 'playground', '--to', folder, '--reason', 'order 12'];
const start = (...command: readonly string[]): Launched => launch(place.data, [main, ...command], place.environment);

/** Runs something while no step behind the first can be noted. */
async function whileStepsWait(work: () => Promise<void>): Promise<void> {
  const keeper = connect(databaseUrl(await testServer(), `${database}_playground`), { max: 1 });
  await keeper`select pg_advisory_lock(42)`;
  try {
    await work();
  } finally {
    await keeper.end();
  }
}

/** The job whose second step is written but not recorded. */
const halfDone = (): Promise<Job> =>
  until('its second step waits', async () => {
    const waits = await sql`
      select from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.locktype = 'advisory' and l.objid = 42 and not l.granted`;
    return waits.length > 0 && (await jobs()).find(({ state, share }) => state === 'running' && share !== null);
  });

/** As if the holder had not renewed its lease for the maximum time. */
async function lapse(): Promise<void> {
  await sql`update fhir.job set due = clock_timestamp() where state = 'running'`;
  await sql`select pg_notify('dhp jobs', '')`;
}

const told = async (): Promise<number> =>
  (
    await sql<{ n: number }[]>`
    select count(*)::int as n from fhir.audit_record where content like ${'%"interaction":"trail-exported"%'}`
  )[0]!.n;

/** The requests in the only file of the folder, which only its owner may read. */
async function requestsInFile(): Promise<{ readonly file: string; readonly sha256: string; readonly lines: number }> {
  const [file, ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  assert.match(file!, /^requests-playground-[-\da-f]{36}\.ndjson$/);
  assert.equal((await stat(join(folder, file!))).mode & 0o777, 0o600);
  const bytes = await readFile(join(folder, file!));
  const lines = bytes.toString('utf8').trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { resourceType: string; id: string });
  assert.ok(events.every(({ resourceType }) => resourceType === 'AuditEvent'));
  assert.equal(new Set(events.map(({ id }) => id)).size, lines.length, 'each is there once');
  const found = new Set([...bytes.toString('utf8').matchAll(/"(r-\d+)"/g)].map(([, request]) => request));
  assert.equal(found.size, recorded);
  return { file: file!, sha256: createHash('sha256').update(bytes).digest('hex'), lines: lines.length };
}

test('an export whose command is killed goes on in a worker that has the folder, and no record is in it twice', async () => {
  const before = await told();
  let dead: Job | undefined;
  await whileStepsWait(async () => {
    const killed = start(...words());
    dead = await halfDone();
    killed.child.kill('SIGKILL');
    await killed.ended;
  });
  assert.deepEqual([dead!.kind, dead!.client_id], ['trail-export', 'dhp audit export']);
  assert.ok(dead!.share! > 0 && dead!.share! < 1, String(dead!.share));
  assert.equal((await readdir(folder)).filter((name) => name.endsWith('.ndjson.part')).length, 1);
  const month = new Date().toISOString().slice(0, 7);
  const other = await place.run([...words(), '--month', month]);
  assert.deepEqual([other.code, /An export of all periods is under way/.test(other.stderr)], [1, true], other.stderr);
  await lapse();
  assert.equal((await place.json<{ jobs: number }>(['job', 'work'])).jobs, 0, 'it has not the folder');
  const workers = [1, 2].map(() => start('job', 'work', '--exports', folder, '--json'));
  const ends = await Promise.all(workers.map(({ ended }) => ended));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
    workers.map((one) => one.stderr()).join(''),
  );
  const counts = workers.map((one) => (JSON.parse(one.stdout()) as { jobs: number }).jobs);
  assert.equal(counts[0]! + counts[1]!, 1, 'one of them has carried it out');
  const done = (await jobs()).find(({ job_id: id }) => id === dead!.job_id)!;
  assert.deepEqual([done.state, done.status, done.attempt], ['ended', 200, 2]);
  const { file, sha256, lines } = await requestsInFile();
  const [{ outcome }] = await sql<[{ outcome: object }]>`select outcome from fhir.job where id = ${dead!.job_id}`;
  assert.deepEqual(outcome, { status: 200, file, sha256, records: lines });
  assert.equal(await told(), before + 1, 'it is one export, whoever continues with it');
});

test('a job whose file is not there begins it again', async () => {
  await whileStepsWait(async () => {
    const killed = start(...words());
    await halfDone();
    killed.child.kill('SIGKILL');
    await killed.ended;
  });
  await rm(folder, { recursive: true });
  await lapse();
  const { file, records, sha256 } = await place.json<{ file: string; records: number; sha256: string }>(words());
  assert.deepEqual(await requestsInFile(), { file, sha256, lines: records });
});

test('a job that is cancelled in the middle of a step ends, and the next command begins another export', async () => {
  let job: Job | undefined;
  let running: Launched | undefined;
  await whileStepsWait(async () => {
    running = start(...words());
    job = await halfDone();
    await place.run(['job', 'cancel', job.job_id, '--reason', 'not now']);
  });
  assert.equal((await running!.ended).code, 3, running!.stderr());
  assert.match(running!.stderr(), new RegExp(`The job ${job!.job_id} was cancelled\\.`));
  assert.deepEqual(await readdir(folder), [], 'no decrypted record is left');
  const again = await place.json<{ job_id: string; records: number }>(words());
  assert.notEqual(again.job_id, job!.job_id);
  assert.equal((await requestsInFile()).lines, again.records);
});

test('a job that is cancelled when its process was killed leaves a file that the next worker with the folder removes', async () => {
  const others = ['requests-playground-0198c0de-0000-7000-8000-000000000000.ndjson.part', 'notes.part'];
  for (const by of ['dhp job work', 'dhp audit export'] as const) {
    let dead: Job | undefined;
    await whileStepsWait(async () => {
      const killed = start(...words());
      dead = await halfDone();
      killed.child.kill('SIGKILL');
      await killed.ended;
    });
    for (const name of others) await writeFile(join(folder, name), '');
    const [part] = (await readdir(folder)).filter((name) => !others.includes(name));
    assert.match(part!, /\.ndjson\.part$/);
    await lapse();
    await place.run(['job', 'cancel', dead!.job_id, '--reason', 'not now']);
    assert.equal(
      (await jobs()).find(({ job_id: id }) => id === dead!.job_id),
      undefined,
    );
    if (by === 'dhp job work') await place.json(['job', 'work', '--exports', folder]);
    else await place.json(words());
    const left = await readdir(folder);
    assert.equal(left.includes(part!), false, by);
    assert.ok(
      others.every((name) => left.includes(name)),
      'files of nobody and of others stay',
    );
    for (const name of left) await rm(join(folder, name));
  }
});

test(
  'an export that lacks room waits for it, and continues with what it has written',
  { skip: hasLimits() ? false : 'prlimit, of util-linux, is not installed' },
  async () => {
    let running: Launched | undefined;
    const limit = (bytes: string): Buffer =>
      execFileSync('prlimit', ['--pid', String(running!.pid), `--fsize=${bytes}:unlimited`]);
    await whileStepsWait(async () => {
      running = start(...words(), '--json');
      await halfDone();
      const [part] = await readdir(folder);
      // Room for the written data, and a little more.
      limit(String((await stat(join(folder, part!))).size + 1_000));
    });
    await until('it is tried again', async () =>
      (await jobs()).find(({ state, attempt }) => state !== 'ended' && attempt > 1),
    );
    limit('unlimited');
    assert.equal((await running!.ended).code, 0, running!.stderr());
    const { file, records, sha256 } = JSON.parse(running!.stdout()) as {
      file: string;
      records: number;
      sha256: string;
    };
    assert.deepEqual(await requestsInFile(), { file, sha256, lines: records });
  },
);

function hasLimits(): boolean {
  try {
    execFileSync('prlimit', ['--version']);
    return true;
  } catch {
    return false;
  }
}

test('a job that names an export nobody has begun reads nothing', async () => {
  const before = await told();
  // As the login of a server could: only the owner starts exports.
  await sql`insert into fhir.job (id, kind, owner, client, about, input, priority, expires)
    select gen_random_uuid(), 'trail-export', '', 'x', 'x', json_build_object('export', one)::text, 0, now() + interval '1 day'
    from unnest(array[gen_random_uuid()::text, 'nothing']) one`;
  assert.equal((await place.json<{ jobs: number }>(['job', 'work', '--exports', folder])).jobs, 2);
  assert.deepEqual(
    (await sql`select outcome->>'status' as status from fhir.job where client = 'x'`).map(({ status }) => status),
    ['409', '409'],
  );
  assert.deepEqual(await readdir(folder), []);
  assert.equal(await told(), before);
});

test('what is not an export to a file is refused', async () => {
  for (const wrong of [
    ['audit', 'export', '--to', folder],
    ['audit', 'export', '--json'],
    ['audit', 'export', '--requests', 'playground', '--json', '--reason', 'x'],
  ])
    assert.equal((await place.run(wrong)).code, 2, wrong.join(' '));
});
