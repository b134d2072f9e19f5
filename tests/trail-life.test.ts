/** The life of the trail of requests by the commands of an operator: archive, retention, erasure, export, one request in all trails. */
import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { insertAuditEvents } from '@dhp/audit';
import { openStore, type FhirStore } from '@dhp/fhir-store';
import { connect, databaseUrl, type EmbeddedPostgres, startEmbedded, type Sql } from '@dhp/postgres';
import { openSealer, trailKeys } from '@dhp/trail';
import { trailSecret } from '../apps/dhp/src/server-keys.ts';
import { openHome, type Home } from './platform.ts';

const secret = Buffer.alloc(32, 9);
const keys = trailKeys(trailSecret(secret, 'playground'));
const sealer = openSealer(keys);
let place: Home;
let server: EmbeddedPostgres;
let sql: Sql;
let store: FhirStore;
const firstOf = (monthsAgo: number): Date => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsAgo, 1));
};
const month = (monthsAgo: number): string => firstOf(monthsAgo).toISOString().slice(0, 7);

/** A record of this many months ago, of the day after the first. */
async function record(monthsAgo: number, patient: string, request = 'none'): Promise<void> {
  const [from, to] = [firstOf(monthsAgo), firstOf(monthsAgo - 1)];
  const name = `fhir_audit.audit_record_${month(monthsAgo).replace('-', '')}`;
  const [row] = await sql<{ is: boolean }[]>`select to_regclass(${name}::text) is not null as is`;
  if (!row!.is) {
    await sql.unsafe(`create table ${name} (like fhir.audit_record including defaults)`);
    await sql.unsafe(
      `alter table fhir.audit_record attach partition ${name} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
  }
  const content = { request, interaction: 'read', action: 'R', type: 'Patient', outcome: 'success', status: 200 };
  const recorded = Math.min(from.getTime() + 3_600_000, Date.now());
  const made = sealer.row({
    recorded,
    patient,
    content: { ...content, client: 'demo' },
    sealed: { patient, id: patient },
  });
  await store.trail.record([made]);
  sealer.stored(made);
}

const said = async (words: readonly string[], code = 0): Promise<string> => {
  const outcome = await place.run(words);
  assert.equal(outcome.code, code, `${words.join(' ')}: ${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout + outcome.stderr;
};
const verified = async (words: readonly string[] = [], code = 0): Promise<string> => {
  const text = await said(['audit', 'verify', ...words], code);
  return text.slice(text.indexOf('Requests of playground'));
};

/** Months are counted from the current one, which must not end meanwhile. */
async function untilMonthHolds(): Promise<void> {
  while (firstOf(-1).getTime() - Date.now() < 300_000) await delay(1_000);
}

before(async () => {
  await untilMonthHolds();
  place = await openHome({
    begins: 'migrated',
    programs: 'kept',
    environment: { DHP_AUDIT: 'on', DHP_SECRET_KEY: secret.toString('base64') },
  });
  server = await startEmbedded({ directory: join(place.data, 'postgres'), attach: true });
  const url = databaseUrl(server.url, 'dhp_playground');
  sql = connect(url, { max: 1, applicationName: 'dhp test trail' });
  store = await openStore({ url, timeZone: 'Asia/Tashkent' });
  for (const [monthsAgo, patient] of [
    [5, 'old'],
    [4, 'old'],
    [4, 'other'],
    [3, 'other'],
    [0, 'other'],
  ] as const)
    await record(monthsAgo, patient);
  await store.trail.coverTrail(keys, Date.now());
});
after(async () => {
  await store.close();
  await sql.end({ timeout: 5 });
  await server.stop();
  await place.close();
});

const reason = ['--reason', 'order 12'];

test('an old period moves to a file, which is verified with the trail, and whose change is found', async () => {
  const folder = join(place.data, 'archive');
  assert.match(
    await said(['audit', 'archive', folder, '--months', '4', ...reason]),
    new RegExp(`"period": "${month(5)}",\\s+"records": 1`),
  );
  assert.match(
    await verified(),
    /^Requests of playground: whole: .*\n.*\nRemoved by signed statements, not read: 1 records\./,
  );
  assert.doesNotMatch(await verified(['--archive', folder]), /Left by/);
  const path = join(folder, `trail-playground-${month(5)}.ndjson.gz`);
  const bytes = await readFile(path);
  await truncate(path, bytes.length - 1);
  assert.match(await verified(['--archive', folder], 1), /NOT ALL: [^]*is not the file that was written/);
  await writeFile(path, bytes);
  await said(['audit', 'verify', '--archive', folder]);
  assert.match(await verified(['--archive', join(place.data, 'elsewhere')], 1), /is not in /);
});

test('a period that is too old ends, with its keys, and the trail is whole', async () => {
  assert.match(
    await said(['audit', 'retain', '--months', '3', ...reason]),
    new RegExp(`"period": "${month(4)}",\\s+"records": 2`),
  );
  const periods = await said(['audit', 'periods']);
  assert.match(periods, new RegExp(`${month(5)} +ended`));
  assert.match(periods, new RegExp(`${month(4)} +ended`));
  assert.match(periods, new RegExp(`${month(3)} +here`));
  assert.equal((await sql`select from fhir.audit_key where month < ${`${month(3)}-01`}::text::date`).length, 0);
  assert.match(await verified(), /whole: .*\n.*\nRemoved by signed statements, not read: 3 records\./);
  await said(['audit', 'retain', '--months', '3'], 2);
});

test('of a patient whose keys are destroyed no record tells any more, and the trail is whole', async () => {
  const forgotten = JSON.parse(await said(['audit', 'forget', '--patient', 'other', ...reason, '--json'])) as {
    keys: number;
  };
  assert.equal(forgotten.keys, 2);
  assert.match(await verified(), /whole: /);
});

/** Runs a statement on the database as its superuser, without the triggers that would refuse it. */
const behindTheBack = (statement: string): Promise<unknown> =>
  sql.begin(async (session) => {
    await session`set local session_replication_role = replica`;
    await session.unsafe(statement);
  });

test('statements of acts that were changed, made or taken out are found, and so is a key that is gone without one', async () => {
  await behindTheBack('create table public.kept_acts as table fhir.audit_act');
  const last = 'id = (select max(id) from fhir.audit_act)';
  for (const [statement, finding] of [
    [`update fhir.audit_act set statement = replace(statement, '{', '{ ') where id = 1`, 'forged-act'],
    [`update fhir.audit_act set signature = sha512('x') where ${last}`, 'forged-act'],
    [`delete from fhir.audit_act where id = 1`, 'forged-act'],
    // The first finding is reported: for a patient whose keys are destroyed, the unreadable record comes before that of the act.
    [`delete from fhir.audit_act where ${last}`, '(?:missing-act|unreadable)'],
  ] as const) {
    await behindTheBack(statement);
    assert.match(await verified([], 1), new RegExp(`BROKEN at head \\d+.*: ${finding}: `), statement);
    await behindTheBack('delete from fhir.audit_act; insert into fhir.audit_act table public.kept_acts');
    assert.match(await verified(), /whole: /, statement);
  }
  // The record of the last act has no patient, and a key like any other.
  const [key] = await sql<{ id: string }[]>`
    select key_id::text as id from fhir.audit_record order by transaction_id desc, id desc limit 1`;
  await behindTheBack(`create table public.kept_keys as select * from fhir.audit_key where key_id = '${key!.id}'`);
  await behindTheBack(`delete from fhir.audit_key where key_id = '${key!.id}'`);
  assert.match(await verified([], 1), /BROKEN at head \d+ \(record \d+\): unreadable: /);
  await behindTheBack('insert into fhir.audit_key table public.kept_keys');
  assert.match(await verified(), /whole: /);
});

test('the records are exported as AuditEvents, and that they were is recorded', async () => {
  await record(0, 'seen', 'request-1');
  const { code, stdout, stderr } = await place.run(['audit', 'export', '--requests', 'playground', ...reason]);
  assert.equal(code, 0, stderr);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { resourceType: string; patient?: object; entity?: { detail?: unknown }[] });
  assert.ok(events.every(({ resourceType }) => resourceType === 'AuditEvent'));
  assert.deepEqual(
    events.flatMap(({ patient }) => patient ?? []),
    [{ reference: 'Patient/seen' }],
    'the others were forgotten',
  );
  assert.match(JSON.stringify(events), /"text":"why"\},"valueString":"order 12"/);
  const [last] = await sql<{ content: string }[]>`select content from fhir.audit_record order by id desc limit 1`;
  assert.match(last!.content, /"interaction":"trail-exported".*"operator":"cli:/);
  const one = await place.run(['audit', 'export', '--requests', 'playground', '--month', month(3), ...reason]);
  assert.equal(one.stdout.trim().split('\n').length, 1);
  await said(['audit', 'export', '--requests', 'playground', '--month', month(4), ...reason], 1);
});

test('a record is proved, and the proof is checked without the database', async () => {
  const [row] = await sql<{ id: string }[]>`
    select 'trail-' || transaction_id || '-' || id as id from fhir.audit_record order by id limit 1`;
  const { code, stdout, stderr } = await place.run(['audit', 'prove', row!.id]);
  assert.equal(code, 0, stderr);
  const file = join(place.data, 'proof.json');
  await writeFile(file, stdout);
  const elsewhere = { DHP_DATA: join(place.data, 'none') };
  const told = await place.run(['audit', 'check-proof', file], elsewhere);
  assert.equal(told.code, 0, told.stdout + told.stderr);
  assert.match(told.stdout, /^holds\nThe record is as it was written\./);
  await writeFile(file, stdout.replace('"total": ', '"total": 1'));
  const forged = await place.run(['audit', 'check-proof', file], elsewhere);
  assert.deepEqual([forged.code, forged.stdout], [1, 'DOES NOT HOLD: the head is not signed with the key.\n']);
  await said(['audit', 'prove', 'trail-1-1'], 1);
  await said(['audit', 'prove', 'Patient'], 2);
});

test('one request is shown as it stands in the trails of all servers', async () => {
  const sso = connect(databaseUrl(server.url, 'dhp_sso'), { max: 1, applicationName: 'dhp test trail' });
  await insertAuditEvents(sso, [
    { recorded: new Date(), event: 'token.issued', clientId: 'demo', correlationId: 'request-1' },
  ]);
  await sso.end({ timeout: 5 });
  const text = await said(['audit', 'request', 'request-1']);
  assert.match(text, / sso +token\.issued +demo/);
  assert.match(text, / playground +read Patient +demo +success 200/);
  assert.match(await said(['audit', 'request', 'none-such']), /No record has this request id/);
});
