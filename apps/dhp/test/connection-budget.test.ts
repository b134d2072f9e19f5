/** Connections that the servers of a node may open, against the limits of the database server, its roles and its databases. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { startPgBouncer, withoutPgBouncer } from '@dhp/postgres/testing';
import { connectionBudget, embeddedConnections, needOf, needOfProcess } from '../src/connection-budget.ts';
import { documentFile } from '../src/configuration-doc.ts';
import { DatabaseError } from '../src/database-error.ts';
import type { DatabaseName } from '../src/databases.ts';
import { installation, parts, server, superuser } from './installation.ts';

/** The warnings of a start of these servers. */
async function warningsOf(names: readonly DatabaseName[], workers: number, urls: readonly string[]): Promise<string[]> {
  const warnings: string[] = [];
  const budget = connectionBudget({ names, workers, warn: (sentence) => void warnings.push(sentence) });
  for (const [at, name] of names.entries()) await budget.check(name, urls[at]!);
  return warnings;
}

const refused = (text: RegExp) => (error: unknown) => error instanceof DatabaseError && text.test(error.message);

/** Processes of the playground that a number of connections holds while they serve. */
const processesIn = (connections: number): number => Math.floor(connections / needOfProcess('playground', 2).serving);

describe('the connections of a node', () => {
  it('are compared with what the server has for ordinary roles', async () => {
    const [row] = await superuser<{ usable: number; max: number }[]>`
      select current_setting('max_connections')::int as max, (select sum(setting::int * case name when 'max_connections' then 1 else -1 end)
        from pg_settings where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))::int
        as usable`;
    const { usable, max } = row!;
    const workers = processesIn(usable);
    assert.deepEqual(await warningsOf(['sso'], 1, [server]), []);
    const [warning, ...others] = await warningsOf(['playground'], workers, [server]);
    const { most, serving } = needOf(['playground'], workers);
    assert.ok(most > usable && serving <= usable);
    assert.match(
      warning!,
      new RegExp(`has ${usable} connections .* ${most + 2} connections, ${serving} of them to serve`),
    );
    assert.deepEqual(others, []);
    await assert.rejects(
      warningsOf(['playground'], workers + 1, [server]),
      refused(
        new RegExp(
          `\\(max_connections\\), but .* Set max_connections to ${needOf(['playground'], workers + 1).most + 2 + max - usable} or more, or DHP_WORKERS to ${workers} `,
        ),
      ),
    );
  });

  it('are compared with what others leave of it', async () => {
    const sql = connect(server, { max: 60, maxPipeline: 1, applicationName: 'dhp test others' });
    try {
      const [row] = await sql<{ max: number }[]>`select current_setting('max_connections')::int as max`;
      await Promise.all(Array.from({ length: 60 }, () => sql`select pg_sleep(0.1)`));
      const workers = Math.floor((row!.max - 10) / needOfProcess('playground', 2).most);
      const [warning, ...more] = await warningsOf(['playground'], workers, [server]);
      assert.match(warning!, /others use \d+ of them now/);
      assert.deepEqual(more, []);
    } finally {
      await sql.end();
    }
  });

  it('are compared with the limit of the role, which servers without roles of their own share, and of the database', async () => {
    const separate = await installation('createdb createrole');
    const urls = await separate.start();
    assert.deepEqual(await warningsOf(parts, 1, urls), []);
    const { serving, most } = needOfProcess('production', 1);
    await superuser.unsafe(`alter role ${separate.name}_production_server connection limit ${String(most - 1)}`);
    const [warning] = await warningsOf(parts, 1, urls);
    assert.match(warning!, new RegExp(`The role ${separate.name}_production_server may have ${most - 1} connections`));
    await superuser.unsafe(`alter database ${separate.name}_production connection limit ${String(serving - 1)}`);
    await assert.rejects(
      warningsOf(parts, 1, urls),
      refused(
        /The database of the production may have .* Set .*alter database \w+_production connection limit …\) to \d+/,
      ),
    );

    const shared = await installation('createdb');
    const same = await shared.start({ DHP_DATABASE_ROLES: 'off' });
    await superuser.unsafe(`alter role ${shared.name}_owner connection limit ${String(2 * serving)}`);
    await assert.rejects(warningsOf(parts, 1, same), refused(/The role \w+_owner may have/));
  });
});

describe('the connections of a node behind a pooler', { skip: withoutPgBouncer }, () => {
  /** Warnings if PgBouncer has these settings. */
  async function through(settings: Record<string, string>, workers = 1): Promise<string[]> {
    const pooler = await startPgBouncer(server, settings);
    try {
      return await warningsOf(['playground'], workers, [pooler.through(server)]);
    } finally {
      await pooler.close();
    }
  }

  it('are those of its clients, and the server needs what its pools may open', async () => {
    const { serving, most } = needOfProcess('playground', 1);
    assert.deepEqual(await through({}), []);
    assert.deepEqual(await through({ max_client_conn: '5000' }, 10), [], 'more processes need no more of the server');
    const [few] = await through({ max_client_conn: String(most - 1) });
    assert.match(few!, /The pooler 127\.0\.0\.1:\d+ takes \d+ connections \(max_client_conn\), but /);
    await assert.rejects(through({ max_client_conn: String(serving - 1) }), refused(/max_client_conn/));
    const [large] = await through({ default_pool_size: '5000' });
    assert.match(large!, /but poolers may open 5000, and this node needs \d+ beside them/);
  });

  it('cannot be told where the login is none of its stats_users', async () => {
    assert.deepEqual(await through({ default_pool_size: '5000', stats_users: 'nobody' }), []);
  });

  it('are refused where it cannot be used', async () => {
    await assert.rejects(through({ max_prepared_statements: '0' }), refused(/keeps no prepared statements/));
  });
});

describe('the budget of connections', () => {
  it('is in the documents as the tables have it', () => {
    const document = readFileSync(documentFile, 'utf8');
    const row = (title: string, names: readonly DatabaseName[]): string => {
      const { serving, most } = needOf(names, 1);
      return `| ${title} | ${serving} | ${most} |`;
    };
    const rows = [
      row('the SSO', ['sso']),
      row('the playground', ['playground']),
      row('production', ['production']),
      row('all of them', parts),
    ];
    const plain = document.replace(/ +/g, ' ');
    for (const one of rows) assert.ok(plain.includes(one), `docs/configuration.md lacks ${one}`);
    const { serving, most } = needOf(['playground'], 1);
    const pooler = readFileSync(join(dirname(documentFile), 'pooler.md'), 'utf8').replace(/\s+/g, ' ');
    assert.ok(pooler.includes(`opens up to ${serving} connections (${most} while it indexes`), 'docs/pooler.md');
  });

  it('lets two processes of all servers serve within the default of PostgreSQL', () => {
    assert.ok(needOf(parts, 2).serving + 2 <= 100 - 3);
    for (const part of parts) assert.ok(needOfProcess(part, 2).most <= needOfProcess(part, 1).most);
  });

  it('sizes the embedded server', () => {
    assert.equal(embeddedConnections(['sso', 'playground'], 1), 200);
    assert.ok(embeddedConnections(parts, 8) > needOf(parts, 8).most);
  });
});
