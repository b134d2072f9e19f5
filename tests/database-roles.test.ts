/**
 * `dhp database roles --print-sql`: an administrator runs the printed statements, and the servers start with minimal roles and their data.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test, type TestContext } from 'node:test';
import { connect, databaseUrl, type Sql } from '@dhp/postgres';
import { urlOfLogin } from '@dhp/postgres/roles';
import { testServer } from '@dhp/postgres/testing';
import { fhirAt, hasStatus, versionOf } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import type { EnvironmentVariables } from './processes.ts';

let server: string;
let admin: Sql;
before(async () => {
  server = await testServer();
  admin = connect(server, { max: 1 });
});
after(() => admin.end());

const ends = ['_sso', '_playground'];

/** A home whose DATABASE_URL refers to a database of a new owner with these attributes. */
async function homeOf(t: TestContext, attributes: string): Promise<{ home: Home; name: string; owner: string }> {
  const name = `printed_${randomBytes(8).toString('hex')}`;
  const owner = `${name}_owner`;
  await admin.unsafe(`create role ${owner} login password 'owner' ${attributes}`);
  await admin.unsafe(`create database ${name} owner ${owner}`);
  await admin.unsafe(`grant connect on database postgres to ${owner}`);
  const home = await openHome({
    serves: 'sso,fhir',
    programs: 'kept',
    environment: {
      DATABASE_URL: urlOfLogin(databaseUrl(server, name), owner, 'owner'),
      DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    },
  });
  t.after(async () => {
    await home.close();
    for (const end of ['', ...ends]) await admin.unsafe(`drop database if exists ${name}${end} with (force)`);
    await admin.unsafe(`revoke connect on database postgres from ${owner}`);
    const roles = await admin<{ role: string }[]>`
      select rolname::text as role from pg_roles where rolname like ${`${name}\\_%`} order by rolname = ${owner}`;
    for (const { role } of roles) await admin.unsafe(`drop role ${role}`);
  });
  return { home, name, owner };
}

/** Runs a script like psql: each statement separately, in the database of the last `\connect`. Stops at the first error. */
async function runAsAdministrator(script: string): Promise<void> {
  let sql = connect(server, { max: 1 });
  try {
    for (const line of script.split('\n').filter((one) => one !== '' && !one.startsWith('--'))) {
      const database = /^\\connect (\S+)$/.exec(line)?.[1];
      if (database === undefined) await sql.unsafe(line);
      else {
        await sql.end();
        sql = connect(databaseUrl(server, database), { max: 1 });
      }
    }
  } finally {
    await sql.end();
  }
}

/** The logins of the sessions of servers, for each of their databases. */
async function logins(name: string): Promise<unknown[]> {
  return [
    ...(await admin`
      select distinct datname::text as database, usename::text as role from pg_stat_activity
      where datname like ${`${name}\\_%`} and (application_name like 'dhp sso%' or application_name like 'dhp fhir%')
      order by 1, 2`),
  ];
}
const separate = (name: string): unknown[] =>
  ['playground', 'sso'].map((part) => ({ database: `${name}_${part}`, role: `${name}_${part}_server` }));

/** Stores a resource with the token of a new client. */
async function store(home: Home, platform: Platform, environment: EnvironmentVariables = {}): Promise<void> {
  const words = ['--name', 'Test', '--scope', 'system/*.cruds', '--environment', 'playground', '--json'];
  const made = await home.run(['client', 'create', ...words], environment);
  assert.equal(made.code, 0, made.stderr);
  const ask = fhirAt(
    platform.urls.playground,
    await getToken(platform.urls.sso, JSON.parse(made.stdout) as Credentials),
  );
  hasStatus(await ask('PUT', 'Patient/kept', { resourceType: 'Patient', id: 'kept', active: true }), 201);
}

async function read(home: Home, platform: Platform): Promise<void> {
  const ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, await home.createClient()));
  const kept = hasStatus(await ask('GET', 'Patient/kept'), 200);
  const changed = { resourceType: 'Patient', id: 'kept', active: false };
  hasStatus(await ask('PUT', 'Patient/kept', changed, { 'if-match': `W/"${versionOf(kept)}"` }), 200);
}

