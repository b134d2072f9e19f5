/** The command line of the Single Sign-On's administration, through the shell: lists, single things, changes, mistakes. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { openHome, type Credentials, type Home } from './platform.ts';

const database = `admin_cli_${randomBytes(8).toString('hex')}`;
let admin: Sql;
let place: Home;

before(async () => {
  const server = await testServer();
  admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  place = await openHome({
    commands: 'together',
    environment: {
      DATABASE_URL: databaseUrl(server, database),
      DHP_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
    },
  });
  assert.equal((await place.run(['migrate'])).code, 0);
});
after(async () => {
  await place.close();
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

type Shown = Record<string, unknown>;
const json = (...words: string[]): Promise<Shown> => place.json<Shown>(words);

/** Returns the text that a command prints for people. */
async function said(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await place.run(words);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  return stdout;
}

test('a client is found, shown, changed, and loses its old secret', async () => {
  const made = await place.json<Credentials & Shown>([
    ...['client', 'create', '--name', 'City laboratory', '--scope', 'system/*.rs', '--contact', 'it@lab.uz'],
    ...['--reason', 'contract 11'],
  ]);
  const id = made.client_id;
  assert.match(await lastRecord('client.created'), / contract 11$/);
  const shown = await json('client', 'show', id);
  assert.deepEqual(
    [shown['client_name'], shown['contacts'], shown['live_secrets']],
    ['City laboratory', ['it@lab.uz'], 1],
  );
  const changed = await json(
    ...['client', 'change', id, '--scope', 'system/Patient.rs', '--logo-uri', 'https://lab.uz/logo.png'],
    ...['--reason', 'contract 12'],
  );
  assert.deepEqual(
    [changed['scope'], changed['logo_uri'], changed['contacts'], changed['client_name']],
    ['system/Patient.rs', 'https://lab.uz/logo.png', ['it@lab.uz'], 'City laboratory'],
  );
  const { clients } = await place.json<{ clients: Shown[] }>(['client', 'list', '--search', 'LABOR']);
  assert.deepEqual(
    clients.map((one) => one['client_id']),
    [id],
  );
  await json('client', 'rotate-secret', id, '--keep-old', '--reason', 'every spring');
  assert.match(await lastRecord('client.secret-rotated'), /every spring$/);
  assert.equal((await json('client', 'drop-old-secret', id))['client_id'], id);
  assert.match(await said('client', 'show', id), /^client_id +\S+\nclient_name +City laboratory\n/);
});

test('a registration token is shown once, listed, and ended', async () => {
  const words = ['registration-token', 'create', '--name', 'Software house', '--scope', 'system/Patient.rs'];
  const made = await json(...words, '--uses', '2', '--hours', '1');
  assert.deepEqual([made['state'], made['max_uses'], made['environment']], ['live', 2, 'playground']);
  assert.match(String(made['token']), /^dhpi_\S{40,}$/);
  const id = String(made['token_id']);
  const shown = await json('registration-token', 'show', id);
  assert.deepEqual([shown['uses'], shown['token']], [0, undefined]);
  assert.equal((await json('registration-token', 'end', id, '--reason', 'it leaked'))['state'], 'ended');
  assert.match(
    await said('registration-token', 'list'),
    /^TOKEN ID +NAME .*\n\S+ +Software house +playground +ended +0\/2 /,
  );
});

