/** How the servers' roles are created: at a first start, at an upgrade, by hand, with another key. docs/database-roles.md */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { databaseUrl, migrate } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { openKeys } from '@dhp/signing-keys';
import { schemaOf } from '../src/context.ts';
import { openDataDirectory } from '../src/data-directory.ts';
import { DatabaseError } from '../src/database-error.ts';
import { openDatabases } from '../src/databases.ts';
import { silent } from '../src/progress.ts';
import { as, folder, installation, parts, superuser } from './installation.ts';

describe('an installation of before', () => {
  it('is moved at its next start, with what it holds, by several nodes at once', async () => {
    const platform = await installation('createdb createrole');
    const data = openDataDirectory(join(folder, platform.name));
    const before = await openDatabases({ url: platform.url, data, progress: silent, attach: false, create: true });
    for (const part of parts) {
      await as(await before.open(part), async (sql) => {
        await migrate(sql, schemaOf(part));
        if (part === 'sso')
          await sql`insert into sso.throttle (subject, level, last_attempt_at) values ('kept', 1, now())`;
      });
    }
    const nodes = await Promise.all([platform.start(), platform.start(), platform.start(), platform.start()]);
    for (const urls of nodes) assert.deepEqual(urls, nodes[0]);
    assert.deepEqual(platform.warnings, []);
    assert.match(nodes[0][0]!, /_sso_server:/);
    const rows = await as(nodes[0][0]!, (sql) => sql`select subject from sso.throttle`);
    assert.deepEqual([...rows], [{ subject: 'kept' }]);
    // A role without settings is a short moment: here all nodes reach it, and continue together.
    for (const part of parts) {
      const role = `${platform.name}_${part}_server`;
      await superuser.unsafe(`alter role ${role} in database ${platform.name}_${part} reset all`);
    }
    const starts = await superuser.begin(async (held) => {
      await held`lock table pg_catalog.pg_db_role_setting in share mode`;
      const begun = Promise.allSettled([1, 2, 3, 4].map(() => platform.start()));
      await delay(1_500);
      return { begun };
    });
    for (const start of await starts.begun)
      assert.equal(start.status, 'fulfilled', String(Reflect.get(start, 'reason')));
    assert.deepEqual(platform.warnings, []);
  });
});

describe('a user of DATABASE_URL who may not create roles', () => {
  it('is the login of all servers, with one warning for each part; required refuses it', async () => {
    const platform = await installation('createdb');
    const urls = await platform.start();
    assert.deepEqual(
      urls,
      parts.map((part) => databaseUrl(platform.url, `${platform.name}_${part}`)),
    );
    assert.equal(new Set(platform.warnings).size, 1);
    assert.match(platform.warnings[0]!, /Servers use the login of DATABASE_URL/);

    const refused = platform.start({ DHP_DATABASE_ROLES: 'required' });
    await assert.rejects(
      refused,
      (error) => error instanceof DatabaseError && /may not create the role/.test(error.message),
    );

    const quiet = platform.warnings.length;
    assert.deepEqual(await platform.start({ DHP_DATABASE_ROLES: 'off' }), urls);
    assert.equal(platform.warnings.length, quiet);
  });

  it('may have its password in PGPASSWORD: the servers get it with the URL', async (t) => {
    const platform = await installation('createdb');
    process.env['PGPASSWORD'] = 'owner';
    t.after(() => delete process.env['PGPASSWORD']);
    const urls = await platform.start({ DHP_DATABASE_ROLES: 'off' }, { url: platform.url.replace(':owner@', '@') });
    assert.deepEqual(
      urls,
      parts.map((part) => databaseUrl(platform.url, `${platform.name}_${part}`)),
    );
  });

  it('has separate roles once an administrator has made them, with the password that the operator set', async () => {
    const platform = await installation('createdb');
    await platform.start();
    const given = { DHP_SSO_DATABASE_PASSWORD: 'a-password-of-the-operator', DHP_DATABASE_ROLES: 'required' } as const;
    await superuser.unsafe(
      `create role ${platform.name}_sso_server login password '${given.DHP_SSO_DATABASE_PASSWORD}'`,
    );
    const [url] = await platform.start(given, { parts: ['sso'] });
    assert.equal(parseDatabaseUrl(url!).password, given.DHP_SSO_DATABASE_PASSWORD);
    await as(url!, (sql) => sql`select count(*) from sso.account`);

    const wrong = { ...given, DHP_SSO_DATABASE_PASSWORD: 'another-password-of-the-operator' };
    await assert.rejects(platform.start(wrong, { parts: ['sso'] }), /password of the role \S+ is another one/);
  });
});

describe('another key', () => {
  it('is refused while a node runs with the one of before, and sets the password when none does', async () => {
    const platform = await installation('createdb createrole');
    const only = { parts: ['sso'] } as const;
    const [url] = await platform.start({}, only);
    const other = { DHP_SECRET_KEY: randomBytes(32) };
    const role = `${platform.name}_sso_server`;
    const age = (): Promise<unknown> =>
      superuser.unsafe(`comment on role ${role} is 'A server of the platform, password of 2026-01-01T00:00:00Z'`);

    // If two start at the same moment, the first may not have logged in yet.
    await assert.rejects(
      platform.start(other, only),
      (error) => error instanceof DatabaseError && /is in use/.test(error.message),
    );
    await as(url!, async (sql) => {
      await sql`select 1`;
      await age();
      await assert.rejects(
        platform.start(other, only),
        (error) => error instanceof DatabaseError && /DHP_SECRET_KEY/.test(error.message),
      );
      await sql`select 1`;
    });
    // A command changes no password: it works with the login of its person.
    assert.deepEqual(await platform.start(other, { ...only, create: false }), [
      databaseUrl(platform.url, `${platform.name}_sso`),
    ]);
    const [changed] = await platform.start(other, only);
    assert.notEqual(changed, url);
    await as(changed!, (sql) => sql`select count(*) from sso.account`);
    await assert.rejects(
      as(url!, (sql) => sql`select 1`),
      { code: '28P01' },
    );
  });
});

describe('a node whose key is not that of the installation', () => {
  it('is refused before it sets a password or makes a role, and the node with the right key starts at once', async () => {
    const platform = await installation('createdb createrole');
    const urls = await platform.start();
    await as(urls[0]!, (sql) => openKeys(sql, { encryptionKey: platform.key }).rotate('ES256', { atOnce: true }));
    const roles = (): Promise<unknown[]> => superuser`
      select rolname, rolpassword, shobj_description(oid, 'pg_authid') as note from pg_authid
      where rolname like ${`${platform.name}\\_%\\_server`} order by 1`;
    const other = { DHP_SECRET_KEY: randomBytes(32) };
    const refused = async (only: (typeof parts)[number], create = true): Promise<void> =>
      assert.rejects(platform.start(other, { parts: [only], create }), {
        name: 'SecretKeyError',
        message: /^DHP_SECRET_KEY is not the key of this installation/,
      });

    const before = await roles();
    for (const part of parts) await refused(part);
    await refused('sso', false);
    assert.deepEqual(await roles(), before);

    // Its password would be the one of the wrong key from the beginning.
    const role = `${platform.name}_production_server`;
    await superuser.unsafe(`alter role ${role} rename to ${role}_away`);
    await refused('production');
    assert.equal((await superuser`select 1 from pg_roles where rolname = ${role}`).length, 0);
    await superuser.unsafe(`alter role ${role}_away rename to ${role}`);

    assert.deepEqual(await platform.start(), urls);
    for (const url of urls) await as(url, (sql) => sql`select 1`);
  });
});