/** Prints the statements, runs them, and expects that nothing remains to be done. @returns the script */
async function bringUp(home: Home): Promise<string> {
  const printed = await home.run(['database', 'roles', '--print-sql']);
  assert.equal(printed.code, 1, printed.stderr);
  await runAsAdministrator(printed.stdout);
  const state = await home.run(['database', 'roles']);
  assert.equal(state.code, 0, state.stdout + state.stderr);
  assert.equal((await home.run(['database', 'roles', '--print-sql'])).stdout, '-- Nothing to do.\n');
  return printed.stdout;
}

describe('what dhp database roles prints', () => {
  test('makes the roles of an installation with one login, which the next start uses', async (t) => {
    const { home, name, owner } = await homeOf(t, 'createdb');
    const first = await home.start();
    assert.match(first.said(), /Servers use the login of DATABASE_URL/);
    await store(home, first);
    assert.deepEqual(
      await logins(name),
      ['playground', 'sso'].map((part) => ({ database: `${name}_${part}`, role: owner })),
    );
    // The servers run meanwhile, and continue.
    const script = await bringUp(home);
    assert.match(script, /password 'SCRAM-SHA-256\$/);
    await read(home, first);
    await first.end('SIGTERM');

    const second = await home.start({ DHP_DATABASE_ROLES: 'required' });
    await read(home, second);
    assert.deepEqual(await logins(name), separate(name));
    assert.doesNotMatch(second.said(), /database roles/i);
  });

  test('takes what a role has beyond its login', async (t) => {
    const { home, name } = await homeOf(t, 'createdb createrole');
    const platform = await home.start();
    await platform.end('SIGTERM');
    const role = `${name}_sso_server`;
    await admin.unsafe(`alter role ${role} createdb createrole; grant pg_read_all_data to ${role}`);
    const before = await home.run(['database', 'roles']);
    assert.match(before.stdout, /attributes beyond LOGIN; \S+ is a member of pg_read_all_data/);
    const script = await bringUp(home);
    assert.doesNotMatch(script, /password/, 'it logs in');
    const [row] = await admin`
      select rolcreatedb or rolcreaterole as strong, pg_has_role(rolname, 'pg_read_all_data', 'member') as member
      from pg_roles where rolname = ${role}`;
    assert.deepEqual(row, { strong: false, member: false });
  });

  test('waits for the migrations of this version', async (t) => {
    const { home, name } = await homeOf(t, 'createdb createrole');
    for (const end of ends) await admin.unsafe(`create database ${name}${end} owner ${name}_owner`);
    const { code, stderr, stdout } = await home.run(['database', 'roles', '--print-sql']);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /lacks migrations of schema sso: .*dhp migrate/);
  });

  test('moves what a superuser owns to an owner with less, who starts it with its data', async (t) => {
    const { home, name, owner } = await homeOf(t, 'createdb createrole');
    const first = await home.start({ DATABASE_URL: databaseUrl(server, name), DHP_DATABASE_ROLES: 'off' });
    await store(home, first, { DATABASE_URL: databaseUrl(server, name), DHP_DATABASE_ROLES: 'off' });
    await first.end('SIGTERM');
    for (const end of ends) await admin.unsafe(`alter database ${name}${end} owner to ${owner}`);

    await assert.rejects(home.start(), /may not migrate the database of the sso: .* dhp database roles --print-sql/);
    const script = await bringUp(home);
    assert.match(script, new RegExp(`alter table sso\\.account owner to ${owner};`));
    const second = await home.start({ DHP_DATABASE_ROLES: 'required' });
    await read(home, second);
    assert.deepEqual(await logins(name), separate(name));
    for (const [end, schema] of [
      ['_sso', 'sso'],
      ['_playground', 'fhir'],
    ] as const) {
      const sql = connect(databaseUrl(server, name + end), { max: 1 });
      const owners = await sql`
        select distinct relowner::regrole::text as owner from pg_class
        where relnamespace in (select oid from pg_namespace where nspname in (${schema}, ${`${schema}_audit`}))
          and relkind in ('r', 'p', 'i', 'I', 'S', 'v')`;
      await sql.end();
      assert.deepEqual([...owners], [{ owner }]);
    }
  });
});
