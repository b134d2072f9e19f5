/** Each server works in its database with a role that has exactly the rights that the server needs. docs/database-roles.md */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { databaseUrl, type Sql } from '@dhp/postgres';
import { parseDatabaseUrl } from '@dhp/postgres/address';
import { inspectServerRole } from '@dhp/postgres/roles';
import { parsePrivileges } from '@dhp/postgres/testing';
import { schemaOf } from '../src/context.ts';
import type { DatabaseName } from '../src/databases.ts';
import { as, installation, parts, server, superuser, urlOf, type Installation } from './installation.ts';

const denied = { code: '42501' };

/** The functions that run with the rights of the owner, with their `search_path`. Decision 27: a server may empty the set of tables that is in no use; decision 41: and
 *  have the coming parts of its trail made; decision 72: and those of the log of requests, and the old ones of that dropped. */
const indexOnly = {
  empty_index: 'search_path=""',
  empty_index_table: 'search_path=""',
  prepare_audit: 'search_path=""',
  prepare_request_log: 'search_path=""',
};
const ownersRights: Partial<Record<DatabaseName, Record<string, string>>> = {
  sso: { prepare_request_log: 'search_path=""' },
  playground: indexOnly,
  production: indexOnly,
};

describe('the roles of servers', () => {
  let platform: Installation;
  let urls: Record<DatabaseName, string>;
  before(async () => {
    platform = await installation('createdb createrole');
    const [sso, playground, production] = await platform.start();
    urls = { sso: sso!, playground: playground!, production: production! };
  });

  it('are one for each, made by a user who is no superuser, without a warning', async () => {
    assert.deepEqual(platform.warnings, []);
    for (const part of parts) {
      const [row] = await as(
        urls[part],
        (sql) => sql`
        select current_user as role, session_user as session, current_setting('search_path') as path,
          current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle`,
      );
      const role = `${platform.name}_${part}_server`;
      assert.deepEqual(row, { role, session: role, path: 'pg_catalog', statement: '15min', idle: '1min' });
    }
  });

  for (const part of parts) {
    it(`may do in the database of ${part} what is declared: its own role; the others nothing`, async () => {
      const { schema, privileges } = schemaOf(part);
      await as(platform.ofSuperuser(part), async (sql) => {
        const tables = await sql<{ name: string }[]>`
          select c.relname::text as name from pg_class c
          where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')`;
        const undecided = tables.filter(({ name }) => !(name in privileges.tables)).map(({ name }) => name);
        assert.deepEqual(undecided, [], 'each table has its line in privileges.ts');
        for (const role of parts.map((one) => `${platform.name}_${one}_server`)) {
          const isOwn = role === `${platform.name}_${part}_server`;
          const granted = await tablePrivileges(sql, schema, role);
          const wanted = Object.entries(isOwn ? privileges.tables : {}).flatMap(([table, text]) =>
            parsePrivileges(text).map(
              ([privilege, column]) => `${table} ${privilege}${column === null ? '' : ` ${column}`}`,
            ),
          );
          assert.deepEqual(granted, wanted.sort(), role);
          const [rest] = await sql`
            select has_database_privilege(${role}, current_database(), 'connect') as connect,
              has_database_privilege(${role}, current_database(), 'temporary') as temporary,
              has_database_privilege(${role}, current_database(), 'create') as "create",
              has_schema_privilege(${role}, ${schema}, 'usage') as usage,
              has_schema_privilege(${role}, ${schema}, 'create') or has_schema_privilege(${role}, 'public', 'create')
                or has_schema_privilege(${role}, 'public', 'usage') as other`;
          assert.deepEqual(rest, { connect: isOwn, temporary: false, create: false, usage: isOwn, other: false }, role);
        }
        const functions = await sql<{ name: string; executes: boolean }[]>`
          select p.proname::text as name, bool_or(has_function_privilege(${`${platform.name}_${part}_server`}, p.oid, 'execute')) as executes
          from pg_proc p
          where p.pronamespace = ${schema}::regnamespace
            and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
          group by p.proname`;
        assert.deepEqual(
          Object.fromEntries(functions.map(({ name, executes }) => [name, executes ? 'execute' : ''])),
          privileges.functions,
          'each function has its line in privileges.ts',
        );
        const stronger = await sql<{ name: string; path: string }[]>`
          select p.proname::text as name, coalesce((select c from unnest(p.proconfig) as c where c like 'search_path=%'), '') as path
          from pg_proc p where p.pronamespace = ${schema}::regnamespace and p.prosecdef order by 1`;
        assert.deepEqual(
          Object.fromEntries(stronger.map(({ name, path }) => [name, path])),
          ownersRights[part] ?? {},
          'a function with the rights of its owner needs a pinned search_path, and a decision',
        );
      });
    });
  }

  it('connect to no other database', async () => {
    for (const from of parts) {
      for (const to of [...parts.filter((one) => one !== from).map((one) => `${platform.name}_${one}`), 'postgres']) {
        await assert.rejects(
          as(databaseUrl(urls[from], to), (sql) => sql`select 1`),
          denied,
          `${from} to ${to}`,
        );
      }
    }
  });

  it('are not made others by an injected statement, by files, programs or a stronger role', async () => {
    const owner = `${platform.name}_owner`;
    const injected = [
      `select 1; set role ${owner}`,
      `select 1; set session authorization ${owner}`,
      `select 1; grant ${owner} to current_user`,
      `select 1; alter role ${platform.name}_sso_server password 'mine'`,
      `select 1; create table fhir.mine (a int)`,
      `select 1; create temporary table mine (a int)`,
      `select 1; create table public.mine (a int)`,
      `select 1; create schema mine`,
      `select 1; truncate fhir.resource`,
      `select 1; delete from fhir.resource`,
      `select 1; delete from fhir.history`,
      `select 1; update fhir.history set content = ''`,
      `select 1; update fhir.identity set id = 'other'`,
      `select 1; delete from fhir.migration`,
      `select 1; select fhir.restart_commit_order()`,
      `select 1; alter table fhir.history disable trigger all`,
      `select 1; drop table fhir.history`,
      `select 1; copy fhir.resource to program 'cat'`,
      `select pg_read_file('pg_hba.conf')`,
      `select rolpassword from pg_authid`,
    ];
    await as(urls.playground, async (sql) => {
      for (const statement of injected) {
        await assert.rejects(sql.unsafe(statement), (error: Error & { code?: string }) => {
          assert.match(error.code ?? '', /^42501$/, `${statement}: ${error.message}`);
          return true;
        });
      }
      await assert.rejects(sql.unsafe('select 1; select * from sso.account'), { code: '42P01' });
      await assert.rejects(sql.unsafe(`select * from ${platform.name}_sso.sso.account`), { code: '0A000' });
    });
    await as(urls.sso, async (sql) => {
      for (const statement of [
        'delete from sso.audit_event',
        'update sso.audit_event set reason = null',
        'truncate sso.audit_chain',
        'alter table sso.audit_event disable trigger append_only',
        'drop trigger append_only on sso.audit_event',
        'delete from sso.account',
        'delete from sso.signing_key',
        "update sso.signing_key set kid = ''",
      ]) {
        await assert.rejects(sql.unsafe(`select 1; ${statement}`), denied, statement);
      }
    });
  });

  it('log in with their own password and no other', async () => {
    for (const part of parts) {
      const other = parts[(parts.indexOf(part) + 1) % parts.length]!;
      const { password = '' } = parseDatabaseUrl(urls[other]);
      const wrong = urlOf(`${platform.name}_${part}`, `${platform.name}_${part}_server`, password);
      await assert.rejects(
        as(wrong, (sql) => sql`select 1`),
        { code: '28P01' },
      );
      const strong = urlOf(
        'postgres',
        parseDatabaseUrl(server).user ?? '',
        parseDatabaseUrl(urls[part]).password ?? '',
      );
      await assert.rejects(
        as(strong, (sql) => sql`select 1`),
        { code: '28P01' },
        'as the superuser',
      );
    }
    const stored = await superuser<{ verifier: string }[]>`
      select rolpassword as verifier from pg_authid where rolname like ${`${platform.name}\\_%\\_server`}`;
    assert.equal(stored.length, 3);
    for (const { verifier } of stored) assert.match(verifier, /^SCRAM-SHA-256\$4096:/);
  });

  it('are left as they are by the next start, and brought back by it where somebody changed them', async () => {
    const grants = async (): Promise<unknown> =>
      as(
        platform.ofSuperuser('sso'),
        (sql) => sql`
        select c.relname, c.xmin::text, c.relacl::text from pg_class c where c.relnamespace = 'sso'::regnamespace order by 1`,
      );
    const first = await grants();
    assert.deepEqual(
      await platform.start(),
      parts.map((part) => urls[part]),
    );
    assert.deepEqual(await grants(), first);

    const role = `${platform.name}_sso_server`;
    await as(platform.ofSuperuser('sso'), (sql) =>
      sql.unsafe(`grant delete on sso.audit_event to ${role}; grant select on sso.account to public; revoke insert on sso.client from ${role};
        grant temporary on database ${platform.name}_sso to public`),
    );
    await platform.start();
    await as(platform.ofSuperuser('sso'), async (sql) => {
      const [row] = await sql`
        select has_table_privilege(${role}, 'sso.audit_event', 'delete') as trail, has_table_privilege(${role}, 'sso.client', 'insert') as client,
          has_table_privilege(${`${platform.name}_playground_server`}, 'sso.account', 'select') as account,
          has_database_privilege(${role}, current_database(), 'temporary') as temporary`;
      assert.deepEqual(row, { trail: false, client: true, account: false, temporary: false });
    });
  });

  it('of a database that a newer version has migrated are left as that version has them', async () => {
    await as(platform.ofSuperuser('production'), async (sql) => {
      await sql.unsafe(
        `insert into fhir.migration values (9999, '9999_newer', ''); grant delete on fhir.history to ${platform.name}_production_server`,
      );
      // Whether this version works with it is another question.
      await platform.start({}, { parts: ['production'] }).catch(() => undefined);
      const [row] =
        await sql`select has_table_privilege(${`${platform.name}_production_server`}, 'fhir.history', 'delete') as kept`;
      assert.deepEqual(row, { kept: true });
      const role = { name: `${platform.name}_production_server`, password: 'none' };
      const url = platform.ofSuperuser('production');
      const { statements } = await inspectServerRole({ sql, url, role, schema: schemaOf('production') });
      assert.deepEqual(statements, []);
      await sql.unsafe('delete from fhir.migration where number = 9999');
    });
    await platform.start({}, { parts: ['production'] });
  });
});

