/** The server itself removes expired rows from the database, and a restore removes issued credentials, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { endAllThatWasIssued } from '@dhp/grants/artifacts';
import { connect, type Sql } from '@dhp/postgres';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();

test('codes of devices go when they have expired, and others stay', async () => {
  const { url } = await bed.start({ sweepSeconds: 0.05 });
  const { id } = await newClient(bed.clients, {
    grants: ['urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['patient/*.rs'],
    public: true,
  });
  const rows = async (): Promise<string[]> =>
    (await bed.sql<{ id: string }[]>`select id_hash::text as id from sso.artifact where model = 'DeviceCode'`).map(
      (row) => row.id,
    );
  const ask = async (): Promise<string> => {
    const before = await rows();
    assert.equal((await postForm(`${url}/oauth/device_authorization`, { client_id: id })).status, 200);
    const made = (await rows()).filter((row) => !before.includes(row));
    assert.equal(made.length, 1);
    return made[0]!;
  };
  const [expired, good] = [await ask(), await ask()];
  await bed.sql`update sso.artifact set expires_at = now() - interval '1 hour' where id_hash::text = ${expired}`;
  const limit = Date.now() + 30_000;
  while ((await rows()).includes(expired)) {
    assert.ok(Date.now() < limit, 'it is still there');
    await delay(20);
  }
  assert.deepEqual(await rows(), [good]);
});

/** Rows that may have been used, revoked or sent in the time that a restore cuts off. docs/operations/backup.md */
const issued = [
  ...['artifact', 'developer_invitation', 'grant_basis', 'known_device', 'launch', 'mail_recipient'],
  ...['message', 'own_link'],
  ...['paper_code', 'password_link', 'session_client', 'session_detail', 'sign_in_step', 'sign_up', 'upstream_state'],
];
/** These keep their state at the time of the restored backup. */
const states = [
  ...[
    'access_policy',
    'access_watch',
    'account',
    'account_identity',
    'account_role',
    'account_word',
    'application',
    'audit_chain',
  ],
  ...['audit_event', 'client', 'client_logo', 'client_word', 'consent', 'credential_reminder', 'custody'],
  ...['developer_member', 'developer_organization', 'identity_case', 'identity_source'],
  ...['log_level', 'logout_notice', 'migration', 'passkey', 'platform_administrator', 'production_request'],
  ...['record_confirmation', 'recovery_code', 'registration_token', 'request_log', 'request_log_day', 'revocation'],
  ...['secret_end', 'service_count', 'service_day', 'signing_key', 'throttle', 'totp', 'unconfirmed_identity'],
  ...['unconfirmed_link', 'upstream_link'],
];

test('after a restore all that was issued ends: of each table it is said, and no other loses a row', async () => {
  const sql = connect(bed.ownerUrl, { max: 1 });
  const undone = new Error('undone');
  const work = sql.begin(async (transaction) => {
    const tables = await transaction<{ name: string }[]>`
      select relname as name from pg_class
      where relnamespace = 'sso'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`;
    const names = tables.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => ![...issued, ...states].includes(name)),
      [],
      'what becomes of it after a restore?',
    );
    await transaction`set local session_replication_role = replica`;
    for (const name of names) await putRow(transaction, name);
    await transaction`set local session_replication_role = origin`;
    const before = await countsOf(transaction, names);
    await endAllThatWasIssued(transaction);
    const after = await countsOf(transaction, names);
    for (const name of names) {
      assert.ok(before[name]! > 0, name);
      assert.equal(after[name], issued.includes(name) ? 0 : before[name], name);
    }
    throw undone;
  });
  const ended: unknown = await work.catch((error: unknown) => error);
  await sql.end();
  if (ended !== undone) throw ended;
});

type Session = Pick<Sql, 'unsafe'>;

/** A row with arbitrary values, regardless of constraints. */
async function putRow(sql: Session, table: string): Promise<void> {
  const rules = await sql.unsafe<{ name: string }[]>(
    `select conname as name from pg_constraint where conrelid = 'sso.${table}'::regclass and contype = 'c'`,
  );
  for (const { name } of rules) await sql.unsafe(`alter table sso.${table} drop constraint "${name}"`);
  const columns = await sql.unsafe<{ name: string; type: string }[]>(`
    select column_name as name, udt_name as type from information_schema.columns
    where table_schema = 'sso' and table_name = '${table}' and is_nullable = 'NO' and is_identity = 'NO'
      and column_default is null and is_generated = 'NEVER'`);
  const values: Record<string, string> = {
    ...{
      text: `'x'`,
      uuid: 'gen_random_uuid()',
      bytea: `sha256('x')`,
      timestamptz: 'now()',
      date: 'now()',
      bool: 'true',
    },
    ...{ int2: '1', int4: '1', int8: '1', float8: '1', jsonb: `'{}'`, json: `'{}'`, _text: `'{}'`, inet: `'::1'` },
  };
  const list = (what: readonly string[]): string => what.join(', ');
  const given = columns.map(({ type }) => values[type] ?? assert.fail(`${table} has a column of type ${type}`));
  const into =
    columns.length === 0 ? 'default values' : `(${list(columns.map(({ name }) => name))}) values (${list(given)})`;
  await sql.unsafe(`insert into sso.${table} ${into} on conflict do nothing`);
}

async function countsOf(sql: Session, tables: readonly string[]): Promise<Record<string, number>> {
  const counts = tables.map((name) => `select '${name}' as name, count(*)::int as count from sso.${name}`);
  const rows = await sql.unsafe<{ name: string; count: number }[]>(counts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}
