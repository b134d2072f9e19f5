/** Legal holds and retention with an operator's commands; a killed purge continues. docs/operations/retention.md */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer, until } from '@dhp/postgres/testing';
import { lockHolds } from '../packages/fhir-store/src/statements/legal-holds.ts';
import { newVersion, unconditional } from '../packages/fhir-store/test/database.ts';
import { openHome, type Home } from './platform.ts';
import { launch } from './processes.ts';

const main = new URL('../apps/dhp/src/main.ts', import.meta.url).pathname;
const database = `retention_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let sql: Sql;
let place: Home;
let store: FhirStore;
const environment: Record<string, string> = { DHP_AUDIT: 'on', DHP_SECRET_KEY: randomBytes(32).toString('base64') };

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  environment['DATABASE_URL'] = databaseUrl(server, database);
  place = await openHome({ serves: 'sso,fhir', commands: 'together', environment });
  assert.equal((await place.run(['migrate'])).code, 0);
  const url = databaseUrl(server, `${database}_playground`);
  sql = connect(url, { max: 1 });
  store = await openStore({ url, timeZone: 'Asia/Tashkent' });
});
after(async () => {
  await place.close();
  await (store as FhirStore | undefined)?.close();
  await (sql as Sql | undefined)?.end();
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

/** Resources in this many versions, as if all were stored five days ago. */
async function put(patient: string, resources: number, versions: number): Promise<void> {
  for (let n = 1; n <= versions; n += 1)
    await Promise.all(
      Array.from({ length: resources }, (_, id) =>
        store.update({
          ...newVersion({
            ...{ resourceType: 'Observation', status: 'final', code: { text: `of version ${String(n)}` } },
            subject: { reference: `Patient/${patient}` },
          }),
          id: `${patient}-${String(id)}`,
          ...unconditional,
        }),
      ),
    );
  // Their contents state another time, which a verification would report; that is not tested here.
  await sql`update fhir.history set upd = upd - interval '5 days' where upd > now() - interval '4 days'`;
  await sql`update fhir.resource set upd = upd - interval '5 days' where upd > now() - interval '4 days'`;
}

const said = async (words: readonly string[], code = 0): Promise<string> => {
  const ended = await place.run(words);
  assert.equal(ended.code, code, `${words.join(' ')}: ${ended.stderr}${ended.stdout}`);
  return ended.stdout + ended.stderr;
};
const earlier = async (): Promise<number> =>
  (await sql<{ n: number }[]>`select count(*)::int as n from fhir.history`)[0]!.n;
const records = async (interaction: string): Promise<number> =>
  (
    await sql<{ n: number }[]>`
    select count(*)::int as n from fhir.audit_record where content like ${`%"interaction":"${interaction}"%`}`
  )[0]!.n;

test('what is held stays, by whatever rule; all that is done is told in the trail', async () => {
  await put('a', 5, 3);
  await put('b', 5, 3);
  assert.equal(await said(['retention', 'list']), 'There is no rule: every version is kept.\n');
  assert.equal(await said(['hold', 'list']), 'There are no holds in force.\n');
  assert.match(await said(['retention', 'run', '--reason', 'try']), /There is no rule/);
  assert.equal(await earlier(), 20);
  assert.equal(
    await said(['retention', 'set', 'Observation', '--earlier', '2', '--reason', 'order 12']),
    'Observation: earlier versions are kept for 2 days; versions of deleted resources are kept permanently.\n',
  );
  const { hold_id: hold } = await place.json<{ hold_id: string }>(['hold', 'set', 'Patient/b', '--reason', 'case 7']);
  assert.match(await said(['hold', 'list']), new RegExp(`${hold} +Patient/b +in force .*case 7`));
  assert.match(
    await said(['retention', 'run', '--count']),
    /^Observation: 20 versions are old enough, 10 of them are under a hold; 0\.0 MB would be purged\.\n/,
  );
  assert.equal(await earlier(), 20);
  const text = await said(['retention', 'run', '--reason', 'order 12']);
  assert.match(
    text,
    /10 of them are under a hold; 0\.0 MB were purged\.\nThe purge [-\da-f]{36} has removed 10 versions;/,
  );
  assert.equal(await earlier(), 10);
  assert.match(await said(['hold', 'lift', hold, '--reason', 'closed']), /is lifted/);
  assert.match(await said(['hold', 'list', '--all']), /lifted/);
  assert.deepEqual(
    await Promise.all(['hold-set', 'hold-lifted', 'retention-set', 'versions-purged'].map(records)),
    [1, 1, 1, 1],
  );
  assert.match(await said(['audit', 'verify']), /Requests of playground/);
});

test('what is wrong is refused, with the cure', async () => {
  for (const [words, expected] of [
    [['hold', 'set', 'Nothing/1', '--reason', 'x'], /A hold is on a resource .*"Nothing\/1"/],
    [
      ['hold', 'set', 'Patient/1', '--until', '2020-01-01', '--reason', 'x'],
      /--until 2020-01-01: give a day in the future/,
    ],
    [['hold', 'set', 'Patient/1'], /--reason/],
    [['hold', 'lift', '0198c0de-0000-7000-8000-000000000000', '--reason', 'x'], /There is no hold/],
    [['retention', 'set', 'Encounter', '--earlier', '1', '--reason', 'x'], /who cared for a patient/],
    [['retention', 'set', 'Observation', '--reason', 'x'], /--earlier DAYS/],
    [['retention', 'set', 'Observation', '--earlier', '0', '--reason', 'x'], /--earlier/],
    [['retention', 'remove', 'Patient', '--reason', 'x'], /There is no rule for Patient/],
    [['retention', 'run'], /--reason/],
  ] as const)
    assert.match(await said(words, 2), expected, words.join(' '));
});

test('what a deletion has asked to have purged goes, with a certificate that can be checked', async () => {
  assert.equal(await said(['purge', 'list']), 'No purge was requested.\n');
  const [request, other] = ['0198c0de-0000-7000-8000-000000000001', '0198c0de-0000-7000-8000-000000000002'];
  for (const id of [request, other])
    await sql`insert into fhir.purge_request (id, client) values (${id}::uuid, 'registry')`;
  for (const id of ['a-0', 'a-1']) {
    await store.delete({ type: 'Observation', id });
    await sql`insert into fhir.purge_item (request, type, id) values (${request}::uuid, 'Observation', ${id})`;
  }
  assert.match(await said(['purge', 'list']), new RegExp(`${request} +asked +[^ ]+ +registry +2 +0 +0 +0\n`));
  const counting = ['purge', 'run', request, '--count'];
  assert.match(
    await said(counting),
    /^Observation: 2 resources, of which 2 versions \(0\.0 MB\) would be purged\. Under a hold: 0; exist again: 0\.\n$/,
  );
  // A hold on one resource, and one that was stored again, are reported before anything is removed.
  assert.match(await said(['hold', 'set', 'Observation/a-0', '--reason', 'case 9']), /on Observation\/a-0 is in force/);
  assert.match(
    await said(counting),
    /^Observation: 2 resources, of which 1 versions .* Under a hold: 1; exist again: 0\.\nThe hold [-\da-f]{36} on Observation\/a-0 keeps 1: case 9\n$/,
  );
  const [held] = await sql<{ id: string }[]>`select id::text from fhir.legal_hold where reason = 'case 9'`;
  const { holds } = JSON.parse(await said([...counting, '--json'])) as { holds: { hold: string; resources: number }[] };
  assert.deepEqual(
    holds.map(({ hold, resources }) => [hold, resources]),
    [[held!.id, 1]],
  );
  await said(['hold', 'lift', held!.id, '--reason', 'case 9 is over']);
  const words = ['purge', 'run', request, '--reason', 'request 7'];
  assert.match(await said([...words, '--patient', 'a'], 1), /Patient\/a is not among the resources/);
  const file = join(place.data, 'certificate.json');
  assert.match(
    await said([...words, '--law', 'Law 547, article 19', '--to', file]),
    /^Purged: 2 resources, 2 versions\. Under a hold: 0; exist again: 0\.\nThe certificate is in /,
  );
  assert.match(await said(['verify', '--certificate', file]), /^✓ This environment signed the certificate/);
  const text = await readFile(file, 'utf8');
  assert.match(text, /Law 547, article 19/);
  await writeFile(file, text.replace('\\"resources\\":2', '\\"resources\\":3'));
  assert.match(await said(['verify', '--certificate', file], 1), /is not signed with the key/);
  assert.equal(await said(counting), 'All of it has been purged already.\n');
  assert.match(await said(['purge', 'refuse', other, '--reason', 'x']), /is refused/);
  assert.match(await said(['purge', 'run', other, '--count'], 1), /was refused/);
  assert.match(await said(['purge', 'run', other, '--reason', 'x'], 1), /was refused/);
  assert.match(await said(['purge', 'run', 'nothing', '--reason', 'x'], 2), /There is no request/);
});

test('what is purged is in a file before, also after kill -9 in the middle, and is verified and read by commands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dhp-archive-'));
  try {
    await said(['retention', 'set', 'Observation', '--earlier', '2', '--reason', 'order 12']);
    await put('d', 100, 7);
    const all = await earlier();
    const [row] = await sql<{ text: string }[]>`
      select h.content as text from fhir.history h join fhir.resource r on r.rid = h.rid where r.id = 'd-7' and h.ver = 3`;
    const { text } = row!;
    const words = ['retention', 'run', '--archive', folder, '--reason', 'order 12'];
    const killed = launch(place.data, [main, ...words], place.environment);
    for (const end = Date.now() + 240_000; (await earlier()) > all - 200 && Date.now() < end;);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const half = await earlier();
    assert.ok(half > 0 && half < all, `${String(half)} of ${String(all)}`);
    const [file = ''] = await readdir(folder);
    assert.match(await said(['retention', 'run', '--reason', 'x'], 1), new RegExp(`writes to ${file}: end it first`));
    assert.equal((await place.json<{ jobs: number }>(['job', 'work'])).jobs, 0, 'it has not the folder');
    await lapse();
    assert.equal((await place.json<{ versions: number }>(words)).versions, all);
    assert.equal(await earlier(), 0);
    const manifest = join(folder, `${file}.manifest.json`);
    const signed = await readFile(manifest, 'utf8');
    await rm(manifest);
    assert.match(
      await said(['archive', 'verify', folder]),
      new RegExp(`^${file}: ${String(all)} versions, the same as signed`),
    );
    assert.equal(await readFile(manifest, 'utf8'), signed);
    const read = ['archive', 'read', 'Observation/d-7/_history/3', '--from', folder, '--reason', 'case 9'];
    assert.equal(await said(read), `${text}\n`);
    assert.equal(await records('archive-read'), 1);
    const none = ['archive', 'read', 'Observation/none/_history/1', '--from', folder, '--reason', 'x'];
    assert.match(await said(none, 2), /is in no archive/);
    assert.match(await said(['archive', 'list']), new RegExp(`${file} .* ${String(all)} .*Observation`));
    const shown = JSON.parse(await said(['archive', 'show', file])) as { encrypted: boolean };
    assert.equal(shown.encrypted, false);
    const bytes = await readFile(join(folder, file));
    await writeFile(join(folder, file), bytes.subarray(0, bytes.length - 20));
    assert.match(await said(['archive', 'verify', folder], 1), /cannot be read to its end/);
    assert.equal(await said(read), `${text}\n`, 'it stands before what is missing, and is what was purged');
    await writeFile(join(folder, file), bytes.subarray(20));
    assert.match(await said(read, 2), /dhp archive verify says what is wrong/);
    await rm(join(folder, file));
    assert.match(await said(['archive', 'verify', folder], 1), /is not in this folder/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a purge that is killed goes on, and dhp verify finds nothing in what it has left', async () => {
  await put('c', 100, 12);
  const all = await earlier();
  const words = ['retention', 'run', '--reason', 'order 12'];
  const killed = launch(place.data, [main, ...words], place.environment);
  for (const end = Date.now() + 240_000; (await earlier()) > all - 400 && Date.now() < end;);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const half = await earlier();
  assert.ok(half > 0 && half < all, `${String(half)} of ${String(all)}`);
  const [dead] = await jobs();
  assert.equal(dead!.state, 'running');
  assert.ok(dead!.share! > 0 && dead!.share! < 1, String(dead!.share));
  // As on another node that is on standby.
  const worker = launch(place.data, [main, 'job', 'work', '--stay', '--json'], place.environment);
  await until('the worker listens', async () => {
    const [row] = await sql`
      select from pg_stat_activity where application_name = 'dhp fhir hints' and datname = current_database() and query like 'listen%'`;
    return row;
  });
  await lapse();
  const done = await until('it is ended', async () =>
    (await jobs()).find(({ job_id: id, state }) => id === dead!.job_id && state === 'ended'),
  );
  assert.equal((await worker.end('SIGTERM')).code, 0, worker.stderr());
  assert.deepEqual(JSON.parse(worker.stdout()), { jobs: 1 });
  assert.deepEqual([done.job_id, done.status, done.attempt], [dead!.job_id, 200, 2]);
  const [{ outcome }] = await sql<[{ outcome: { versions: number; types: { old: number }[] } }]>`
    select outcome from fhir.job where id = ${done.job_id}`;
  assert.equal(outcome.versions, all, 'all are counted, also those of before');
  assert.equal(outcome.types[0]!.old, all, 'each once');
  assert.equal(await earlier(), 0);
  const { purges } = await verified(1);
  assert.deepEqual(purges, { runs: 4, versions: all + 12 + 610, broken: [] });
  await sql`delete from fhir.purged_version where id = 'c-1' and ver = 3`;
  const found = await verified(1);
  assert.deepEqual(
    found.purges.broken.map(({ why }) => why),
    ['altered'],
  );
  assert.equal(found.counts['version-missing'], 1);
});

test('a purge is a job that is seen, cancelled and goes on by the next command', async () => {
  await put('e', 100, 5);
  const all = await earlier();
  const words = ['retention', 'run', '--reason', 'order 12'];
  // A change of holds makes each step wait.
  const keeper = connect(databaseUrl(await testServer(), `${database}_playground`), { max: 1 });
  const release = Promise.withResolvers<undefined>();
  const kept = Promise.withResolvers<undefined>();
  const keeping = keeper.begin(async (session) => {
    await lockHolds(session, 'to change');
    kept.resolve(undefined);
    await release.promise;
  });
  await kept.promise;
  const running = launch(place.data, [main, ...words], place.environment);
  const job = await until('it runs', async () => (await jobs()).find(({ state }) => state === 'running'));
  assert.deepEqual([job.about, job.client_id, job.kind], ['retention', 'dhp retention', 'retention']);
  await said(['job', 'cancel', job.job_id, '--reason', 'not now']);
  release.resolve(undefined);
  await keeping;
  await keeper.end();
  const { code } = await running.ended;
  assert.equal(code, 3, running.stderr());
  assert.match(running.stderr(), /The job [-\da-f]{36} was cancelled\. What it has done stays done\./);
  assert.equal(await earlier(), all, 'its step was taken back');
  const again = await place.json<{ versions: number; job_id: string }>(words);
  assert.equal(again.versions, all);
  assert.notEqual(again.job_id, job.job_id);
});

test('a job that names a purge nobody has begun purges nothing', async () => {
  await put('f', 5, 2);
  const all = await earlier();
  // As the login of a server could: only the owner starts purges.
  await sql`insert into fhir.job (id, kind, owner, client, about, input, priority, expires)
    select gen_random_uuid(), 'retention', '', 'x', 'x', json_build_object('run', run)::text, 0, now() + interval '1 day'
    from unnest(array[gen_random_uuid()::text, 'nothing']) run`;
  assert.match(
    await said(['job', 'work']),
    /^2 jobs were carried out\.\nretention: the job [-\da-f]{36} is carried out here\.\n/,
  );
  const refused = (await jobs()).filter(({ client_id: client }) => client === 'x');
  assert.deepEqual(
    refused.map(({ status }) => status),
    [409, 409],
  );
  assert.equal(await earlier(), all);
});

interface Job {
  readonly job_id: string;
  readonly state: string;
  readonly about: string;
  readonly client_id: string;
  readonly kind: string;
  readonly attempt: number;
  readonly share?: number;
  readonly status?: number;
}
const jobs = async (): Promise<Job[]> => (await place.json<{ jobs: Job[] }>(['job', 'list'])).jobs;
/** As if the holder had not renewed its lease for the maximum time. */
async function lapse(): Promise<void> {
  await sql`update fhir.job set due = clock_timestamp() where state = 'running'`;
  await sql`select pg_notify('dhp jobs', '')`;
}

interface Verified {
  readonly purges: { readonly broken: readonly { readonly why: string }[] };
  readonly counts: Readonly<Record<string, number>>;
}
async function verified(code: number): Promise<Verified> {
  return JSON.parse(await said(['verify', '--share', '100', '--json'], code)) as Verified;
}