test('a person is shown, changed, unlocked, given a link, signed out', async () => {
  await json('user', 'create', 'aziza', '--name', 'Aziza Karimova', '--practitioner', 'pr-1');
  const changed = await json(
    'user',
    'change',
    'aziza',
    '--name',
    'Aziza Usmonova',
    '--patient',
    'p-1',
    '--email',
    'a@b.uz',
  );
  const both = [
    { environment: 'playground', reference: 'Practitioner/pr-1' },
    { environment: 'playground', reference: 'Patient/p-1' },
  ];
  assert.equal(changed['name'], 'Aziza Usmonova');
  const identities = changed['identities'] as { reference: string }[];
  assert.deepEqual(
    identities.toSorted((a, b) => (a.reference < b.reference ? 1 : -1)),
    both,
  );
  const shown = await json('user', 'show', 'aziza');
  assert.equal((shown['signs_in_by'] as Shown)['password'], true);
  assert.equal((await json('user', 'unlock', 'aziza', '--reason', 'she asked'))['username'], 'aziza');
  assert.equal((await json('user', 'reset-factors', 'aziza'))['username'], 'aziza');
  const { link } = await json('user', 'reset-link', 'aziza');
  assert.match(String(link), /^http:\/\/\S+\/password\/\S+/);
  const paper = await json('user', 'paper-code', 'aziza', '--reason', 'at the desk');
  assert.match(String(paper['code']), /^[2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5}$/);
  assert.match(String(paper['address']), /^http:\/\/\S+\/invited$/);
  assert.match(await said('user', 'paper-code', 'aziza'), /[2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5}/);
  assert.equal((await json('user', 'sign-out', 'aziza'))['ended'], 0);
  const { users } = await place.json<{ users: Shown[] }>(['user', 'list', '--search', 'usmon']);
  assert.deepEqual(
    users.map((one) => one['username']),
    ['aziza'],
  );
  assert.match(await said('user', 'list'), /^USER NAME +NAME +STATE +RECORDS\n/);
});

test('a role and what it permits', async () => {
  await json('policy', 'set', 'nurse', '--scope', 'user/Patient.rs?organization={organization}', '--reason', 'order 3');
  assert.deepEqual((await json('policy', 'show', 'nurse'))['scopes'], ['user/Patient.rs?organization={organization}']);
  await json('user', 'give-role', 'aziza', '--role', 'nurse', '--organization', 'org-1');
  assert.deepEqual((await json('user', 'roles', 'aziza'))['roles'], [
    { role: 'nurse', organization: 'org-1', scopes: ['user/Patient.rs?organization={organization}'] },
  ]);
  assert.match(await said('user', 'roles', 'aziza'), /^ROLE +ORGANIZATION\nnurse +org-1\n$/);
});

test('keys are listed, rotated and retired; sessions are listed', async () => {
  assert.equal((await json('key', 'rotate', 'ES256', '--at-once'))['state'], 'signing');
  const made = await json('key', 'rotate', 'ES256', '--reason', 'a year has passed');
  assert.equal(made['state'], 'published');
  const { keys } = await place.json<{ keys: Shown[] }>(['key', 'list']);
  assert.deepEqual(
    keys.map((key) => key['state']),
    ['published', 'signing'],
  );
  const refused = await place.run(['key', 'retire', String(made['kid'])]);
  assert.deepEqual([refused.code, /signs, now or soon/.test(refused.stderr)], [1, true]);
  assert.deepEqual((await json('session', 'list', '--user', 'aziza'))['sessions'], []);
});