/** Statements of docs/database-roles.md that need no privilege in PostgreSQL, and whether they are refused. */
const ofEverybody: Readonly<Record<string, { readonly bySuperuser: boolean; readonly byOwner: boolean }>> = {
  'select lo_creat(-1)': { bySuperuser: true, byOwner: false },
  "select lo_from_bytea(0, 'x')": { bySuperuser: true, byOwner: false },
  "select lo_import('/etc/hostname')": { bySuperuser: true, byOwner: true },
  "select lo_export(1, '/tmp/x')": { bySuperuser: true, byOwner: true },
  'create temporary table mine (a int)': { bySuperuser: true, byOwner: true },
  "select pg_notify('channel', 'text')": { bySuperuser: false, byOwner: false },
  'select pg_advisory_xact_lock(1)': { bySuperuser: false, byOwner: false },
  'set local statement_timeout = 0': { bySuperuser: false, byOwner: false },
  "do $$ begin execute format('alter role %I password %L', current_user, 'mine'); end $$": {
    bySuperuser: false,
    byOwner: false,
  },
};

describe('what PostgreSQL lets every role do', () => {
  for (const attributes of ['superuser', 'createdb createrole'] as const) {
    it(`is closed as far as a user of DATABASE_URL with ${attributes} can`, async () => {
      const platform = await installation(attributes);
      const [, playground] = await platform.start();
      for (const [statement, { bySuperuser, byOwner }] of Object.entries(ofEverybody)) {
        const isClosed = attributes === 'superuser' ? bySuperuser : byOwner;
        const undone = new Error('undone');
        const tried = as(playground!, (sql) =>
          sql.begin(async (transaction) => {
            await transaction.unsafe(statement);
            throw undone;
          }),
        );
        await assert.rejects(tried, (error: Error & { code?: string }) => {
          assert.equal(error === undone ? 'possible' : error.code, isClosed ? denied.code : 'possible', statement);
          return true;
        });
      }
    });
  }
});

