/**
 * Within an SQL function the name of a column takes precedence over that of a parameter: a column that is added later silently changes the
 * meaning of the function. https://www.postgresql.org/docs/current/xfunc-sql.html#XFUNC-SQL-FUNCTION-ARGUMENTS
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testDatabase, type TestDatabase } from '@dhp/postgres/testing';
import { migrations } from '../src/index.ts';

describe('functions of the database', () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase({ name: 'function_parameters', migrations: [migrations] });
  });
  after(() => database.drop());

  /** Parameters that have the name of a column of a table, or of a view, which the function names. */
  const shadowed = (): Promise<{ shadowed: string }[]> => database.sql<{ shadowed: string }[]>`
    select p.proname || ' (' || a.name || ') ' || c.relname as shadowed
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    cross join unnest(p.proargnames) as a (name)
    join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm')
      and p.prosrc ~ ('\\m' || n.nspname || '\\.' || c.relname || '\\M')
    join pg_attribute t on t.attrelid = c.oid and t.attname = a.name and t.attnum > 0 and not t.attisdropped
    where n.nspname like 'fhir%' and p.prolang = (select oid from pg_language where lanname = 'sql')
    order by 1`;

  it('have no parameter of the name of a column that they could read', async () => {
    assert.deepEqual([...(await shadowed())], []);
    await database.sql`alter table fhir.care_link add column callers int`;
    assert.deepEqual(
      [...(await shadowed())].map(({ shadowed }) => shadowed),
      ['care_actors (callers) care_link'],
    );
  });
});