/** Runs a function on the database, for rows that otherwise only a sign-in would create. */
async function inDatabase<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = connect(databaseUrl(await testServer(), `${database}_sso`), { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
const lastRecord = (event: string): Promise<string> =>
  inDatabase(async (sql) => {
    const [row] = await sql<{ said: string }[]>`
      select concat_ws(' ', actor, reason) as said from sso.audit_event where event = ${event} order by id desc limit 1`;
    return row?.said ?? '';
  });

test('a session is ended, with what came of it', async () => {
  await inDatabase(async (sql) => {
    await sql`
      insert into sso.session_detail (session_uid, account_id, began_at, last_used_at, address, user_agent)
      select 'a-session', account_id, now(), now(), '198.51.100.7', 'Firefox/1 Linux' from sso.account where username = 'aziza'`;
    await sql`
      insert into sso.artifact (model, id_hash, content, uid, account_id, expires_at)
      select model, sha256(model::bytea), '\\x00', 'a-session', account_id::text, now() + interval '1 hour'
      from sso.account, unnest(array['Session', 'RefreshToken']) model where username = 'aziza'`;
  });
  const { sessions } = await place.json<{ sessions: Shown[] }>(['session', 'list', '--address', '198.51.100.0/24']);
  assert.deepEqual(
    sessions.map((one) => [one['session_id'], one['username']]),
    [['a-session', 'aziza']],
  );
  assert.equal(await said('session', 'end', 'a-session', '--reason', 'a lost telephone'), 'a-session has ended.\n');
  assert.match(await lastRecord('session.ended'), /^cli:\S+ a lost telephone$/);
  const left = await inDatabase((sql) => sql`select 1 from sso.artifact where uid = 'a-session'`);
  assert.equal(left.length, 0, 'nor the refresh token');
  assert.equal((await place.run(['session', 'end', 'a-session'])).code, 1, 'it has ended already');
});

test('a person is parted from an identity system', async () => {
  await inDatabase(
    (sql) =>
      sql`
      insert into sso.upstream_link (upstream, subject_hash, account_id, linked_at)
      select 'oneid', sha256('s'), account_id, now() from sso.account where username = 'aziza'`,
  );
  const ways = (await json('user', 'show', 'aziza'))['signs_in_by'] as { links: Shown[] };
  assert.equal(ways.links[0]?.['upstream'], 'oneid');
  assert.equal(
    (await json('user', 'unlink', 'aziza', '--from', 'oneid', '--reason', 'a mistake'))['username'],
    'aziza',
  );
  assert.match(await lastRecord('account.unlinked'), /^cli:\S+ oneid: a mistake$/);
  const again = await place.run(['user', 'unlink', 'aziza', '--from', 'oneid']);
  assert.deepEqual([again.code, /has no link to "oneid"/.test(again.stderr)], [1, true]);
});

test('a key that no longer signs is taken out of the key set', async () => {
  const { keys } = await place.json<{ keys: { kid: string; state: string }[] }>(['key', 'list']);
  const { kid } = keys.find(({ state }) => state === 'signing')!;
  // Time passes: the next key signs, and this one remains for the tokens that it signed.
  await inDatabase((sql) => sql`update sso.signing_key set signs_from = signs_from - interval '20 minutes'`);
  const text = await said('key', 'retire', kid, '--reason', 'nobody needs it');
  assert.equal(text, `${kid} is no longer published: what it signed is refused.\n`);
  assert.match(await lastRecord('key.retired'), /nobody needs it$/);
  const { keys: left } = await place.json<{ keys: { kid: string }[] }>(['key', 'list']);
  assert.ok(!left.some((one) => one.kid === kid));
});

test('a client is changed, and what is changed is said to a person too', async () => {
  const { client_id: id } = await place.json<Credentials>([
    'client',
    'create',
    '--name',
    'Pharmacy',
    '--scope',
    'system/*.rs',
  ]);
  const text = await said('client', 'change', id, '--name', 'City pharmacy', '--reason', 'it was renamed');
  assert.match(text, /City pharmacy/);
  assert.match(await lastRecord('client.changed'), /^cli:\S+ it was renamed$/);
  const nothing = await place.run(['client', 'change', id]);
  assert.equal(nothing.code, 2);
  assert.equal((await json('client', 'show', id))['client_name'], 'City pharmacy');
});

test('a role is marked for organisations to give, and stays so', async () => {
  const scopes = ['--scope', 'user/Patient.rs'];
  assert.equal((await json('policy', 'set', 'porter', ...scopes))['delegated'], false);
  assert.equal((await json('policy', 'set', 'porter', ...scopes, '--delegated', 'yes'))['delegated'], true);
  assert.equal((await json('policy', 'set', 'porter', ...scopes))['delegated'], true);
  assert.match(await said('policy', 'list'), /porter +given by organisations too\n/);
  assert.equal((await json('policy', 'set', 'porter', ...scopes, '--delegated', 'no'))['delegated'], false);
  const own = await place.run(['policy', 'set', 'organization-administrator', ...scopes, '--delegated', 'yes']);
  assert.deepEqual([own.code, /by the platform alone/.test(own.stderr)], [1, true]);
  await json('user', 'give-role', 'aziza', '--role', 'organization-administrator', '--organization', 'org-1');
});

test('who is invited with an address gets the link there; who is given another password is told', async () => {
  const waiting = async (): Promise<number> => (await inDatabase((sql) => sql`select 1 from sso.message`)).length;
  const before = await waiting();
  const words = ['user', 'create', 'lola', '--name', 'Lola', '--email', 'lola@b.uz', '--invite', '--language', 'ru'];
  const invited = await json(...words);
  assert.deepEqual([invited['invitation_sent'], invited['invitation']], [true, undefined]);
  await json('user', 'set-password', 'lola', '--reason', 'she asked');
  await json('user', 'reset-link', 'lola');
  await json('user', 'reset-factors', 'lola');
  assert.equal(await waiting(), before + 4, 'they wait until the platform runs');
  assert.equal((await place.run(['user', 'create', 'x', '--name', 'X', '--invite', '--language', 'fr'])).code, 2);
  await json('user', 'create', 'umar', '--name', 'Umar', '--reason', 'order 4');
  assert.match(await lastRecord('account.created'), /order 4$/);
  await json('user', 'set-password', 'umar');
  assert.equal(await waiting(), before + 4, 'without an address there is nothing to send');
});

test('mistakes are told in a sentence, with an exit code', async () => {
  const mistakes: [string[], number, RegExp][] = [
    [['client', 'show', 'nobody'], 1, /There is no client "nobody"/],
    [['client', 'list', '--status', 'tired'], 2, /registered, approved, disabled/],
    [['registration-token', 'create', '--name', 'X', '--scope', 'admin/clients.write'], 1, /command line only/],
    [['registration-token', 'create', '--name', 'X', '--scope', 'system/*.r', '--uses', 'many'], 2, /whole number/],
    [['user', 'change', 'aziza'], 2, /Nothing to change was given/],
    [['session', 'end', 'none'], 1, /There is no session "none"/],
    [['session', 'list', '--address', 'here'], 1, /not an address or a network/],
    [['key', 'rotate', 'HS256'], 2, /ES256/],
    [['policy', 'show', 'nobody'], 1, /permits nothing/],
  ];
  for (const [words, code, sentence] of mistakes) {
    const outcome = await place.run(words);
    assert.equal(outcome.code, code, `${words.join(' ')}: ${outcome.stderr}`);
    assert.match(outcome.stderr, sentence);
    assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'a sentence, no stack');
  }
});

test('every command tells about itself', async () => {
  const { stdout } = await place.run(['--help']);
  for (const name of [
    'client show',
    'registration-token create',
    'user show',
    'user sign-out',
    'key rotate',
    'session end',
    'policy show',
  ])
    assert.ok(stdout.includes(`  ${name} `), name);
  assert.match(await said('session', 'end', '--help'), /Usage: dhp session end SESSION_ID \[OPTIONS\]/);
});

test('results, wrong use and failures are in the language of the locale', async () => {
  const { client_id: id } = await place.json<Credentials>([
    'client',
    'create',
    '--name',
    'Lab',
    '--scope',
    'system/*.rs',
  ]);
  const inLanguage = async (locale: string, ...words: string[]): Promise<string> => {
    const { stdout, stderr } = await place.run(words, { LC_ALL: locale });
    return stdout + stderr;
  };
  assert.equal(await inLanguage('ru_RU.UTF-8', 'client', 'disable', id), `Клиент ${id} отключён.\n`);
  assert.equal(await inLanguage('uz_UZ.UTF-8', 'client', 'enable', id), `${id} mijozi ishlayapti.\n`);
  assert.equal(await inLanguage('C.UTF-8', 'client', 'disable', id), `${id} is disabled.\n`);
  assert.equal(
    await inLanguage('ru_RU.UTF-8', 'client', 'change', id),
    'dhp: Не указано, что изменить. См. dhp client change --help\n',
  );
  const english = await inLanguage('C.UTF-8', 'client', 'disable', 'none');
  assert.match(english, /^dhp: .*"none"/);
  const sentence = english.slice('dhp: '.length).trimEnd();
  assert.equal(
    await inLanguage('ru_RU.UTF-8', 'client', 'disable', 'none'),
    `dhp: Такого клиента нет. (${sentence})\n`,
  );
  assert.equal(await inLanguage('uz_UZ.UTF-8', 'client', 'disable', 'none'), `dhp: Bunday mijoz yoʻq. (${sentence})\n`);
});