describe('the embedded server', () => {
  it('lets nobody in without a password, superusers included', async () => {
    if (process.env['DHP_TEST_DATABASE_URL'] !== undefined && parseDatabaseUrl(server).user !== 'dhp') return;
    const rules = await superuser`select distinct auth_method from pg_hba_file_rules`;
    assert.deepEqual([...rules], [{ auth_method: 'scram-sha-256' }]);
  });
});

/** `table privilege`, or `table privilege column` where the role has it for single columns. */
async function tablePrivileges(sql: Sql, schema: string, role: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    with kind (p) as (
      values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')
      union all select 'MAINTAIN' where current_setting('server_version_num')::int >= 170000
    ), held as (
      select c.oid, c.relname, k.p, has_table_privilege(${role}, c.oid, k.p) as whole
      from pg_class c cross join kind k where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
    )
    select relname || ' ' || lower(p) as name from held where whole
    union all
    select h.relname || ' ' || lower(h.p) || ' ' || a.attname
    from held h join pg_attribute a on a.attrelid = h.oid and a.attnum > 0 and not a.attisdropped
    where not h.whole and h.p in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_column_privilege(${role}, h.oid, a.attnum, h.p)`;
  return rows.map(({ name }) => name).sort();
}

describe('a database with a name that SQL writes in quotes', () => {
  for (const ending of ['-db', ' Db X', ' маълумот', "'s"]) {
    it(`has separate roles, also at the next start: …${ending}`, async () => {
      const named = await installation('createdb createrole', ending);
      for (let start = 0; start < 2; start += 1) {
        const urls = await named.start();
        assert.deepEqual(named.warnings, []);
        for (const [n, part] of parts.entries()) {
          const [row] = await as(
            urls[n]!,
            (sql) => sql`select current_user::text as role, current_database()::text as database`,
          );
          assert.deepEqual(row, { role: `${named.name}_${part}_server`, database: `${named.name}_${part}` });
        }
      }
    });
  }

  it('is refused where the name is too long, or has a quote', async () => {
    for (const [ending, reason] of [
      ['x'.repeat(60), /cannot be used as the name of a database: it has 1 to 63 bytes/],
      ['"', /no quote, backslash or control character/],
    ] as const) {
      const named = await installation('createdb createrole', ending);
      await assert.rejects(named.start(), reason);
    }
  });
});

describe('sessions of the roles', () => {
  it('are ended half a minute after the host of the client is gone', async () => {
    const named = await installation('createdb createrole');
    const [url] = await named.start();
    const tcp = new URL(url!);
    tcp.search = '';
    tcp.hostname = '127.0.0.1';
    const [row] = await as(
      tcp.href,
      (sql) => sql`
      select current_setting('tcp_keepalives_idle') as idle, current_setting('tcp_keepalives_interval') as "interval",
        current_setting('tcp_keepalives_count') as count, current_setting('tcp_user_timeout') as unacknowledged`,
    );
    assert.deepEqual(row, { idle: '15', interval: '5', count: '3', unacknowledged: '30000' });
  });
});
