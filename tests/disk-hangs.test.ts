/** A PostgreSQL whose disk does not respond for a while, as the platform's pools see it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { areCommitsBlocked, isOutcomeUnknown } from '@dhp/postgres/errors';
import { until } from '@dhp/postgres/testing';
import { noCompiler, onSlowDisk } from './proof/failure/slow-disk.ts';

const most = 3;
const codeOf = (error: unknown): string => (error as { code: string }).code;

/** How many sessions the server has of the pool. */
async function sessionsOf(admin: Sql): Promise<number> {
  const [row] = await admin<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity where application_name = 'hanging'`;
  return row!.n;
}

test(
  'writes are given up and refused while the disk hangs, no session is left behind, and all goes on with it',
  { skip: (await noCompiler()) ?? false, timeout: 240_000 },
  () =>
    onSlowDisk(async (url, disk) => {
      const [admin, sql] = [
        connect(url, { max: 1 }),
        connect(url, { max: most, applicationName: 'hanging', reads: 2 }),
      ];
      // Its statements do not look like writes, and fill it.
      const blind = connect(url, { max: 2, applicationName: 'hanging' });
      try {
        await sql`create table kept (value text primary key)`;
        await sql.unsafe(
          `create function keep(text) returns text language sql as 'insert into kept values ($1) returning value'`,
        );
        await Promise.all([admin`select 1`, blind`select 1`, sql`select 1`]);
        await disk(-1);

        const kept = (value: string): Promise<unknown> => Promise.resolve(sql`insert into kept values (${value})`);
        const given = {
          one: kept('one'),
          two: kept('two'),
          three: sql.begin((own) => own`insert into kept values ('three')`),
          four: blind`select keep('four')`,
          five: blind`select keep('five')`,
        };
        const outcomes = await Promise.allSettled(Object.values(given));
        const unknown = Object.keys(given).filter((value, n) => {
          const outcome = outcomes[n]!;
          assert.ok(outcome.status === 'rejected', `${value} was acknowledged`);
          assert.equal(codeOf(outcome.reason), 'DISK_SILENT');
          // The transaction may have hung before its commit, which then never happens.
          assert.ok(isOutcomeUnknown(outcome.reason) || value === 'three', value);
          return isOutcomeUnknown(outcome.reason);
        });

        // Later statements are answered at once, and without a further session.
        for (let n = 0; n < 20; n += 1) {
          await assert.rejects(kept('refused'), areCommitsBlocked);
          await assert.rejects(
            sql.begin((own) => own`insert into kept values ('refused')`),
            areCommitsBlocked,
          );
          await assert.rejects(
            Promise.resolve(blind`select keep('refused')`),
            (error) => codeOf(error) === 'DISK_SILENT',
          );
        }
        assert.deepEqual([...(await sql`select value from kept`)], []);
        assert.ok((await sessionsOf(admin)) <= most + 2);

        await disk(0);
        await until('commits go on', () => !sql.areCommitsBlocked() && !blind.areCommitsBlocked());
        await until('a pool that was full goes on', () =>
          blind`select keep('six')`.then(
            () => true,
            () => false,
          ),
        );
        await kept('seven');
        const stored = (await admin`select value from kept`).map(({ value }) => value as string);
        assert.deepEqual(
          stored.filter((value) => !unknown.includes(value)).sort(),
          ['seven', 'six'],
          'what was refused is not there, and what was acknowledged is',
        );
      } finally {
        await disk(0);
        await Promise.all([admin, sql, blind].map((one) => one.end()));
      }
    }),
);
